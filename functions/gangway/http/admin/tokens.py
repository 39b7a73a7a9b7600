"""Tokens, as operators mint, rotate and end them: a text is in the answer that makes it and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from gangway.access import errors
from gangway.http.admin.operation import SUPPORT, AdminCall, Area, Operation
from gangway.http.admin.paging import NAME, TOKEN, cursor_to, position_of
from gangway.http.admin.problems import ProblemType
from gangway.http.admin.token_models import (
    MintedView,
    MovedView,
    NewToken,
    RevokedAllView,
    RevokedEverywhereView,
    RevokedView,
    RotatedView,
    Rotation,
    SliceQuery,
    TokenList,
    TokenQuery,
    TokenView,
)
from gangway.http.request_log import VAULT_FAILURES
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.access.kill_switch import KillSwitch
    from gangway.access.organization import Organization
    from gangway.access.organizations import Organizations
    from gangway.access.revocation import Revocation
    from gangway.access.token import TokenRecord
    from gangway.access.tokens import Tokens
    from gangway.access.vault_upkeep import VaultUpkeep
    from gangway.clock import Clock

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.InvalidToken: ProblemType(400, "invalid-token", "There can be no such token"),
    errors.UnknownToken: ProblemType(404, "unknown-token", "There is no such token"),
    errors.TokenLimitReached: ProblemType(
        409, "token-limit-reached", "The organization has as many live tokens as it may have"
    ),
    errors.VaultFull: ProblemType(507, "vault-full", "The token vault has no room for this token"),
}


@dataclass(frozen=True, slots=True)
class _Tokens:
    organizations: Organizations
    tokens: Tokens
    revocation: Revocation
    kill_switch: KillSwitch
    vault: VaultUpkeep
    clock: Clock

    def list(self, call: AdminCall) -> TokenList:
        wanted, now = call.query(TokenQuery), self.clock.now()
        after = wanted.position(TOKEN)
        records = [
            record
            for record in self.tokens.list(self._of(call))
            if _place(record) > after and (wanted.dead or not record.is_dead(now))
        ]
        page = records[: wanted.limit]
        following = _place(page[-1]) if len(records) > wanted.limit else None
        return TokenList(tokens=tuple(TokenView.of(record, now) for record in page), next_cursor=cursor_to(following))

    def show(self, call: AdminCall) -> TokenView:
        return TokenView.of(self.tokens.get(self._of(call), call.parameters["key"]), self.clock.now())

    def mint(self, call: AdminCall) -> MintedView:
        wanted = call.body(NewToken)
        minted = self.tokens.mint(
            self._of(call),
            by=call.operator,
            label=wanted.label,
            expires=wanted.expires,
            scopes=wanted.scopes,
            source_ranges=map(str, wanted.source_ranges),
            brief=wanted.brief,
        )
        return MintedView.minted(minted, self.clock.now())

    def rotate(self, call: AdminCall) -> RotatedView:
        wanted = call.body(Rotation)
        overlap = timedelta(hours=wanted.overlap_hours)
        rotated = self.tokens.rotate(
            self._of(call), call.parameters["key"], by=call.operator, overlap=overlap, expires=wanted.expires
        )
        if not overlap and not rotated.hash_removed:
            call.count(VAULT_FAILURES)
        now = self.clock.now()
        replaced = RevokedView(**dict(TokenView.of(rotated.old, now)), hash_removed=rotated.hash_removed)
        return RotatedView(**dict(MintedView.minted(rotated.minted, now)), replaced=replaced)

    def suspend(self, call: AdminCall) -> TokenView:
        record = self.revocation.suspend(self._of(call), call.parameters["key"], by=call.operator)
        return TokenView.of(record, self.clock.now())

    def resume(self, call: AdminCall) -> TokenView:
        record = self.revocation.resume(self._of(call), call.parameters["key"], by=call.operator)
        return TokenView.of(record, self.clock.now())

    def revoke(self, call: AdminCall) -> RevokedView:
        revoked = self.revocation.revoke(self._of(call), call.parameters["key"], by=call.operator)
        if not revoked.hash_removed:
            call.count(VAULT_FAILURES)
        return RevokedView(**dict(TokenView.of(revoked.record, self.clock.now())), hash_removed=revoked.hash_removed)

    def revoke_all(self, call: AdminCall) -> RevokedAllView:
        revoked = self.kill_switch.revoke_all(self._of(call), by=call.operator)
        if not revoked.hashes_removed:
            call.count(VAULT_FAILURES)
        return RevokedAllView(revoked=revoked.tokens, hashes_removed=revoked.hashes_removed)

    def revoke_everywhere(self, call: AdminCall) -> RevokedEverywhereView:
        after = position_of(call.query(SliceQuery).cursor, NAME)
        done, following = self.kill_switch.revoke_everywhere(after, by=call.operator, has_time=call.has_time)
        return RevokedEverywhereView(organizations=done, next_cursor=cursor_to(following))

    def move_home(self, call: AdminCall) -> MovedView:
        after = position_of(call.query(SliceQuery).cursor, NAME)
        moved, following = self.vault.move_home(after, has_time=call.has_time)
        return MovedView(moved=moved, next_cursor=cursor_to(following))

    def _of(self, call: AdminCall) -> Organization:
        return self.organizations.get(call.parameters["org"])


def _place(record: TokenRecord) -> str:
    """Its place in the list."""
    return f"{record.created.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}#{record.key_id}"


def token_area(
    organizations: Organizations,
    tokens: Tokens,
    revocation: Revocation,
    kill_switch: KillSwitch,
    vault: VaultUpkeep,
    clock: Clock,
) -> Area:
    """The routes of tokens, and of the vault that holds their hashes."""
    here = _Tokens(organizations, tokens, revocation, kill_switch, vault, clock)
    listing = Operation("List an organization's tokens.", here.list, query=TokenQuery, returns=TokenList, roles=SUPPORT)
    minting = Operation("Mint a token; its text is shown once.", here.mint, NewToken, returns=MintedView, status=201)
    showing = Operation("Show a token.", here.show, returns=TokenView, roles=SUPPORT)
    rotation = Operation(
        "Put a new token in a token's place; its text is shown once.",
        here.rotate,
        Rotation,
        returns=RotatedView,
        status=201,
    )
    suspension = Operation("Refuse a token until it is resumed.", here.suspend, returns=TokenView, roles=SUPPORT)
    resumption = Operation("End a token's suspension.", here.resume, returns=TokenView, roles=SUPPORT)
    revocation_of_one = Operation(
        "Refuse a token for good, from the next request on.", here.revoke, returns=RevokedView, roles=SUPPORT
    )
    kill = Operation("Refuse all tokens of an organization for good.", here.revoke_all, returns=RevokedAllView)
    kill_everywhere = Operation(
        "Refuse all tokens of the stack for good, in slices.",
        here.revoke_everywhere,
        query=SliceQuery,
        returns=RevokedEverywhereView,
    )
    moves = Operation(
        "Move token hashes to the secrets they belong into after the number of secrets has changed, in slices.",
        here.move_home,
        query=SliceQuery,
        returns=MovedView,
    )
    return Area(
        "Tokens",
        [
            Route("/orgs/{org}/tokens", {"GET": listing, "POST": minting}),
            Route("/orgs/{org}/tokens/revoke-all", {"POST": kill}),
            Route("/orgs/{org}/tokens/{key}", {"GET": showing}),
            Route("/orgs/{org}/tokens/{key}/rotate", {"POST": rotation}),
            Route("/orgs/{org}/tokens/{key}/suspend", {"POST": suspension}),
            Route("/orgs/{org}/tokens/{key}/resume", {"POST": resumption}),
            Route("/orgs/{org}/tokens/{key}/revoke", {"POST": revocation_of_one}),
            Route("/tokens/revoke-all", {"POST": kill_everywhere}),
            Route("/tokens/move", {"POST": moves}),
        ],
        PROBLEMS,
    )
