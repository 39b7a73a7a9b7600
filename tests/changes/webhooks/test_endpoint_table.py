"""Endpoints, attempts, dead letters, turns and calls as the table keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gangway.changes.webhooks.endpoint import Endpoint, Held, Progress
from gangway.changes.webhooks.ports import Delivery
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Send
from gangway.storage.due_calls import DueCallTable
from gangway.storage.endpoint_items import DELIVERIES_KEPT_SECONDS, progress_of, progress_text
from gangway.storage.endpoints import EndpointTable
from tests.changes.fakes import NOW, FixedClock
from tests.changes.table import TABLE, items, table
from tests.changes.traffic import ORGANIZATION
from tests.changes.webhooks.fakes import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.changes.webhooks.ports import Stored
    from gangway.changes.webhooks.progress import Outcome

SECOND = timedelta(seconds=1)
OTHER_SECRET = "whsec_" + "A" * 40
ENDPOINT = Endpoint("ep1", ORGANIZATION, "https://hooks.example/in", (SECRET,), created=NOW, description="crm")
PROGRESS = Progress(
    next=7,
    held={"u1": Held((3, 5), 2, NOW + SECOND, NOW), "u2": Held((6,), 0, NOW)},
    last_success=NOW,
    replay_until=9,
    resume_at=12,
)


class World:
    """An endpoint in a table, and the clock that expires things there."""

    def __init__(self, client: Any) -> None:
        self.clock = FixedClock()
        self.client = client
        self.endpoints = EndpointTable(client, TABLE, self.clock)
        self.endpoints.add(ENDPOINT, Progress())

    def stored(self) -> Stored:
        stored = self.endpoints.load(ORGANIZATION, "ep1")
        assert stored is not None
        return stored


@pytest.fixture
def world() -> Iterator[World]:
    with table() as client:
        yield World(client)


def attempt(number: int, outcome: Outcome = "delivered", status: int | None = 200, later: int = 0) -> Delivery:
    answer = Answer(status, None if status else "timeout", None, 12, "Bad things happened to Ada")
    time = NOW + later * SECOND
    return Delivery("ep1", Send(number, f"u{number}", 1), f"u{number}-1", "req-1", time, answer, outcome)


def test_what_is_stored_is_what_is_read(world: World) -> None:
    full = replace(
        ENDPOINT,
        secrets=(OTHER_SECRET, SECRET),
        old_secret_until=NOW + SECOND,
        types=frozenset({"user.created"}),
        form="set",
        audience="https://app.example",
    )

    assert world.endpoints.change(world.stored(), full, PROGRESS)

    assert (world.stored().endpoint, world.stored().progress) == (full, PROGRESS)
    assert world.endpoints.change(world.stored(), ENDPOINT, Progress())
    assert (world.stored().endpoint, world.stored().progress) == (ENDPOINT, Progress())
    assert progress_of(progress_text(PROGRESS)) == PROGRESS
    assert [stored.endpoint.id for stored in world.endpoints.endpoints(ORGANIZATION)] == ["ep1"]


def test_a_secret_that_is_replaced_lives_until_its_time(world: World) -> None:
    two = replace(ENDPOINT, secrets=(OTHER_SECRET, SECRET), old_secret_until=NOW + SECOND)
    world.endpoints.change(world.stored(), two, Progress())

    world.clock.time = NOW + SECOND

    assert (world.stored().endpoint.secrets, world.stored().endpoint.old_secret_until) == ((OTHER_SECRET,), None)


def test_given_somebody_who_was_faster_when_saving_then_only_the_attempts_are_kept(world: World) -> None:
    read = world.stored()
    assert world.endpoints.save(read, Progress(next=2), [attempt(1)])

    assert not world.endpoints.save(read, Progress(next=9), [attempt(1, later=1), attempt(2, "dead", 500)])

    assert world.stored().progress.next == 2
    tried, _ = world.endpoints.deliveries(ORGANIZATION, "ep1", None, 10)
    assert [delivery.send.number for delivery in tried] == [2, 1, 1]
    assert world.endpoints.dead_letters(ORGANIZATION, "ep1", 0, 10) == []


def test_attempts_are_listed_by_number_and_say_why_they_failed(world: World) -> None:
    first, second = attempt(1, "retry", None), attempt(1, "delivered", 204, later=5)
    world.endpoints.save(world.stored(), Progress(next=2), [first])
    world.endpoints.save(world.stored(), Progress(next=2), [second, attempt(2, later=1)])

    page, cursor = world.endpoints.deliveries(ORGANIZATION, "ep1", None, 2)
    rest, _ = world.endpoints.deliveries(ORGANIZATION, "ep1", cursor, 2)

    assert [delivery.send.number for delivery in [*page, *rest]] == [2, 1, 1]
    assert world.endpoints.deliveries_of(ORGANIZATION, "ep1", 1) == [
        first,
        replace(second, answer=replace(second.answer, excerpt="")),
    ]


def test_attempts_are_forgotten_after_a_month_even_if_they_are_still_there(world: World) -> None:
    world.endpoints.save(world.stored(), Progress(next=2), [attempt(1)])

    world.clock.time = NOW + timedelta(seconds=DELIVERIES_KEPT_SECONDS)

    assert world.endpoints.deliveries(ORGANIZATION, "ep1", None, 10) == ([], None)
    assert world.endpoints.deliveries_of(ORGANIZATION, "ep1", 1) == []


def test_a_dead_letter_comes_with_the_progress_and_goes_with_the_redrive(world: World) -> None:
    world.endpoints.save(world.stored(), Progress(next=12), [attempt(11, "dead", 500), attempt(2, "dead", None)])

    letters = world.endpoints.dead_letters(ORGANIZATION, "ep1", 0, 10)
    assert [(letter.number, letter.reason) for letter in letters] == [(2, "timeout"), (11, "status 500")]
    assert world.endpoints.dead_letters(ORGANIZATION, "ep1", 2, 10) == letters[1:]

    assert world.endpoints.change(world.stored(), ENDPOINT, Progress(next=12), redriven=[2])
    assert world.endpoints.dead_letters(ORGANIZATION, "ep1", 0, 10) == letters[1:]
    assert not world.endpoints.change(world.stored(), ENDPOINT, Progress(next=1), redriven=[2])
    assert world.stored().progress.next == 12


def test_a_removed_endpoint_is_gone(world: World) -> None:
    assert world.endpoints.remove(ORGANIZATION, "ep1")
    assert world.endpoints.load(ORGANIZATION, "ep1") is None
    assert not world.endpoints.remove(ORGANIZATION, "ep1")
    assert world.endpoints.begin(ORGANIZATION, "ep1", NOW + SECOND) is None


def test_whoever_comes_while_another_has_the_turn_leaves_word_and_it_is_heard(world: World) -> None:
    turn = world.endpoints.begin(ORGANIZATION, "ep1", NOW + SECOND)
    assert turn is not None
    assert world.endpoints.heard(turn) == turn

    assert world.endpoints.begin(ORGANIZATION, "ep1", NOW + 2 * SECOND) is None

    assert world.endpoints.heard(turn) != turn
    again = world.endpoints.end(turn)
    assert again is not None
    assert world.endpoints.end(again) is None
    assert world.endpoints.begin(ORGANIZATION, "ep1", NOW + SECOND) is not None


def test_the_turn_of_one_who_died_ends_by_itself_and_cannot_be_given_back_by_him(world: World) -> None:
    died = world.endpoints.begin(ORGANIZATION, "ep1", NOW + SECOND)
    assert died is not None
    world.clock.time = NOW + SECOND

    turn = world.endpoints.begin(ORGANIZATION, "ep1", NOW + 9 * SECOND)

    assert turn is not None
    assert world.endpoints.end(died, anyway=True) is None
    assert world.endpoints.begin(ORGANIZATION, "ep1", NOW + 10 * SECOND) is None
    assert world.endpoints.end(turn, anyway=True) is None


def test_taking_turns_disturbs_no_progress(world: World) -> None:
    read = world.stored()
    turn = world.endpoints.begin(ORGANIZATION, "ep1", NOW + SECOND)

    assert world.endpoints.save(read, Progress(next=5), [])
    assert world.endpoints.change(world.stored(), replace(ENDPOINT, description="erp"), Progress(next=5))

    assert turn is not None
    assert world.endpoints.end(turn) is None


def test_calls_are_due_in_the_order_of_their_times_and_cleared_one_by_one() -> None:
    with table() as client:
        calls = DueCallTable(client, TABLE)
        for endpoint_id, seconds in (("ep3", 61), ("ep2", 60), ("ep1", 5)):
            calls.set(ORGANIZATION, endpoint_id, NOW + seconds * SECOND)

        due = calls.due(NOW + 60 * SECOND, 10)
        assert [(call.organization_id, call.endpoint_id) for call in due] == [
            (ORGANIZATION, "ep1"),
            (ORGANIZATION, "ep2"),
        ]
        calls.clear(due[0])
        assert calls.due(NOW + 60 * SECOND, 10) == due[1:]
        assert len(items(client, "call")) == 2
