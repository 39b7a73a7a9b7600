"""The sweeper: finds what no doorbell announced.

A stream loses records after a day, an event source mapping gives up after some attempts, and a function may die between
the log and the ways out of it. None of that loses an event, as outbox and cursors still tell; but somebody must look.
The sweeper does, for every organization in turn: one cheap query per lane, one for the bus's cursor, one for those of
the webhook endpoints. It remembers where it stopped, so that a stack with more organizations than fit one invocation is
swept in several.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gangway.changes.publisher import Published, Publisher
from gangway.changes.relay import Moved, Relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.changes.ports import ChangeLog, Organizations, Outbox, Webhooks

_PAGE: Final = 100


@dataclass(slots=True)
class Swept:
    """What one sweep found: events that no doorbell had moved, and organizations whose turn failed, with the reason.

    `set_aside` counts events by organization. `oldest` is when the oldest event that was found was written, in
    milliseconds since the epoch; None: there were none.
    """

    organizations: int = 0
    events: int = 0
    published: int = 0
    woken: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    oldest: int | None = None
    failures: dict[str, Exception] = field(default_factory=dict)


class Sweeper:
    """Looks through all organizations for changes left in the outbox, and entries not published."""

    def __init__(
        self,
        organizations: Organizations,
        outbox: Outbox,
        log: ChangeLog,
        relay: Relay,
        publisher: Publisher,
        webhooks: Webhooks,
    ) -> None:
        self._organizations = organizations
        self._outbox = outbox
        self._log = log
        self._relay = relay
        self._publisher = publisher
        self._webhooks = webhooks

    def sweep(self, enough_time: Callable[[], bool]) -> Swept:
        """Go on where the last sweep stopped, until every organization was looked at or time is up.

        Those with more than one turn can do have further turns when all have had theirs.
        """
        done = Swept()
        unfinished: list[str] = []
        name = self._organizations.bookmark()
        while page := self._organizations.ids_after(name, _PAGE):
            for next_name, organization_id in page:
                if not enough_time():
                    self._organizations.set_bookmark(name)
                    return done
                done.organizations += 1
                if not self._look_at(organization_id, done, enough_time):
                    unfinished.append(organization_id)
                name = next_name
        self._organizations.set_bookmark("")
        while unfinished and enough_time():
            unfinished = [each for each in unfinished if not self._look_at(each, done, enough_time)]
        return done

    def _look_at(self, organization_id: str, done: Swept, enough_time: Callable[[], bool]) -> bool:
        """Give an organization its turn; tell whether nothing is left that another turn could do."""
        moved, published = Moved(), Published()
        try:
            if lanes := self._outbox.lanes_with_changes(organization_id):
                moved = self._relay.move(organization_id, lanes, enough_time)
                done.events += moved.events
                done.set_aside[organization_id] += moved.set_aside
                done.oldest = min([time for time in (done.oldest, moved.oldest) if time], default=None)
            done.woken += self._webhooks.wake(organization_id)
            if self._log.published(organization_id) < self._log.last_number(organization_id):
                published = self._publisher.publish(organization_id, enough_time)
                done.published += published.events
                done.set_aside[organization_id] += published.set_aside
        except Exception as error:
            done.failures[organization_id] = error
            return True
        came_further = bool(moved.events or moved.set_aside or published.events or published.set_aside)
        return (moved.finished and published.finished) or not came_further
