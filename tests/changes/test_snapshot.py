"""A snapshot read while everything changes, and the events since it began, give exactly the directory."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.event import Cause
from gangway.changes.fold import Picture, fold
from gangway.changes.snapshot import StoredResource, snapshot
from tests.changes.fakes import LANES, Memory
from tests.changes.test_relay import Function
from tests.changes.traffic import ORGANIZATION, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CAUSE = Cause(ORGANIZATION, "arn:aws:iam::1:role/operator", "replay-1", "2026-01-31T12:00:00.000Z")


class ChangingDirectory:
    """Reads a directory that changes between any two steps of reading it."""

    def __init__(self, traffic: Traffic, rng: random.Random) -> None:
        self._traffic = traffic
        self._random = rng

    def resources(self, organization_id: str) -> Iterator[StoredResource]:
        for kind, prefix in (("User", "u"), ("Group", "g")):
            for resource_id in sorted(key for key in self._traffic.documents if key.startswith(prefix)):
                self._meanwhile()
                document = self._traffic.documents.get(resource_id)
                if document is not None:
                    yield StoredResource(kind, resource_id, 1, dict(document))

    def members(self, organization_id: str, group_id: str) -> Iterable[str]:
        self._meanwhile()
        return sorted(self._traffic.members.get(group_id, ()))

    def _meanwhile(self) -> None:
        for _ in range(self._random.randint(0, 2)):
            self._traffic.change_something()


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_snapshot_and_what_follows_give_the_directory(rng: random.Random) -> None:
    memory = Memory()
    traffic = Traffic(rng, memory.commit)
    for _ in range(20):
        traffic.change_something()
    # some of it is in the log already, and some is not
    Function(memory).ring([0])

    taken = snapshot(ChangingDirectory(traffic, rng), Function(memory).log, CAUSE)
    events = list(taken.events)
    Function(memory).ring(range(LANES))
    later = [entry.event() for entry in memory.log[taken.cursor :]]

    assert fold(later, onto=fold(events)) == Picture(traffic.documents, traffic.members)


def test_events_of_a_snapshot_say_so_and_never_share_an_id_with_the_changes_they_tell_of() -> None:
    memory = Memory()
    traffic = Traffic(random.Random(1), memory.commit)
    for _ in range(30):
        traffic.change_something()
    Function(memory).ring(range(LANES))

    events = list(snapshot(ChangingDirectory(traffic, random.Random(1)), Function(memory).log, CAUSE).events)

    assert all(event.initial_sync and event.actor == CAUSE.actor for event in events)
    ids = [event.id for event in events]
    assert len(set(ids)) == len(ids)
    assert set(ids).isdisjoint(entry.event().id for entry in memory.log)
