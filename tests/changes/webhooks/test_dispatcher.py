"""An endpoint hears everything it wants, in order within a resource, whatever it answers and whoever dies."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.event import Cause, ChangeEvent
from gangway.changes.fold import Picture, fold
from gangway.changes.security_event import TokenMaker
from gangway.changes.tell import change, resource_created
from gangway.changes.webhooks.dispatcher import Dispatched, Dispatcher
from gangway.changes.webhooks.endpoint import MAX_HELD_RESOURCES, Endpoint, Progress
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.progress import enabled, redriven, replayed
from gangway.changes.webhooks.schedule import ATTEMPTS
from gangway.changes.webhooks.signing import headers, new_secret
from tests.changes.fakes import LANES, NOW, FixedClock, Memory, MemoryLog
from tests.changes.test_relay import Function, always
from tests.changes.traffic import ORGANIZATION, Told, Traffic
from tests.changes.turns import Turns
from tests.changes.webhooks.fakes import SECRET, MemoryEndpoints, ScriptedSender, answer

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from gangway.changes.webhooks.ports import Post
    from gangway.changes.webhooks.posting import Answer

CAUSE = Cause(ORGANIZATION, "kid", "req-1", "2026-01-31T12:00:00.000Z")
ENDPOINT = Endpoint("ep1", ORGANIZATION, "https://hooks.example/in", (SECRET,), form="full")


class NoSigner:
    """Nobody asks for tokens here."""

    algorithm = "ES256"
    key_id = "key-1"

    def sign(self, signing_input: bytes) -> bytes:
        return b"signature of " + signing_input[:3]


class World:
    """A log, one endpoint, and a receiver that answers with `respond`."""

    def __init__(self, memory: Memory, respond: Callable[[Post], Answer], endpoint: Endpoint = ENDPOINT) -> None:
        self.clock = FixedClock()
        self.memory = memory
        self.endpoints = MemoryEndpoints(endpoint)
        self.sender = ScriptedSender(respond)
        tokens = TokenMaker("https://gangway.example/acme", NoSigner(), self.clock)
        self.dispatcher = Dispatcher(self.endpoints, MemoryLog(memory), self.sender, self.clock, Messages(tokens))

    def dispatch(self) -> Dispatched:
        return self.dispatcher.dispatch(ORGANIZATION, ENDPOINT.id, always)

    def let_time_pass(self, rounds: int = 100) -> None:
        """Dispatch, and go on to the next time that something is due, again and again."""
        for _ in range(rounds):
            done = self.dispatch()
            if done.again_at is None or done.disabled:
                return
            self.clock.time = max(self.clock.time, done.again_at)

    def heard(self) -> list[str]:
        return [str(document(post)["id"]) for post in self.sender.posts]


def document(post: Post) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(post.body)
    return parsed


def log_of(*users: str) -> Memory:
    memory = Memory()
    versions: Counter[str] = Counter()
    for user in users:
        versions[user] += 1
        event = resource_created(CAUSE, "User", user, versions[user], {"userName": user})
        memory.commit([Told(change(event), user, versions[user])])
        Function(memory).relay.move(ORGANIZATION, range(LANES), always)
    return memory


def accepts(_post: Post) -> Answer:
    return answer(204)


def fails_for(*users: str, status: int | None = 500) -> Callable[[Post], Answer]:
    return lambda post: answer(status if document(post)["data"]["resourceId"] in users else 200)


def test_every_event_is_posted_once_signed_and_recorded() -> None:
    world = World(log_of("u1", "u2", "u1"), accepts)

    done = world.dispatch()

    assert (done.delivered, done.again_at) == (3, None)
    assert world.heard() == ["u1-1", "u2-1", "u1-2"]
    post = world.sender.posts[0]
    assert headers("u1-1", int(NOW.timestamp()), post.body, [SECRET]).items() <= post.headers.items()
    assert post.headers["Content-Type"] == "application/json"
    assert [(d.send.number, d.send.attempt, d.outcome, d.request_id) for d in world.endpoints.deliveries] == [
        (1, 1, "delivered", "req-1"),
        (2, 1, "delivered", "req-1"),
        (3, 1, "delivered", "req-1"),
    ]


@pytest.mark.row("EVT-22")
def test_a_thin_endpoint_gets_no_values() -> None:
    world = World(log_of("u1"), accepts, replace(ENDPOINT, form="thin"))

    world.dispatch()

    assert "after" not in document(world.sender.posts[0])["data"]


@pytest.mark.row("EVT-22")
def test_an_endpoint_hears_only_of_the_types_it_wants() -> None:
    world = World(log_of("u1", "u2"), accepts, replace(ENDPOINT, types=frozenset({"group.created"})))

    world.dispatch()

    assert world.sender.posts == []
    assert world.endpoints.progress.next == 3


@pytest.mark.row("EVT-17")
def test_an_endpoint_may_ask_for_security_event_tokens() -> None:
    world = World(log_of("u1"), accepts, replace(ENDPOINT, form="set", audience="https://app.example"))

    world.dispatch()

    (post,) = world.sender.posts
    assert post.headers["Content-Type"] == "application/secevent+jwt"
    assert post.body.count(b".") == 2


@pytest.mark.row("WHK-03")
def test_WHK_03_during_a_rotation_both_secrets_sign() -> None:
    secrets = (new_secret(), SECRET)
    world = World(log_of("u1"), accepts, replace(ENDPOINT, secrets=secrets))

    world.dispatch()

    assert world.sender.posts[0].headers["webhook-signature"].count("v1,") == 2


@pytest.mark.row("WHK-02")
def test_WHK_02_a_retry_has_the_same_id_and_body_and_a_new_time() -> None:
    statuses = iter([500, 200])
    world = World(log_of("u1"), lambda _post: answer(next(statuses)))

    world.let_time_pass()

    first, second = world.sender.posts
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 5


def test_a_failing_event_holds_up_its_own_resource_only() -> None:
    world = World(log_of("u1", "u2", "u1", "u2"), fails_for("u1"))

    world.dispatch()

    assert world.heard() == ["u1-1", "u2-1", "u2-2"]
    assert world.endpoints.progress.held["u1"].numbers == (1, 3)


def test_what_waited_is_posted_in_order_when_the_receiver_is_well_again() -> None:
    well_at = NOW + timedelta(hours=1)
    world = World(log_of("u1", "u1", "u1"), lambda _post: answer(200 if world.clock.time > well_at else 503))

    world.let_time_pass()

    delivered = [d.event_id for d in world.endpoints.deliveries if d.outcome == "delivered"]
    assert delivered == ["u1-1", "u1-2", "u1-3"]
    assert world.endpoints.progress.held == {}


@pytest.mark.row("WHK-09")
def test_WHK_09_an_event_that_fails_while_others_get_through_becomes_a_dead_letter() -> None:
    world = World(log_of("u1", "u2", "u1"), lambda post: answer(500 if b'"u1-1"' in post.body else 200))
    # something else is delivered now and then while the one event uses up its attempts
    for version in range(2, 12):
        world.let_time_pass(rounds=1)
        event = resource_created(CAUSE, "User", "u2", version, {"userName": "u2"})
        world.memory.commit([Told(change(event), "u2", version)])
        Function(world.memory).relay.move(ORGANIZATION, range(LANES), always)
        if (due := world.endpoints.progress.due_at()) is not None:
            world.clock.time = due
    world.let_time_pass()

    outcomes = [d.outcome for d in world.endpoints.deliveries if d.event_id == "u1-1"]
    assert outcomes == ["retry"] * (ATTEMPTS - 1) + ["dead"]
    assert world.clock.time - NOW > timedelta(hours=75)
    assert world.heard()[-1] in {"u1-2", "u2-11"}
    assert world.endpoints.progress.disabled is None


@pytest.mark.row("WHK-09")
def test_WHK_09_an_endpoint_that_nothing_gets_through_to_is_disabled_and_loses_nothing() -> None:
    well = False
    world = World(log_of("u1", "u1"), lambda _post: answer(200 if well else None))

    world.let_time_pass()
    assert world.endpoints.progress.disabled == "exhausted"
    assert world.heard() == ["u1-1"] * ATTEMPTS

    well = True
    world.endpoints.progress = enabled(world.endpoints.progress, world.clock.time)
    world.dispatch()
    assert world.heard()[ATTEMPTS:] == ["u1-1", "u1-2"]


@pytest.mark.row("WHK-10")
def test_WHK_10_an_endpoint_that_is_gone_is_disabled_at_once() -> None:
    world = World(log_of("u1", "u2"), lambda _post: answer(410))

    assert world.dispatch().disabled == "gone"
    assert world.dispatch().disabled == "gone"

    assert len(world.sender.posts) == 2


@pytest.mark.row("WHK-10")
@pytest.mark.parametrize("status", [429, 503])
def test_WHK_10_a_receiver_that_names_a_time_gets_it(status: int) -> None:
    world = World(log_of("u1"), lambda _post: answer(status, retry_after="3600"))

    assert world.dispatch().again_at == NOW + timedelta(hours=1)


@pytest.mark.row("WHK-07")
def test_WHK_07_a_redirect_is_a_failure() -> None:
    world = World(log_of("u1"), lambda _post: answer(302))

    assert (world.dispatch().failed, world.endpoints.progress.held["u1"].attempts) == (1, 1)


def test_a_dead_endpoint_costs_a_bounded_number_of_posts_and_keeps_its_place() -> None:
    users = [f"u{number}" for number in range(1, 2 * MAX_HELD_RESOURCES + 20)]
    world = World(log_of(*users), lambda _post: answer(None))

    world.dispatch()

    assert len(world.sender.posts) < MAX_HELD_RESOURCES + 20
    assert len(world.endpoints.progress.held) + 1 == world.endpoints.progress.next


def test_a_dead_letter_can_be_sent_again_before_what_follows_it() -> None:
    world = World(log_of("u1", "u1"), accepts, replace(ENDPOINT))
    world.endpoints.progress = redriven(Progress(next=2), 1, "u1", NOW)

    world.dispatch()

    assert world.heard() == ["u1-1", "u1-2"]


def test_a_range_is_replayed_and_then_the_endpoint_goes_on_where_it_was() -> None:
    world = World(log_of("u1", "u2", "u3", "u4", "u5"), accepts)
    world.endpoints.progress = replayed(Progress(next=5), 2, 3)

    world.dispatch()

    assert world.heard() == ["u2-1", "u3-1", "u5-1"]
    assert world.endpoints.progress == replace(world.endpoints.progress, next=6, replay_until=None, resume_at=None)


def test_everything_can_be_replayed_from_a_number_on() -> None:
    world = World(log_of("u1", "u2", "u3"), accepts)
    world.endpoints.progress = replayed(Progress(next=4), 2)

    world.dispatch()

    assert world.heard() == ["u2-1", "u3-1"]


def test_what_the_log_has_forgotten_is_passed_over() -> None:
    world = World(log_of("u1", "u2", "u3"), fails_for("u1"))
    world.dispatch()
    world.memory.forgotten = 2
    world.clock.time += timedelta(days=1)

    assert world.dispatch().dead == 1

    assert world.endpoints.progress.held == {}
    assert world.endpoints.deliveries[-1].answer.failure == "expired before it was delivered"


def test_an_unknown_endpoint_is_nothing_to_do() -> None:
    world = World(log_of("u1"), accepts)

    assert world.dispatcher.dispatch(ORGANIZATION, "another", always) == Dispatched()


@given(st.randoms(use_true_random=False), st.floats(0, 0.1), st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
@pytest.mark.row("EVT-19")
def test_two_dispatchers_that_fail_and_die_anywhere_tell_a_receiver_the_whole_directory(
    rng: random.Random, deaths: float, failures: float
) -> None:
    memory = Memory()
    traffic = Traffic(rng, memory.commit)
    for _ in range(rng.randint(1, 30)):
        traffic.change_something()
    Function(memory).ring(range(LANES))
    accepted: list[ChangeEvent] = []

    def receive(post: Post) -> Answer:
        if rng.random() < failures:
            return answer(rng.choice([None, 500, 302, 429]))
        accepted.append(ChangeEvent.from_document(document(post)))
        return answer(200)

    world = World(memory, receive)
    turns = Turns(rng, deaths)

    def work() -> None:
        endpoints = world.endpoints
        endpoints.interrupt = turns.interrupt
        sender = ScriptedSender(receive, turns.interrupt)
        clock = FixedClock()
        for _ in range(5):
            tokens = TokenMaker("", NoSigner(), clock)
            done = Dispatcher(endpoints, MemoryLog(memory), sender, clock, Messages(tokens)).dispatch(
                ORGANIZATION, ENDPOINT.id, always
            )
            clock.time = done.again_at or clock.time

    turns.run([work, work])
    world.endpoints.interrupt = lambda _call: None
    failures = 0
    if world.endpoints.progress.disabled:
        world.endpoints.progress = enabled(world.endpoints.progress, NOW)
    world.clock.time = datetime.max.replace(tzinfo=NOW.tzinfo) - timedelta(days=30)
    world.let_time_pass()

    dead = [delivery for delivery in world.endpoints.deliveries if delivery.outcome == "dead"]
    assert {event.id for event in accepted} == {entry.event().id for entry in memory.log}
    assert dead == []
    assert fold(accepted) == Picture(traffic.documents, traffic.members)
