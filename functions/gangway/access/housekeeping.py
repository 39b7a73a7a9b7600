"""A round through all organizations: warn of tokens that will expire, carry out deletions that are due.

Costs one query an organization. A round that runs out of time is continued by the next, and an organization that
fails does not hold up the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gangway.access.ledger import TokenSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.access.closing import Closing
    from gangway.access.expiry import Expiry
    from gangway.access.operator import Operator
    from gangway.access.ports import AccessRecords
    from gangway.changes.ports import Organizations

_PAGE = 100


@dataclass(slots=True)
class Rounded:
    """What came of it."""

    warned: int = 0
    """Tokens that were warned of."""
    urgent: int = 0
    """Live tokens that expire soon and that nothing takes the place of."""
    closed: int = 0
    """Steps of deletions that were completed."""
    failures: dict[str, Exception] = field(default_factory=dict)
    """Why, for the organizations that failed."""


class AccessRound:
    """Looks after the tokens and the deletions of all organizations."""

    def __init__(
        self, names: Organizations, records: AccessRecords, expiry: Expiry, closing: Closing, by: Operator
    ) -> None:
        self._names = names
        self._records = records
        self._expiry = expiry
        self._closing = closing
        self._by = by

    def go(self, has_time: Callable[[], bool]) -> Rounded:
        """Go on where the last round stopped, until every organization was looked at or time is over."""
        done = Rounded()
        name = self._names.bookmark()
        while page := self._names.ids_after(name, _PAGE):
            for next_name, organization_id in page:
                if not has_time():
                    self._names.set_bookmark(name)
                    return done
                try:
                    self._look_at(organization_id, done, has_time)
                except Exception as error:
                    done.failures[organization_id] = error
                name = next_name
        self._names.set_bookmark("")
        return done

    def _look_at(self, organization_id: str, done: Rounded, has_time: Callable[[], bool]) -> None:
        organization, records = self._records.access_of(organization_id)
        if organization is None:
            return
        if organization.deletion is not None:
            done.closed += self._closing.carry_on(organization, self._by, has_time)
            return
        expiring = self._expiry.look_at(TokenSet(organization, records), self._by)
        done.warned += expiring.warned
        done.urgent += expiring.urgent
