"""Tokens, as operators mint and see them: the text is in the answer that mints it and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field

from gangway.access import errors
from gangway.access.token import Scope  # noqa: TC001 - pydantic reads annotations when the class is made
from gangway.http.admin.models import AdminModel, Moment
from gangway.http.admin.operation import SUPPORT, AdminCall, Area, Operation
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gangway.access.organizations import Organizations
    from gangway.access.token import TokenRecord
    from gangway.access.tokens import Minted, Tokens
    from gangway.clock import Clock

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.InvalidToken: ProblemType(400, "invalid-token", "There can be no such token"),
    errors.UnknownToken: ProblemType(404, "unknown-token", "There is no such token"),
    errors.TokenLimitReached: ProblemType(
        409, "token-limit-reached", "The organization has as many live tokens as it may have"
    ),
    errors.VaultFull: ProblemType(507, "vault-full", "The token vault has no room for this token"),
}


class NewToken(AdminModel):
    """A token to mint."""

    label: Annotated[str, Field(min_length=1, max_length=100)]
    expires: AwareDatetime | None = None
    scopes: tuple[Scope, ...] = ()


class TokenView(AdminModel):
    """A token as operators see it: never its text, nor its hash."""

    key_id: str
    label: str
    creator: str
    created: Moment
    expires: Moment | None
    scopes: tuple[str, ...]
    state: str
    """active, suspended, revoked, or expired."""

    @classmethod
    def of(cls, record: TokenRecord, now: datetime) -> TokenView:
        """The view of a token's record."""
        expired = record.state == "active" and record.expires is not None and record.expires <= now
        return cls(
            key_id=record.key_id,
            label=record.label,
            creator=record.creator,
            created=record.created,
            expires=record.expires,
            scopes=tuple(sorted(record.scopes)),
            state="expired" if expired else record.state,
        )


class MintedView(TokenView):
    """A new token, with its text: the only time that it is shown."""

    token: str

    @classmethod
    def minted(cls, minted: Minted, now: datetime) -> MintedView:
        """The view of a token that has just been minted."""
        return cls(**TokenView.of(minted.record, now).model_dump(), token=minted.token)


class TokenList(AdminModel):
    """Tokens in the order they were minted, dead ones too."""

    tokens: tuple[TokenView, ...]


@dataclass(frozen=True, slots=True)
class _Tokens:
    organizations: Organizations
    tokens: Tokens
    clock: Clock

    def list(self, call: AdminCall) -> TokenList:
        organization, now = self.organizations.get(call.parameters["org"]), self.clock.now()
        return TokenList(tokens=tuple(TokenView.of(record, now) for record in self.tokens.list(organization)))

    def mint(self, call: AdminCall) -> MintedView:
        wanted = call.body(NewToken)
        organization = self.organizations.get(call.parameters["org"])
        minted = self.tokens.mint(
            organization, label=wanted.label, creator=call.actor, expires=wanted.expires, scopes=wanted.scopes
        )
        return MintedView.minted(minted, self.clock.now())


def token_area(organizations: Organizations, tokens: Tokens, clock: Clock) -> Area:
    """The routes of tokens."""
    here = _Tokens(organizations, tokens, clock)
    listing = Operation("List an organization's tokens.", here.list, returns=TokenList, roles=SUPPORT)
    minting = Operation(
        "Mint a token; its text is shown once.", here.mint, body=NewToken, returns=MintedView, status=201
    )
    return Area("Tokens", [Route("/orgs/{org}/tokens", {"GET": listing, "POST": minting})], PROBLEMS)
