"""Tokens cease to be: suspend and revoke.

The record is written first: from that write on every request with the token is refused, whatever happens next. The hash
is removed from the vault afterwards. If the vault cannot be reached then, the answer says so; repeating the revocation
finishes it, and so does the next compaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.access.errors import VaultUnavailable, WrongState
from gangway.access.event_documents import token_document
from gangway.access.ledger import Ledger, TokenChange, TokenSet
from gangway.changes.tell import change
from gangway.changes.tell_access import token_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, TokenHashes
    from gangway.access.token import TokenRecord
    from gangway.changes.event import Cause
    from gangway.changes.tell_access import TokenEvent
    from gangway.clock import Clock


@dataclass(frozen=True, slots=True)
class Revoked:
    """What became of a revocation: the token is refused in any case."""

    record: TokenRecord
    hash_removed: bool
    """False: the vault could not be reached; repeat the revocation."""


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
            return record._replace(state="suspended")

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
                tokens.require_room(now, brief=record.brief)
            return record._replace(state="active")

        return self._alter(organization, key_id, by, resumed, "token.resumed")

    def revoke(self, organization: Organization, key_id: str, *, by: Operator) -> Revoked:
        """Refuse a token for good, from the next request on. Repeating it does no harm and finishes what is left.

        Raises:
            UnknownToken: the organization has no such token.
            Unavailable: the table cannot be reached; nothing has happened, or it is not known.
        """
        now = self._clock.now()
        record = self._alter(organization, key_id, by, lambda _tokens, record: record.revoked(now), "token.revoked")
        return Revoked(record, forget_hashes(self._hashes, (record,)))

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
            return changed_token(before, decide(tokens, before), cause, event_type)

        written = self._ledger.change(organization.id, changed)
        return written[0] if written else self._ledger.read(organization.id).token(key_id)


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


def changed_token(before: TokenRecord, wanted: TokenRecord, cause: Cause, event_type: TokenEvent) -> TokenChange:
    """One record's change with its event; nothing, when it is as wanted."""
    if wanted == before:
        return TokenChange()
    after = wanted._replace(version=before.version + 1)
    told = token_changed(cause, event_type, after.key_id, after.version, token_document(before), token_document(after))
    return TokenChange((after,), change(told))
