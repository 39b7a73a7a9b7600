"""Tokens cease to be: suspend, revoke, and the kill switch.

The record is written first: from that write on every request with the token is refused, whatever happens next. The hash
is removed from the vault afterwards. If the vault cannot be reached then, the answer says so; repeating the revocation
finishes it, and so does the next compaction.

The kill switch of an organization is one write: it raises the epoch that all its tokens were minted under. What follows
(records marked one by one, hashes removed) is tidying.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gangway.access.errors import UnknownOrganization, VaultUnavailable, WrongState
from gangway.access.ledger import ATTEMPTS, Ledger, TokenChange, TokenSet
from gangway.access.told import organization_document, token_document
from gangway.changes.tell import change
from gangway.changes.tell_access import organization_updated, token_changed
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, TokenHashes
    from gangway.access.token import TokenRecord
    from gangway.changes.event import Cause
    from gangway.changes.tell_access import TokenEvent
    from gangway.clock import Clock

_PER_WRITE = 20
"""Tokens that are marked in one transaction; each takes two of its hundred actions."""
_PAGE = 25


@dataclass(frozen=True, slots=True)
class Revoked:
    """What became of a revocation: the token is refused in any case."""

    record: TokenRecord
    hash_removed: bool
    """False: the vault could not be reached; repeat the revocation."""


@dataclass(frozen=True, slots=True)
class RevokedAll:
    """What became of a kill switch: no token that existed before opens anything."""

    organization: Organization
    tokens: int
    """Tokens that were marked as revoked by this call."""
    hashes_removed: bool
    """False: the vault could not be reached; repeat the call."""


class Revocation:
    """Ends tokens."""

    def __init__(self, records: AccessRecords, hashes: TokenHashes, clock: Clock) -> None:
        self._records = records
        self._ledger = Ledger(records)
        self._hashes = hashes
        self._clock = clock

    def suspend(self, organization: Organization, key_id: str, *, by: Operator) -> TokenRecord:
        """Refuse a token until it is resumed.

        Raises:
            UnknownToken: the organization has no such token.
            WrongState: it is revoked.
        """

        def suspended(_tokens: TokenSet, record: TokenRecord) -> TokenRecord:
            if record.state == "revoked":
                raise WrongState("The token is revoked.")
            return replace(record, state="suspended")

        return self._alter(organization, key_id, by, suspended, "token.suspended")

    def resume(self, organization: Organization, key_id: str, *, by: Operator) -> TokenRecord:
        """End a suspension.

        Raises:
            UnknownToken: the organization has no such token.
            WrongState: it is revoked.
            TokenLimitReached: others have taken its place meanwhile.
        """
        now = self._clock.now()

        def resumed(tokens: TokenSet, record: TokenRecord) -> TokenRecord:
            if record.state == "revoked":
                raise WrongState("A revoked token stays revoked; mint another.")
            if record.state == "suspended":
                tokens.require_room(now)
            return replace(record, state="active")

        return self._alter(organization, key_id, by, resumed, "token.resumed")

    def revoke(self, organization: Organization, key_id: str, *, by: Operator) -> Revoked:
        """Refuse a token for good, from the next request on. Repeating it does no harm and finishes what is left.

        Raises:
            UnknownToken: the organization has no such token.
            Unavailable: the table cannot be reached; nothing has happened, or it is not known.
        """
        record = self._alter(
            organization, key_id, by, lambda _tokens, record: replace(record, state="revoked"), "token.revoked"
        )
        return Revoked(record, forget_hashes(self._hashes, (record,)))

    def revoke_all(self, organization: Organization, *, by: Operator) -> RevokedAll:
        """Refuse all tokens of an organization, from the next request on."""
        killed = self._raise_epoch(organization.id, by)
        marked = 0
        while changed := self._ledger.change(organization.id, lambda tokens: self._some_revoked(tokens, by)):
            marked += len(changed)
        records = self._ledger.read(organization.id).records
        return RevokedAll(killed, marked, forget_hashes(self._hashes, records))

    def revoke_everywhere(self, after: str, *, by: Operator, has_time: Callable[[], bool]) -> tuple[int, str | None]:
        """Refuse all tokens of the stack, a slice of its organizations at a time.

        Args:
            after: name to go on after; empty at the beginning.
            by: who wants it.
            has_time: whether another organization may be begun.

        Returns:
            How many organizations were done, and the name to go on after; None at the end.
        """
        done = 0
        while True:
            organizations, following = self._records.organizations_after(after, _PAGE)
            for organization in organizations:
                if not has_time():
                    return done, after
                self.revoke_all(organization, by=by)
                done, after = done + 1, organization.name
            if following is None:
                return done, None
            after = following

    def _alter(
        self,
        organization: Organization,
        key_id: str,
        by: Operator,
        decide: Callable[[TokenSet, TokenRecord], TokenRecord],
        event_type: TokenEvent,
    ) -> TokenRecord:
        cause = by.cause(organization.id, self._clock.now())

        def changed(tokens: TokenSet) -> TokenChange:
            before = tokens.token(key_id)
            return _one(before, decide(tokens, before), cause, event_type)

        written = self._ledger.change(organization.id, changed)
        return written[0] if written else self._ledger.read(organization.id).token(key_id)

    def _raise_epoch(self, organization_id: str, by: Operator) -> Organization:
        for _ in range(ATTEMPTS):
            before, _records = self._records.access_of(organization_id)
            if before is None:
                raise UnknownOrganization("The organization has been deleted.")
            after = replace(
                before, auth_epoch=before.auth_epoch + 1, version=before.version + 1, ledger=before.ledger + 1
            )
            told = organization_updated(
                by.cause(organization_id, self._clock.now()),
                after.version,
                organization_document(before),
                organization_document(after),
            )
            if self._records.change_organization(before, after, change(told)):
                return after
        raise Unavailable("The organization is being changed by others; try again.", retry_after=1)

    def _some_revoked(self, tokens: TokenSet, by: Operator) -> TokenChange:
        """The next tokens to mark: those of an epoch that is over."""
        cause = by.cause(tokens.organization.id, self._clock.now())
        dead = [
            record
            for record in tokens.records
            if record.state != "revoked" and record.auth_epoch < tokens.organization.auth_epoch
        ]
        changes = [
            _one(record, replace(record, state="revoked"), cause, "token.revoked") for record in dead[:_PER_WRITE]
        ]
        return TokenChange(
            [record for one in changes for record in one.records], [event for one in changes for event in one.events]
        )


def forget_hashes(hashes: TokenHashes, records: Iterable[TokenRecord]) -> bool:
    """Remove the hashes of revoked tokens from the vault; False if it does not answer."""
    by_shard: dict[str, list[str]] = {}
    for record in records:
        if record.state == "revoked":
            by_shard.setdefault(record.shard, []).append(record.key_id)
    try:
        for shard, key_ids in by_shard.items():
            hashes.remove(shard, key_ids)
    except VaultUnavailable:
        return False
    return True


def _one(before: TokenRecord, wanted: TokenRecord, cause: Cause, event_type: TokenEvent) -> TokenChange:
    """One record's change with its event; nothing, when it is as wanted."""
    if wanted == before:
        return TokenChange()
    after = replace(wanted, version=before.version + 1)
    told = token_changed(cause, event_type, after.key_id, after.version, token_document(before), token_document(after))
    return TokenChange((after,), change(told))
