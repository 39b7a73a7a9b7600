"""The time, as a value that is passed in.

Expiry, rate limits, versions and paging all depend on the time. Code that asks the operating system cannot be tested
at the second before and the second after; code that is handed a clock can.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time of this server; clients' clocks are never used."""

    def now(self) -> datetime:
        """The present moment, time zone UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment, time zone UTC."""
        return datetime.now(UTC)
