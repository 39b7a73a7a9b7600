"""From the log to the event bus: nothing lost, only what was refused offered again, poison passed over."""

from __future__ import annotations

import pytest

from gangway.changes.doorbell import Ring, answer
from gangway.changes.event import Cause
from gangway.changes.publisher import BusUnavailableError
from gangway.changes.tell import change, resource_created
from tests.changes.fakes import LANES, Memory
from tests.changes.test_relay import Function, always
from tests.changes.traffic import ORGANIZATION, Told

CAUSE = Cause(ORGANIZATION, "kid", "req", "2026-01-31T12:00:00.000Z")


def logged(users: int) -> tuple[Memory, Function]:
    """A log with one entry per user, nothing published yet."""
    memory = Memory()
    for number in range(1, users + 1):
        user = f"u{number}"
        memory.commit([Told(change(resource_created(CAUSE, "User", user, 1, {"userName": user})), user, 1)])
    function = Function(memory)
    function.relay.move(ORGANIZATION, range(LANES), always)
    return memory, function


def test_everything_is_offered_in_calls_of_ten() -> None:
    memory, function = logged(23)

    published = function.publisher.publish(ORGANIZATION, always)

    assert [len(call) for call in function.bus.calls] == [10, 10, 3]
    assert (published.events, memory.published) == (23, 23)


def test_what_is_published_names_what_changed_and_holds_no_value() -> None:
    memory, function = logged(1)

    function.publisher.publish(ORGANIZATION, always)

    (entry,) = memory.sent
    thin = entry.thin()
    assert thin["data"]["changed"] == ["userName"]
    assert thin["data"].keys().isdisjoint({"before", "after", "externalId", "membersAdded", "membersRemoved"})


@pytest.mark.row("STR-06")
def test_STR_06_only_the_refused_entries_of_a_call_are_offered_again() -> None:
    memory, function = logged(5)
    function.bus.refusals |= {2: ["ThrottlingException"], 4: ["InternalFailure", "InternalFailure"]}

    published = function.publisher.publish(ORGANIZATION, always)

    assert function.bus.calls == [[1, 2, 3, 4, 5], [2, 4], [4]]
    assert (published.events, memory.published) == (5, 5)


@pytest.mark.row("STR-06")
def test_STR_06_the_cursor_stands_before_what_the_bus_keeps_refusing_and_the_next_turn_goes_on_there() -> None:
    memory, function = logged(5)
    function.bus.refusals[3] = ["ThrottlingException"] * 4

    with pytest.raises(BusUnavailableError):
        function.publisher.publish(ORGANIZATION, always)
    assert memory.published == 2

    function.publisher.publish(ORGANIZATION, always)
    assert memory.published == 5
    assert {entry.number for entry in memory.sent} == {1, 2, 3, 4, 5}


def test_an_entry_that_the_bus_never_takes_is_noted_and_passed_over() -> None:
    memory, function = logged(3)
    function.bus.refusals[2] = ["MalformedDetail"]

    published = function.publisher.publish(ORGANIZATION, always)

    assert (published.events, published.set_aside, memory.published) == (2, 1, 3)
    assert memory.unpublishable == {2: "MalformedDetail"}


def test_a_function_that_dies_between_bus_and_cursor_publishes_again_rather_than_never() -> None:
    memory, function = logged(3)

    def die_before_the_cursor_moves(call: str) -> None:
        if call == "before set_published":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Function(memory, die_before_the_cursor_moves).publisher.publish(ORGANIZATION, always)
    assert memory.published == 0

    function.publisher.publish(ORGANIZATION, always)
    assert sorted(entry.number for entry in memory.sent) == [1, 1, 2, 2, 3, 3]


def test_a_publisher_that_runs_out_of_time_says_so() -> None:
    _, function = logged(3)

    assert function.publisher.publish(ORGANIZATION, lambda: False).finished is False


@pytest.mark.row("STR-01")
def test_STR_01_the_first_record_of_an_organization_that_failed_is_heard_again_and_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, function = logged(2)
    log_of_all = function.log.published

    def published(organization_id: str) -> int:
        if organization_id == "T-broken":
            raise BusUnavailableError
        return log_of_all(organization_id)

    monkeypatch.setattr(function.log, "published", published)
    rings = [
        Ring("101", ORGANIZATION, 0),
        Ring("102", "T-broken", 0),
        Ring("103", "T-broken", 1),
        Ring("104", ORGANIZATION, 1),
    ]

    done = answer(rings, function.relay, function.publisher, function.webhooks, always)

    assert done.ring_again == ["102"]
    assert list(done.failures) == ["T-broken"]
    assert done.published == 2


def test_when_the_webhooks_cannot_be_woken_then_the_bus_gets_its_events_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory, function = logged(2)

    def wake(_organization_id: str) -> int:
        raise ConnectionError

    monkeypatch.setattr(function.webhooks, "wake", wake)

    done = answer([Ring("7", ORGANIZATION, 0)], function.relay, function.publisher, function.webhooks, always)

    assert (done.ring_again, done.published, len(memory.sent)) == (["7"], 2, 2)


@pytest.mark.row("STR-01")
def test_STR_01_an_organization_that_time_did_not_suffice_for_is_heard_again_without_a_failure() -> None:
    _, function = logged(1)

    done = answer([Ring("7", ORGANIZATION, 0)], function.relay, function.publisher, function.webhooks, lambda: False)

    assert (done.ring_again, done.failures) == (["7"], {})
