"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StoppedClock:
    """Implements `gangway.clock.Clock`."""

    def __init__(self, start: datetime = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **duration: float) -> None:
        """Move on; arguments as for `timedelta`."""
        self._now += timedelta(**duration)
