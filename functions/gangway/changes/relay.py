"""The relay: moves every change from the outbox into the organization's numbered log, once, in order.

The table's stream wakes it, and that is all the stream is for. A stream orders the records of one item only, hands them
out twice, and drops them after a day; so the relay looks at no record's content but reads the outbox itself, strongly
consistent, and a doorbell that rings late, twice or not at all changes nothing but the moment.

Any number of relays may run. What they do is one transaction (the log's next number on condition that it still is the
next, the entries, the deletion of the outbox items), so of two relays with the same events one wins and the other reads
again and finds them gone. A relay killed anywhere leaves either the outbox or the log as it was: there is no state in
between to clean up. Several events share a transaction, because one number line per organization would otherwise cap
the rate at one event per round trip.

An event that cannot be read or stored would hold up everything behind it. It goes to the dead letters, is counted, and
the rest moves on.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from gangway.changes.event import UnreadableEventError, load_change
from gangway.changes.ports import ChangeLog, LostRaceError, Outbox, ReadableChange, UnstorableError, WaitingChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from gangway.clock import Clock

_PAGES_A_TURN: Final = 10
"""After how many pages of the outbox another organization, or the ways out of the log, should have their turn."""

_TRIES: Final = 8
_LONGEST_PAUSE_S: Final = 0.2


@dataclass(slots=True)
class Moved:
    """What a relay did for one organization.

    Attributes:
        oldest: when the oldest change that it found was written, in milliseconds since the epoch; None: found none.
        finished: false when something is left that it could not move yet.
    """

    events: int = 0
    set_aside: int = 0
    oldest: int | None = None
    finished: bool = True

    def found(self, changes: Iterable[WaitingChange]) -> None:
        """Remember how long changes have been waiting."""
        times = [change.written_at for change in changes if change.written_at]
        self.oldest = min([*times, *([self.oldest] if self.oldest else [])], default=None)


class Relay:
    """Moves changes from the outbox into the log."""

    def __init__(
        self,
        outbox: Outbox,
        log: ChangeLog,
        clock: Clock,
        retention: timedelta,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outbox = outbox
        self._log = log
        self._clock = clock
        self._retention = retention
        self._pause = pause

    def move(self, organization_id: str, lanes: Iterable[int], enough_time: Callable[[], bool]) -> Moved:
        """Move what waits in these lanes until they are empty, or the turn is over, or others keep being faster."""
        lanes = tuple(sorted(set(lanes)))
        done = Moved()
        tries = 0
        for _ in range(_PAGES_A_TURN):
            if tries == _TRIES or not enough_time():
                break
            before = (done.events, done.set_aside)
            pages = [self._outbox.read(organization_id, lane) for lane in lanes]
            changes = [change for page in pages for change in page.changes]
            done.found(changes)
            try:
                self._take(organization_id, changes, done)
            except LostRaceError:
                pass
            else:
                if not any(page.more for page in pages):
                    return done
            if (done.events, done.set_aside) == before:
                tries += 1
                self._pause(random.uniform(0, _LONGEST_PAUSE_S * tries / _TRIES))
            else:
                tries = 0
        done.finished = False
        return done

    def _take(self, organization_id: str, changes: Sequence[WaitingChange], done: Moved) -> None:
        readable = self._readable(_by_time(changes), done)
        expires_at = int((self._clock.now() + self._retention).timestamp())
        while readable:
            try:
                taken = self._log.move(organization_id, readable, expires_at)
            except UnstorableError as error:
                self._set_aside(readable.pop(0).change, str(error), done)
            else:
                done.events += sum(len(moved.events) for moved in readable[:taken])
                readable = readable[taken:]

    def _readable(self, changes: Iterable[WaitingChange], done: Moved) -> list[ReadableChange]:
        readable = []
        for change in changes:
            try:
                readable.append(ReadableChange(change, load_change(change.text)))
            except UnreadableEventError as error:
                self._set_aside(change, str(error), done)
        return readable

    def _set_aside(self, change: WaitingChange, reason: str, done: Moved) -> None:
        self._outbox.set_aside(change, reason)
        done.set_aside += 1


def _by_time(changes: Iterable[WaitingChange]) -> list[WaitingChange]:
    """Sort by the writers' clocks where resources differ; within a resource the given order stands, clocks or not."""
    latest: dict[str, int] = {}
    timed: list[tuple[int, WaitingChange]] = []
    for change in changes:
        latest[change.resource_id] = max(latest.get(change.resource_id, 0), change.written_at)
        timed.append((latest[change.resource_id], change))
    return [change for _, change in sorted(timed, key=itemgetter(0))]
