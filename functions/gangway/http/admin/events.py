"""Change events, for applications that read rather than listen, and for whoever wants to know what became of one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, Field

from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import Cause
from gangway.changes.pull import MAX_LIMIT, CursorExpiredError, CursorInvalidError, pull
from gangway.changes.snapshot import InvalidPlaceError, Place, read_slice
from gangway.http.admin.models import AdminModel
from gangway.http.admin.operation import SUPPORT_AND_APPLICATION, AdminCall, Area, Operation
from gangway.http.admin.paging import cursor_to, position_of
from gangway.http.admin.problems import ProblemType, problem
from gangway.http.admin.webhook_models import HeardView
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.organizations import Organizations
    from gangway.changes.ports import ChangeLog
    from gangway.changes.snapshot import DirectoryReader
    from gangway.changes.trace import Trace, Traced
    from gangway.clock import Clock
    from gangway.http.reply import Reply

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    CursorInvalidError: ProblemType(400, "invalid-cursor", "The cursor was never given out"),
    InvalidPlaceError: ProblemType(400, "invalid-cursor", "The cursor was never given out"),
}
_EXPIRED = ProblemType(410, "cursor-expired", "Events after the cursor are kept no more")


class EventsQuery(AdminModel):
    """Which events to read."""

    cursor: str | None = None
    """`cursor` of the answer before; without one, the oldest events that are kept come first; `newest` gives none,
    and the cursor for all that are to come."""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = MAX_LIMIT


class EventsView(AdminModel):
    """Events in the order of their numbers."""

    events: tuple[dict[str, Any], ...]
    """With values; see docs/event-schemas."""
    cursor: str
    """Where to go on, now or later; keep it with what was made of the events."""
    more: bool
    """Whether there were more when this was read; otherwise ask again after a while."""


class SnapshotQuery(AdminModel):
    """Which part of a snapshot to read."""

    cursor: str | None = None
    """`nextCursor` of the part before; without one, a snapshot begins."""


class SnapshotView(AdminModel):
    """A part of the present state, as events."""

    events: tuple[dict[str, Any], ...]
    next_cursor: str | None
    """Where the next part begins; null at the end."""
    events_cursor: str
    """Where to go on reading events when the snapshot is at its end: all that it may have missed comes there."""


class TraceQuery(AdminModel):
    """When the request was made."""

    at: AwareDatetime | None = None
    """Without it only the newest 2,000 events are looked through."""


class TracedView(AdminModel):
    """An event, without values, and who was told of it."""

    event: dict[str, Any]
    webhooks: tuple[HeardView, ...]


class TraceView(AdminModel):
    """What a request changed."""

    events: tuple[TracedView, ...]


class KeysView(AdminModel):
    """A JSON Web Key Set (RFC 7517)."""

    keys: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Events:
    organizations: Organizations
    log: ChangeLog
    reader: DirectoryReader
    trace: Trace
    public_key: Callable[[], dict[str, Any]]
    clock: Clock

    def read(self, call: AdminCall) -> EventsView | Reply:
        query = call.query(EventsQuery)
        try:
            page = pull(self.log, self._organization(call), query.cursor, query.limit)
        except CursorExpiredError as error:
            detail = f"Some events after the cursor are older than what is kept. Read from cursor {error.oldest} on, "
            detail += "and make good for what was missed by a snapshot."
            return problem(_EXPIRED.status, detail, kind=_EXPIRED.kind, title=_EXPIRED.title, oldestCursor=error.oldest)
        return EventsView(events=page.events, cursor=page.cursor, more=page.more)

    def snapshot(self, call: AdminCall) -> SnapshotView:
        organization_id, cursor = self._organization(call), call.query(SnapshotQuery).cursor
        if not cursor:
            place = Place(f"snapshot-{secrets.token_hex(8)}", self.log.last_number(organization_id))
        else:
            place = Place.parse(position_of(cursor))
        time = self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        part = read_slice(self.reader, Cause(organization_id, call.actor, place.snapshot, time), place)
        return SnapshotView(
            events=tuple(unnumbered(enter(event, 0, FIRST_SEAL).full()) for event in part.events),
            next_cursor=cursor_to(str(part.next) if part.next else None),
            events_cursor=str(place.log),
        )

    def of_request(self, call: AdminCall) -> TraceView:
        at = call.query(TraceQuery).at
        found = self.trace.of_request(self._organization(call), call.parameters["request"], at)
        return TraceView(events=tuple(_traced(each) for each in found))

    def keys(self, call: AdminCall) -> KeysView:
        self._organization(call)
        return KeysView(keys=(self.public_key(),))

    def _organization(self, call: AdminCall) -> str:
        return self.organizations.get(call.parameters["org"]).id


def event_area(
    organizations: Organizations,
    log: ChangeLog,
    reader: DirectoryReader,
    trace: Trace,
    public_key: Callable[[], dict[str, Any]],
    clock: Clock,
) -> Area:
    """The routes of change events."""
    here = _Events(organizations, log, reader, trace, public_key, clock)
    reading = Operation(
        "Read change events from a cursor on.",
        here.read,
        query=EventsQuery,
        returns=EventsView,
        roles=SUPPORT_AND_APPLICATION,
    )
    snapshot = Operation(
        "Read the present state of a directory as events, part by part.",
        here.snapshot,
        query=SnapshotQuery,
        returns=SnapshotView,
        roles=SUPPORT_AND_APPLICATION,
    )
    tracing = Operation(
        "Find the events of a request, and each attempt to deliver them.",
        here.of_request,
        query=TraceQuery,
        returns=TraceView,
        roles=SUPPORT_AND_APPLICATION,
    )
    keys = Operation(
        "Give the public keys of security event tokens.", here.keys, returns=KeysView, roles=SUPPORT_AND_APPLICATION
    )
    routes = [
        Route("/orgs/{org}/events", {"GET": reading}),
        Route("/orgs/{org}/snapshot", {"GET": snapshot}),
        Route("/orgs/{org}/requests/{request}/events", {"GET": tracing}),
        Route("/orgs/{org}/event-keys", {"GET": keys}),
    ]
    return Area("Events", routes, PROBLEMS)


def unnumbered(document: dict[str, Any]) -> dict[str, Any]:
    """An event that is in no log, as applications receive it."""
    return {name: value for name, value in document.items() if name != "number"}


def _traced(traced: Traced) -> TracedView:
    return TracedView(event=dict(traced.event), webhooks=tuple(HeardView.of(each) for each in traced.heard))
