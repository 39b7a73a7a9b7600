"""The kill switch: no token that exists opens anything any more, from the next request on.

For an organization that is one write: it raises the epoch that all its tokens were minted under. What follows (records
marked one by one, hashes removed) is tidying, and is finished by whoever repeats it. The stack is gone through
organization by organization.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.access.errors import UnknownOrganization
from gangway.access.event_documents import organization_document
from gangway.access.ledger import ATTEMPTS, Ledger, TokenChange, TokenSet
from gangway.access.revocation import changed_token, forget_hashes
from gangway.changes.tell import change
from gangway.changes.tell_access import organization_updated
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, TokenHashes
    from gangway.clock import Clock

_PER_WRITE = 20
"""Tokens that are marked in one transaction; each takes two of its hundred actions."""
_PAGE = 25


@dataclass(frozen=True, slots=True)
class RevokedAll:
    """What became of a kill switch: no token that existed before opens anything."""

    organization: Organization
    tokens: int
    """Tokens that were marked as revoked by this call."""
    hashes_removed: bool
    """False: the vault could not be reached; repeat the call."""


class KillSwitch:
    """Ends all tokens of an organization, or of the stack."""

    def __init__(self, records: AccessRecords, hashes: TokenHashes, clock: Clock) -> None:
        self._records = records
        self._ledger = Ledger(records)
        self._hashes = hashes
        self._clock = clock

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

    def _raise_epoch(self, organization_id: str, by: Operator) -> Organization:
        for _ in range(ATTEMPTS):
            before, _records = self._records.access_of(organization_id)
            if before is None:
                raise UnknownOrganization("The organization has been deleted.")
            after = before._replace(
                auth_epoch=before.auth_epoch + 1, version=before.version + 1, ledger=before.ledger + 1
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
        now = self._clock.now()
        cause = by.cause(tokens.organization.id, now)
        dead = [
            record
            for record in tokens.records
            if record.state != "revoked" and record.auth_epoch < tokens.organization.auth_epoch
        ]
        changes = [changed_token(record, record.revoked(now), cause, "token.revoked") for record in dead[:_PER_WRITE]]
        return TokenChange(
            [record for one in changes for record in one.records], [event for one in changes for event in one.events]
        )
