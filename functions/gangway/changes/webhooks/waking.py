"""Waking dispatchers: who has not heard everything is called for, whatever woke whoever looks.

A doorbell can be lost here as everywhere, so nothing is remembered about bells. Whether an endpoint must be served can
be seen from its progress and the log's end; the relay looks after every move, the sweeper looks at everybody in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.endpoint import Progress
    from gangway.changes.webhooks.ports import Bell, EndpointRecords
    from gangway.clock import Clock


class Waker:
    """Implements `gangway.changes.ports.Webhooks`."""

    def __init__(self, endpoints: EndpointRecords, log: ChangeLog, bell: Bell, clock: Clock) -> None:
        self._endpoints = endpoints
        self._log = log
        self._bell = bell
        self._clock = clock

    def wake(self, organization_id: str) -> int:
        """See `gangway.changes.ports.Webhooks.wake`."""
        endpoints = [stored for stored in self._endpoints.endpoints(organization_id) if not stored.progress.disabled]
        if not endpoints:
            return 0
        last, now = self._log.last_number(organization_id), self._clock.now()
        waiting = [stored.endpoint.id for stored in endpoints if is_behind(stored.progress, last, now)]
        for endpoint_id in waiting:
            self._bell.ring(organization_id, endpoint_id)
        return len(waiting)


def is_behind(progress: Progress, last_number: int, now: datetime) -> bool:
    """Whether there is something to deliver now."""
    due = progress.due_at()
    return not progress.disabled and (progress.next <= last_number or (due is not None and due <= now))
