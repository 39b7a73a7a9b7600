"""What this room needs from storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.diagnosis.failure import Entry, FailedRequest, RefusedToken


class Entries(NamedTuple):
    """Some entries in the order of time, and where to go on; None: that was all."""

    entries: tuple[Entry, ...]
    next: str | None


class FailureStore(Protocol):
    """The failed requests of all organizations."""

    def add(self, organization_id: str, failure: FailedRequest, *, days: int) -> None:
        """Keep a failed request for so many days."""
        ...

    def count(self, organization_id: str, refused: RefusedToken, *, days: int) -> None:
        """Add to the count of a minute. A count that is lost or doubled by a retry does no harm."""
        ...

    def read(self, organization_id: str, since: datetime, *, limit: int, after: str, request_id: str | None) -> Entries:
        """Entries from a time on.

        Args:
            organization_id: whose.
            since: the earliest.
            limit: how many are looked at.
            after: where the last reading ended; empty at the beginning.
            request_id: only failed requests with this id.
        """
        ...
