"""Doorbells: which organizations a batch of stream records calls for, and which records to hear again.

A record says no more than "look into this lane". So a batch becomes a set of lanes per organization. The organizations
are served in turns, so that one that imports a hundred thousand people holds up nobody else, nor the ways out of its
own log. One that fails has its first record reported: the stream then rings from there on again, and its events wait in
the outbox meanwhile, in order. The other organizations of the batch are served all the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gangway.changes.ports import Webhooks
    from gangway.changes.publisher import Publisher
    from gangway.changes.relay import Relay


@dataclass(frozen=True, slots=True)
class Ring:
    """One stream record: its sequence number, and the outbox lane that it announces."""

    sequence_number: str
    organization_id: str
    lane: int


@dataclass(slots=True)
class Answered:
    """What came of a batch of rings.

    Attributes:
        woken: dispatchers of webhooks that were called.
        set_aside: how many events were set aside, by organization.
        ring_again: sequence numbers to report as failed: the first of each organization that is not done.
        failures: why, for organizations that failed rather than ran out of time.
    """

    events: int = 0
    published: int = 0
    woken: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    ring_again: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)


def answer(
    rings: Iterable[Ring], relay: Relay, publisher: Publisher, webhooks: Webhooks, enough_time: Callable[[], bool]
) -> Answered:
    """Serve every organization that a batch of rings calls for."""
    lanes: dict[str, set[int]] = {}
    first: dict[str, str] = {}
    for ring in rings:
        lanes.setdefault(ring.organization_id, set()).add(ring.lane)
        first.setdefault(ring.organization_id, ring.sequence_number)
    done = Answered()
    waiting = dict(lanes)
    while waiting:
        for organization_id, rung in list(waiting.items()):
            try:
                finished, came_further = _serve(organization_id, rung, relay, publisher, webhooks, enough_time, done)
            except Exception as error:
                done.failures[organization_id] = error
                finished, came_further = False, False
            if finished or not came_further:
                del waiting[organization_id]
            if not finished and not came_further:
                done.ring_again.append(first[organization_id])
    return done


def _serve(
    organization_id: str,
    lanes: Iterable[int],
    relay: Relay,
    publisher: Publisher,
    webhooks: Webhooks,
    enough_time: Callable[[], bool],
    done: Answered,
) -> tuple[bool, bool]:
    """Give one organization its turn; tell whether nothing is left, and whether the turn brought it any further."""
    moved = relay.move(organization_id, lanes, enough_time)
    done.events += moved.events
    done.set_aside[organization_id] += moved.set_aside
    try:
        done.woken += webhooks.wake(organization_id)
    finally:
        # one way out that is closed must not close the other
        published = publisher.publish(organization_id, enough_time)
        done.published += published.events
        done.set_aside[organization_id] += published.set_aside
    finished = moved.finished and published.finished
    return finished, bool(moved.events or moved.set_aside or published.events or published.set_aside)
