"""The publisher: offers every log entry to the event bus, thin, at least once.

Between the log's transaction and the bus a function can die, so what was published is not remembered in its head but in
a durable cursor per organization: whoever comes next (another doorbell, the sweeper) goes on from there. The cursor
moves only over an unbroken run of entries that the bus took; what it refused once is offered again, alone, a few times
at once and then at the next occasion. Receivers de-duplicate by the event's id and order by its number.

An entry that the bus will never take (not a question of load or rights) is noted aside and passed over, as it would
otherwise hold up the organization for ever; nothing is lost with it, it still is in the log.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gangway.changes.entry import LogEntry
    from gangway.changes.ports import ChangeLog, EventBus

ENTRIES_PER_CALL: Final = 10
"""What PutEvents takes at once."""

_PAGE: Final = 100
_PAGES_A_TURN: Final = 10
_TRIES: Final = 4
_FIRST_PAUSE_S: Final = 0.1
_REFUSED_FOR_GOOD: Final = frozenset({"MalformedDetail", "InvalidArgument", "EntryTooLarge"})


class BusUnavailableError(Exception):
    """The event bus does not take events now; what it took is remembered, and the rest is offered again later."""


@dataclass(slots=True)
class Published:
    """What a publisher did for one organization; `finished` is false when its turn or the time was over first."""

    events: int = 0
    set_aside: int = 0
    finished: bool = True


class Publisher:
    """Offers log entries to the event bus."""

    def __init__(self, log: ChangeLog, bus: EventBus, pause: Callable[[float], None] = time.sleep) -> None:
        self._log = log
        self._bus = bus
        self._pause = pause

    def publish(self, organization_id: str, enough_time: Callable[[], bool]) -> Published:
        """Publish what comes after the organization's cursor: all of it, or as much as one turn allows.

        Raises:
            BusUnavailableError: the bus kept refusing an entry; the cursor stands before it.
        """
        done = Published()
        after = self._log.published(organization_id)
        for _ in range(_PAGES_A_TURN):
            if not enough_time():
                break
            page = self._log.read(organization_id, after, _PAGE, with_values=False)
            if not page:
                return done
            for start in range(0, len(page), ENTRIES_PER_CALL):
                run = page[start : start + ENTRIES_PER_CALL]
                taken = self._offer(run, done)
                if taken:
                    after = run[taken - 1].number
                    self._log.set_published(organization_id, after)
                if taken < len(run):
                    raise BusUnavailableError(f"{len(run) - taken} events wait for the event bus")
        done.finished = False
        return done

    def _offer(self, run: Sequence[LogEntry], done: Published) -> int:
        """Offer entries until the bus has them; give the length of the unbroken run from the first that it has."""
        waiting = dict(enumerate(run))
        for attempt in range(_TRIES):
            if attempt:
                self._pause(random.uniform(0.5, 1) * _FIRST_PAUSE_S * 2**attempt)
            offered = list(waiting.items())
            for (position, entry), code in zip(offered, self._bus.send([entry for _, entry in offered]), strict=True):
                if code in _REFUSED_FOR_GOOD:
                    self._log.set_unpublishable_aside(entry, code)
                    done.set_aside += 1
                elif code is not None:
                    continue
                else:
                    done.events += 1
                del waiting[position]
            if not waiting:
                return len(run)
        return min(waiting)
