"""Delivering a snapshot: the present state of a directory, posted to one endpoint, and then the log from there on.

While the snapshot is posted the endpoint hears of nothing else, or it might be told an older state after a newer one.
So it is disabled first, with its cursor behind the log's end as it was then; when the snapshot is through it is enabled
and goes on from there. A message that is not accepted ends the work for now: the place says where to go on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import Cause
from gangway.changes.snapshot import Place, read_slice
from gangway.changes.webhooks import progress as rules
from gangway.changes.webhooks.dispatcher import AT_ONCE
from gangway.changes.webhooks.editing import Editor
from gangway.changes.webhooks.errors import NoSnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.changes.event import ChangeEvent
    from gangway.changes.ports import ChangeLog
    from gangway.changes.snapshot import DirectoryReader, Slice
    from gangway.changes.webhooks.endpoint import Endpoint
    from gangway.changes.webhooks.message import Messages
    from gangway.changes.webhooks.ports import Bell, EndpointRecords, Sender
    from gangway.changes.webhooks.posting import Answer
    from gangway.clock import Clock

UNDER_WAY: Final = "snapshot"
"""Why an endpoint is disabled meanwhile."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a call posted, where to go on (None at the end), and the answer that ended it too early, if any."""

    posted: int
    next: Place | None
    refused: Answer | None = None


class SnapshotDelivery:
    """Posts snapshots, as much of one at a time as there is time for."""

    def __init__(
        self,
        endpoints: EndpointRecords,
        log: ChangeLog,
        reader: DirectoryReader,
        messages: Messages,
        sender: Sender,
        bell: Bell,
        clock: Clock,
    ) -> None:
        self._editor = Editor(endpoints)
        self._log = log
        self._reader = reader
        self._messages = messages
        self._sender = sender
        self._bell = bell
        self._clock = clock

    def begin(self, organization_id: str, endpoint_id: str) -> Place:
        """Stop the endpoint's deliveries and say where its snapshot begins. Raises UnknownEndpointError."""
        place = Place(f"snapshot-{secrets.token_hex(8)}", self._log.last_number(organization_id))
        self._editor.move(
            organization_id,
            endpoint_id,
            lambda was: replace(
                was.progress, next=place.log + 1, held={}, disabled=UNDER_WAY, replay_until=None, resume_at=None
            ),
        )
        return place

    def go_on(
        self, organization_id: str, endpoint_id: str, place: Place, actor: str, enough_time: Callable[[], bool]
    ) -> Told:
        """Post what there is time for, at least one event; at the end, let the endpoint hear of changes again.

        Raises:
            NoSnapshotError: the endpoint is not being told one; somebody enabled it, or another was begun.
            UnknownEndpointError, EndpointBusyError: see there.
        """
        stored = self._editor.read(organization_id, endpoint_id)
        if stored.progress.disabled != UNDER_WAY or stored.progress.next != place.log + 1:
            raise NoSnapshotError("The endpoint is not being told this snapshot any more; begin another.")
        cause = Cause(organization_id, actor, place.snapshot, _time(self._clock))
        posted = 0
        following: Place | None = place
        while following is not None and (enough_time() or not posted):
            part = read_slice(self._reader, cause, following, AT_ONCE)
            for wave, after in _waves(part, following):
                if posted and not enough_time():
                    return Told(posted, following)
                if refused := self._post(stored.endpoint, wave):
                    return Told(posted, following, refused)
                posted, following = posted + len(wave), after
        if following is None:
            now = self._clock.now()
            self._editor.move(organization_id, endpoint_id, lambda was: rules.enabled(was.progress, now))
            self._bell.ring(organization_id, endpoint_id)
        return Told(posted, following)

    def _post(self, endpoint: Endpoint, events: list[ChangeEvent]) -> Answer | None:
        """Post events of different resources at once; gives the first answer that is no acceptance."""
        time = self._clock.now()
        wanted = [event for event in events if event.type in endpoint.wanted]
        posts = [self._messages.of_document(endpoint, _document(endpoint, event), time) for event in wanted]
        answers = self._sender.post_all(posts) if posts else []
        return next((answer for answer in answers if not answer.accepted), None)


def _waves(part: Slice, begin: Place) -> Iterator[tuple[list[ChangeEvent], Place | None]]:
    """Cut a slice so that no two events of a piece are about the same resource, with the place after each piece."""
    wave: list[ChangeEvent] = []
    place = begin
    for event, after in zip(part.events, part.places, strict=True):
        if any(event.resource_id == other.resource_id for other in wave):
            yield wave, place
            wave = []
        wave.append(event)
        place = after
    yield wave, part.next


def _document(endpoint: Endpoint, event: ChangeEvent) -> dict[str, Any]:
    entry = enter(event, 0, FIRST_SEAL)
    document = entry.thin() if endpoint.form == "thin" else entry.full()
    # what is in no log has no number
    del document["number"]
    return document


def _time(clock: Clock) -> str:
    return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
