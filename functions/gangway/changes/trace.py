"""From a request to its events, and to every attempt to deliver them.

There is no index from requests to events: it would cost every change two writes for the few that anybody ever asks
about. Entries follow the writers' clocks roughly, so who knows when the request was made finds its place by halving the
log, and reads a few minutes around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gangway.changes.entry import LogEntry
    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.ports import Delivery, EndpointRecords, Stored

AROUND: Final = timedelta(minutes=10)
"""How far from the request's time its events are looked for: clocks differ, and a relay may be late."""

MOST_READ: Final = 2_000
"""Entries that are read for one request at most."""

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of an event at one endpoint.

    Attributes:
        state: ``delivered``, ``waiting`` (for its turn or another attempt), ``dead`` (passed over after all attempts),
            ``not wanted`` (the endpoint does not want the type), or ``unknown`` (its attempts were forgotten).
    """

    endpoint_id: str
    url: str
    state: str
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Traced:
    """An event without values, and what became of it at each endpoint."""

    event: Mapping[str, Any]
    heard: Sequence[Heard]


class Trace:
    """Finds what a request changed and who was told."""

    def __init__(self, log: ChangeLog, endpoints: EndpointRecords) -> None:
        self._log = log
        self._endpoints = endpoints

    def of_request(self, organization_id: str, request_id: str, at: datetime | None = None) -> list[Traced]:
        """The events of a request, in order; `at` is when it was made, else the newest entries are looked through."""
        endpoints = self._endpoints.endpoints(organization_id)
        found = [entry for entry in self._near(organization_id, at) if entry.thin()["data"]["requestId"] == request_id]
        return [Traced(entry.thin(), [self._heard(stored, entry) for stored in endpoints]) for entry in found]

    def _heard(self, stored: Stored, entry: LogEntry) -> Heard:
        endpoint, document = stored.endpoint, entry.thin()
        tried = self._endpoints.deliveries_of(endpoint.organization_id, endpoint.id, entry.number)
        state = "unknown"
        if document["type"] not in endpoint.wanted:
            state = "not wanted"
        elif entry.number in _numbers_waiting(stored) or stored.progress.next <= entry.number:
            state = "waiting"
        elif tried:
            state = "dead" if tried[-1].outcome == "dead" else "delivered"
        return Heard(endpoint.id, endpoint.url, state, tried)

    def _near(self, organization_id: str, at: datetime | None) -> Iterator[LogEntry]:
        last = self._log.last_number(organization_id)
        begin = max(1, last - MOST_READ + 1) if at is None else self._first_after(organization_id, at - AROUND)
        after, end = begin - 1, min(last, begin - 1 + MOST_READ)
        while after < end:
            page = self._log.read(organization_id, after, _PAGE, with_values=False)
            if not page or (at is not None and _time(page[0]) > at + AROUND):
                return
            yield from page
            after = page[-1].number

    def _first_after(self, organization_id: str, time: datetime) -> int:
        low, high = self._log.first_number(organization_id), self._log.last_number(organization_id) + 1
        while low < high:
            middle = (low + high) // 2
            page = self._log.read(organization_id, middle - 1, 1, with_values=False)
            if page and _time(page[0]) < time:
                low = middle + 1
            else:
                high = middle
        return low


def _numbers_waiting(stored: Stored) -> set[int]:
    return {number for line in stored.progress.held.values() for number in line.numbers}


def _time(entry: LogEntry) -> datetime:
    return datetime.fromisoformat(entry.thin()["timestamp"])
