"""How the set of an organization's tokens is changed: read whole, decided, written if nothing has moved.

The organization's ledger counts such changes, and a write that was decided on an older count is refused. That is what
makes "at most two live tokens" true of operators who work at the same moment, and what lets a rotation replace one
token by another in a single step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.access.errors import TokenLimitReached, UnknownOrganization, UnknownToken, WrongState
from gangway.access.token import BRIEF_LIMIT
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords
    from gangway.access.token import TokenRecord
    from gangway.changes.event import ChangeEvent

# Each lost race means that another changed a token; more of them than this is no race but a storm.
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class TokenSet:
    """An organization and all its tokens, as they were at one moment."""

    organization: Organization
    records: tuple[TokenRecord, ...]

    def token(self, key_id: str) -> TokenRecord:
        """The record of a token. Raises UnknownToken."""
        for record in self.records:
            if record.key_id == key_id:
                return record
        raise UnknownToken("The organization has no token with this key id.")

    def is_followed(self, record: TokenRecord, now: datetime) -> bool:
        """Whether another token takes its place; a successor that is dead itself takes nobody's."""
        return any(each.key_id == record.successor and not each.is_dead(now) for each in self.records)

    def live(self, now: datetime) -> tuple[TokenRecord, ...]:
        """The tokens that open something."""
        return tuple(record for record in self.records if record.is_live(now, self.organization.auth_epoch))

    def require_room(self, now: datetime, *, besides: str | None = None, brief: bool = False) -> None:
        """Insist that another token may be live.

        Args:
            now: the present moment.
            besides: key id of a token that will be live no longer.
            brief: whether it is to live for minutes; those are counted by themselves.

        Raises:
            TokenLimitReached: as many are live as may be.
            WrongState: the organization is being deleted.
        """
        if self.organization.state == "deleting":
            raise WrongState("The organization is being deleted; restore it first.")
        live = sum(record.key_id != besides and record.brief is brief for record in self.live(now))
        if live >= (BRIEF_LIMIT if brief else self.organization.token_limit):
            kind = "brief tokens" if brief else "tokens"
            raise TokenLimitReached(f"{live} {kind} are live, which is the limit; revoke one first.")


@dataclass(frozen=True, slots=True)
class TokenChange:
    """Records to write, each new or one version later, and what is told of them."""

    records: Sequence[TokenRecord] = ()
    events: Sequence[ChangeEvent] = ()


class Ledger:
    """Changes the tokens of organizations."""

    def __init__(self, records: AccessRecords) -> None:
        self._records = records

    def read(self, organization_id: str) -> TokenSet:
        """All tokens of an organization. Raises UnknownOrganization."""
        organization, records = self._records.access_of(organization_id)
        if organization is None or organization.state == "deleted":
            raise UnknownOrganization("The organization has been deleted.")
        return TokenSet(organization, records)

    def change(self, organization_id: str, decide: Callable[[TokenSet], TokenChange]) -> tuple[TokenRecord, ...]:
        """Decide on the present state, again whenever it has moved, and return the records written.

        Raises:
            UnknownOrganization: it has been deleted.
            Unavailable: the table cannot be reached, or too many others change this organization's tokens.
        """
        for _ in range(ATTEMPTS):
            tokens = self.read(organization_id)
            wanted = decide(tokens)
            if not wanted.records:
                return ()
            if self._records.change_tokens(tokens.organization, wanted.records, wanted.events):
                return tuple(wanted.records)
        raise Unavailable("The organization's tokens are being changed by others; try again.", retry_after=1)
