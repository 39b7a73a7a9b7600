"""A snapshot read while everything changes, and the events since it began, give exactly the directory."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.event import MEMBERS_PER_EVENT, Cause
from gangway.changes.fold import Picture, fold
from gangway.changes.snapshot import InvalidPlaceError, Place, StoredResource, read_slice
from tests.changes.fakes import LANES, Memory
from tests.changes.test_relay import Function
from tests.changes.traffic import ORGANIZATION, Traffic

if TYPE_CHECKING:
    from gangway.changes.event import ChangeEvent
    from gangway.changes.snapshot import DirectoryReader
    from tests.changes.fakes import MemoryLog

CAUSE = Cause(ORGANIZATION, "arn:aws:iam::1:role/operator", "replay-1", "2026-01-31T12:00:00.000Z")


class QuietRandom(random.Random):
    """Nothing happens meanwhile."""

    def randint(self, a: int, b: int) -> int:
        return a


class ChangingDirectory:
    """Reads a directory that changes between any two steps of reading it."""

    def __init__(self, traffic: Traffic, rng: random.Random) -> None:
        self._traffic = traffic
        self._random = rng

    def resources(self, organization_id: str, resource_type: str, after: str, limit: int) -> list[StoredResource]:
        self._meanwhile()
        prefix = resource_type[0].lower()
        ids = sorted(key for key in self._traffic.documents if key.startswith(prefix) and key > after)
        return [StoredResource(resource_type, key, 1, dict(self._traffic.documents[key])) for key in ids[:limit]]

    def members(self, organization_id: str, group_id: str, after: str, limit: int) -> list[str]:
        self._meanwhile()
        return sorted(member for member in self._traffic.members.get(group_id, ()) if member > after)[:limit]

    def _meanwhile(self) -> None:
        for _ in range(self._random.randint(0, 2)):
            self._traffic.change_something()


def whole(reader: DirectoryReader, log: MemoryLog, limit: int = 100) -> tuple[int, list[ChangeEvent]]:
    """Take a snapshot to its end, slice by slice; with the number to go on after."""
    place: Place | None = Place("snap-1", log.last_number(ORGANIZATION))
    cursor = place.log if place else 0
    events: list[ChangeEvent] = []
    while place is not None:
        part = read_slice(reader, CAUSE, Place.parse(str(place)), limit)
        assert len(part.events) <= limit
        events += part.events
        place = part.next
    return cursor, events


@given(st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_snapshot_and_what_follows_give_the_directory(rng: random.Random, limit: int) -> None:
    memory = Memory()
    traffic = Traffic(rng, memory.commit)
    for _ in range(20):
        traffic.change_something()
    # some of it is in the log already, and some is not
    Function(memory).ring([0])

    cursor, events = whole(ChangingDirectory(traffic, rng), Function(memory).log, limit)
    Function(memory).ring(range(LANES))
    later = [entry.event() for entry in memory.log[cursor:]]

    assert fold(later, onto=fold(events)) == Picture(traffic.documents, traffic.members)


def test_many_members_are_told_in_several_events_that_may_fall_into_several_slices() -> None:
    members = [f"u{number:04d}" for number in range(MEMBERS_PER_EVENT * 2 + 1)]
    memory = Memory()
    traffic = Traffic(random.Random(0), memory.commit)
    traffic.documents["g1"], traffic.members["g1"] = {"displayName": "all"}, set(members)
    reader = ChangingDirectory(traffic, QuietRandom())

    for limit in (1, 2, 100):
        _, events = whole(reader, Function(memory).log, limit)
        assert [event.id for event in events] == ["snap-1-g1-1", *(f"snap-1-g1-1-{part}" for part in (1, 2, 3))]
        assert fold(events).members == {"g1": set(members)}


@pytest.mark.parametrize(
    "text", ["", "snap", "snap~x~User~", "snap~1~Token~", "snap~1~Group~g1~1", "a~1~User~u~1~1~m~x"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlaceError):
        Place.parse(text)


def test_events_of_a_snapshot_say_so_and_never_share_an_id_with_the_changes_they_tell_of() -> None:
    memory = Memory()
    traffic = Traffic(random.Random(1), memory.commit)
    for _ in range(30):
        traffic.change_something()
    Function(memory).ring(range(LANES))

    _, events = whole(ChangingDirectory(traffic, random.Random(1)), Function(memory).log)

    assert all(event.initial_sync and event.actor == CAUSE.actor for event in events)
    ids = [event.id for event in events]
    assert len(set(ids)) == len(ids)
    assert set(ids).isdisjoint(entry.event().id for entry in memory.log)
