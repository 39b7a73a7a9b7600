"""Warn before a token expires: its identity provider will not, and finds out on the day.

The warning is an event, told once when 30, 14, 7 and 1 days are left, whichever is next when somebody looks; the record
remembers the last. A token that has a successor is meant to expire and is not warned of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gangway.access.event_documents import token_document
from gangway.access.ledger import Ledger, TokenChange
from gangway.changes.tell import change
from gangway.changes.tell_access import token_changed

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.access.ledger import TokenSet
    from gangway.access.operator import Operator
    from gangway.access.ports import AccessRecords
    from gangway.access.token import TokenRecord
    from gangway.changes.event import ChangeEvent
    from gangway.clock import Clock

WARNING_DAYS = (1, 7, 14, 30)
"""Days before expiry at which is warned, the last first."""
URGENT = timedelta(days=14)
"""Tokens that expire within this are counted in a metric."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """What is to be said of an organization's tokens."""

    warned: int
    """Tokens that were warned of now."""
    urgent: int
    """Live tokens without a successor that expire soon."""


class Expiry:
    """Looks for tokens that will expire."""

    def __init__(self, records: AccessRecords, clock: Clock) -> None:
        self._ledger = Ledger(records)
        self._clock = clock

    def look_at(self, tokens: TokenSet, by: Operator) -> Expiring:
        """Warn of an organization's tokens, if there is anything to warn of. Raises Unavailable."""
        now = self._clock.now()
        ending = _ending(tokens, now)
        urgent = sum(expires - now <= URGENT for _record, expires in ending)
        if not any(_due(record, expires, now) for record, expires in ending):
            return Expiring(0, urgent)
        warned = self._ledger.change(tokens.organization.id, lambda current: _warnings(current, now, by))
        return Expiring(len(warned), urgent)


def _ending(tokens: TokenSet, now: datetime) -> list[tuple[TokenRecord, datetime]]:
    """Live tokens that expire and that nothing takes the place of; brief ones are meant to."""
    lasting = (record for record in tokens.live(now) if not record.brief and not tokens.is_followed(record, now))
    return [(record, record.expires) for record in lasting if record.expires is not None]


def _due(record: TokenRecord, expires: datetime, now: datetime) -> int | None:
    """The warning that is due, as days; None if it has been told, or it is too early for the first."""
    left = math.ceil((expires - now) / timedelta(days=1))
    days = next((days for days in WARNING_DAYS if left <= days), None)
    return days if days is not None and (record.warned is None or days < record.warned) else None


def _warnings(tokens: TokenSet, now: datetime, by: Operator) -> TokenChange:
    cause = by.cause(tokens.organization.id, now)
    records: list[TokenRecord] = []
    events: list[ChangeEvent] = []
    for before, expires in _ending(tokens, now):
        if days := _due(before, expires, now):
            after = before._replace(warned=days, version=before.version + 1)
            told = token_changed(
                cause, "token.expiring", after.key_id, after.version, token_document(before), token_document(after)
            )
            records.append(after)
            events += change(told)
    return TokenChange(records, events)
