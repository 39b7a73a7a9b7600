"""The relay against an outbox and a log in memory: exactly once, in order, whatever happens around it."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.doorbell import Ring, answer
from gangway.changes.entry import faults
from gangway.changes.event import Cause, ChangeEvent
from gangway.changes.fold import Picture, fold
from gangway.changes.publisher import Publisher
from gangway.changes.relay import Relay
from gangway.changes.sweeper import Sweeper
from gangway.changes.tell import change, members_changed, resource_created
from tests.changes.fakes import (
    LANES,
    NOW,
    FixedClock,
    Interrupt,
    Memory,
    MemoryBus,
    MemoryLog,
    MemoryOrganizations,
    MemoryOutbox,
    MemoryWebhooks,
    undisturbed,
)
from tests.changes.traffic import ORGANIZATION, Told, Traffic
from tests.changes.turns import Killed, Turns

if TYPE_CHECKING:
    from collections.abc import Sequence

RETENTION = timedelta(days=90)
CAUSE = Cause(ORGANIZATION, "kid", "req", "2026-01-31T12:00:00.000Z")


def always() -> bool:
    return True


class Function:
    """One running relay function: all of it works on the same memory and can be interrupted."""

    def __init__(self, memory: Memory, interrupt: Interrupt = undisturbed, ahead: timedelta = timedelta()) -> None:
        def pause(_seconds: float) -> None:
            interrupt("pause")

        clock = FixedClock(ahead)
        self.outbox = MemoryOutbox(memory, interrupt, page=7)
        self.log = MemoryLog(memory, interrupt)
        self.bus = MemoryBus(memory, interrupt)
        self.relay = Relay(self.outbox, self.log, clock, RETENTION, pause)
        self.publisher = Publisher(self.log, self.bus, pause)
        self.organizations = MemoryOrganizations(memory)
        self.webhooks = MemoryWebhooks()
        self.sweeper = Sweeper(self.organizations, self.outbox, self.log, self.relay, self.publisher, self.webhooks)

    def ring(self, lanes: Sequence[int]) -> None:
        rings = [Ring(str(number), ORGANIZATION, lane) for number, lane in enumerate(lanes)]
        answer(rings, self.relay, self.publisher, self.webhooks, always)


def user_created(number: int, user: str = "u1") -> Told:
    event = resource_created(CAUSE, "User", user, number, {"userName": user})
    return Told(change(event), user, number)


def first_event(told: Told, events: Sequence[ChangeEvent]) -> ChangeEvent:
    return next(event for event in events if event.id == f"{told.stream.replace('.', '-')}-{told.sequence}")


def versions_by_resource(memory: Memory) -> dict[str, list[int]]:
    versions = defaultdict(list)
    for event in (entry.event() for entry in memory.log):
        versions[event.resource_id].append(event.version)
    return versions


def assert_log_is_true(memory: Memory, traffic: Traffic) -> None:
    """Everything that is promised of a log and of what was published from it."""
    events = [entry.event() for entry in memory.log]
    assert [entry.number for entry in memory.log] == list(range(1, len(events) + 1))
    assert list(faults(memory.log)) == []
    assert sorted(event.id for event in events) == sorted(
        f"{told.stream.replace('.', '-')}-{told.sequence}" for told in traffic.told
    )
    number_of = {(told.stream, told.sequence): events.index(first_event(told, events)) for told in traffic.told}
    for told in traffic.told:
        for cause in [(told.stream, told.sequence - 1), *told.after]:
            assert number_of.get(cause, -1) < number_of[told.stream, told.sequence]
    assert memory.expiries == sorted(memory.expiries)
    assert fold(events) == Picture(traffic.documents, traffic.members)
    assert {entry.number for entry in memory.sent} == {entry.number for entry in memory.log}
    assert memory.published == len(memory.log)
    assert memory.outbox == {}


@pytest.mark.row("STR-09", "STR-10")
@given(st.randoms(use_true_random=False), st.floats(0, 0.1))
@settings(max_examples=150, deadline=None)
def test_STR_09_STR_10_three_relays_with_any_doorbells_and_deaths_anywhere_make_one_true_log(
    rng: random.Random, deaths: float
) -> None:
    memory = Memory()
    turns = Turns(rng, deaths)
    traffic = Traffic(rng, memory.commit)

    def write() -> None:
        for _ in range(rng.randint(1, 25)):
            memory.being_applied = set(rng.sample(sorted(memory.outbox), min(2, len(memory.outbox))))
            turns.interrupt_alive()
            memory.being_applied = set()
            traffic.change_something()
            turns.interrupt_alive()

    def relay(ahead: timedelta) -> None:
        for _ in range(3):
            # doorbells say when to look, never what is there: any lane may ring at any time, twice, or not at all
            lanes = [lane for lane in range(LANES) if rng.random() < 0.8]
            Function(memory, turns.interrupt, ahead).ring(lanes * rng.randint(1, 2))

    turns.run([write, *(lambda ahead=ahead: relay(timedelta(minutes=ahead)) for ahead in (-5, 0, 5))])
    swept = Function(memory).sweeper.sweep(always)

    assert swept.failures == {}
    assert_log_is_true(memory, traffic)


@given(st.randoms(use_true_random=False), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_a_relay_killed_at_any_call_leaves_nothing_to_clean_up(rng: random.Random, calls: int) -> None:
    memory = Memory()
    traffic = Traffic(rng, memory.commit)
    for _ in range(20):
        traffic.change_something()

    left = iter(range(calls))

    def die_in_time(_call: str) -> None:
        if next(left, None) is None:
            raise Killed

    with suppress(Killed):
        Function(memory, die_in_time).ring(range(LANES))
    assert list(faults(memory.log)) == []
    Function(memory).ring(range(LANES))

    assert_log_is_true(memory, traffic)
    assert all(versions == sorted(versions) for versions in versions_by_resource(memory).values())


def test_a_change_whose_predecessor_is_still_being_written_waits_for_it() -> None:
    memory = Memory()
    memory.commit([user_created(1)])
    memory.commit([user_created(2)])
    memory.being_applied = {("u1", 1)}

    moved = Function(memory).relay.move(ORGANIZATION, range(LANES), always)
    assert (moved.events, moved.finished) == (0, False)

    memory.being_applied = set()
    assert Function(memory).relay.move(ORGANIZATION, range(LANES), always).events == 2
    assert [entry.event().version for entry in memory.log] == [1, 2]


def test_changes_of_different_resources_are_numbered_by_the_writers_clocks() -> None:
    memory = Memory()
    late = Cause(ORGANIZATION, "kid", "req", "2026-01-31T12:00:01.000Z")
    memory.commit([Told(change(resource_created(late, "User", "u2", 1, {"userName": "late"})), "u2", 1)])
    memory.commit([Told(change(resource_created(CAUSE, "User", "u5", 1, {"userName": "early"})), "u5", 1)])

    Function(memory).ring(range(LANES))

    assert [entry.event().resource_id for entry in memory.log] == ["u5", "u2"]


@pytest.mark.row("STR-04")
@pytest.mark.parametrize("text", ["", "{}", "[]", "[7]", "nonsense"])
def test_STR_04_poison_goes_aside_and_stops_nobody(text: str) -> None:
    memory = Memory()
    memory.commit([user_created(1)])
    memory.commit([user_created(2)])
    memory.commit([user_created(1, "u2")])
    memory.outbox["u1", 1] = memory.outbox["u1", 1]._replace(text=text)

    done = answer([Ring("1", ORGANIZATION, lane) for lane in range(LANES)], *_parts(memory), always)

    assert (done.events, done.set_aside, done.ring_again) == (2, {ORGANIZATION: 1}, [])
    assert list(memory.dead) == [("u1", 1)]
    assert memory.outbox == {}


@pytest.mark.row("STR-04")
def test_STR_04_what_storage_never_takes_goes_aside_too() -> None:
    memory = Memory()
    memory.commit([user_created(1)])
    memory.commit([user_created(1, "u2")])
    function = Function(memory)
    function.log.unstorable = {"u1"}

    moved = function.relay.move(ORGANIZATION, range(LANES), always)

    assert (moved.events, moved.set_aside, moved.finished) == (1, 1, True)
    assert list(memory.dead) == [("u1", 1)]


@pytest.mark.row("STR-02")
def test_STR_02_a_batch_heard_twice_is_logged_once() -> None:
    memory = Memory()
    memory.commit([user_created(1)])

    Function(memory).ring([0, 1, 0, 1])
    Function(memory).ring([0, 1, 0, 1])

    assert [entry.event().id for entry in memory.log] == ["u1-1"]
    assert [entry.thin()["id"] for entry in memory.sent] == ["u1-1"]


@pytest.mark.row("STR-03")
def test_STR_03_doorbells_out_of_order_do_not_change_the_order_of_versions() -> None:
    memory = Memory()
    for version in (1, 2, 3):
        memory.commit([user_created(version)])

    Function(memory).ring([1, 0, 1, 1, 0])

    assert [entry.event().version for entry in memory.log] == [1, 2, 3]


@pytest.mark.row("STR-07")
def test_STR_07_a_change_of_2000_members_is_told_in_parts_that_fit() -> None:
    memory = Memory()
    memory.commit([Told(change(resource_created(CAUSE, "Group", "g1", 1, {"displayName": "all"})), "g1", 1)])
    members = [f"u{number}" for number in range(2000)]
    events = members_changed(CAUSE, "g1", 2, added=members)
    memory.commit([Told(events, "g1.0", 1, (("g1", 1),))])

    Function(memory).ring(range(LANES))

    assert [entry.event().id for entry in memory.log] == ["g1-1", "g1-0-1", "g1-0-1-1", "g1-0-1-2", "g1-0-1-3"]
    assert all(len(entry.skeleton) < 1024 for entry in memory.log)
    assert fold(entry.event() for entry in memory.log).members == {"g1": set(members)}


@pytest.mark.row("STR-08")
def test_STR_08_the_sweeper_delivers_what_the_stream_never_announced() -> None:
    memory = Memory()
    traffic = Traffic(random.Random(8), memory.commit)
    for _ in range(40):
        traffic.change_something()

    swept = Function(memory).sweeper.sweep(always)

    assert swept.events == swept.published == len(traffic.told)
    assert_log_is_true(memory, traffic)


def test_given_more_than_a_turn_holds_then_one_sweep_moves_and_publishes_all_of_it() -> None:
    memory = Memory()
    memory.commit([user_created(number, f"u{number}") for number in range(300)])
    swept = Function(memory).sweeper.sweep(always)
    assert (swept.organizations, swept.events, swept.published) == (1, 300, 300)


def test_entries_expire_a_retention_after_they_were_numbered_and_never_before_their_predecessors() -> None:
    memory = Memory()
    memory.commit([user_created(1)])
    Function(memory, ahead=timedelta(minutes=5)).ring(range(LANES))
    memory.commit([user_created(2)])
    Function(memory).ring(range(LANES))

    ahead = int((NOW + timedelta(minutes=5) + RETENTION).timestamp())
    assert memory.expiries == [ahead, ahead]


def _parts(memory: Memory) -> tuple[Relay, Publisher, MemoryWebhooks]:
    function = Function(memory)
    return function.relay, function.publisher, function.webhooks
