"""What operators do with endpoints: secrets, cursors, dead letters, and the trace from a request to each attempt."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gangway.changes.event import EVENT_TYPES, Cause
from gangway.changes.relay import Relay
from gangway.changes.security_event import TokenMaker
from gangway.changes.tell import change, resource_created
from gangway.changes.trace import Trace
from gangway.changes.webhooks import errors
from gangway.changes.webhooks.administration import MAX_ENDPOINTS, Webhooks, Wishes
from gangway.changes.webhooks.dispatcher import Dispatcher
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.redelivery import Redelivery
from gangway.changes.webhooks.schedule import ATTEMPTS
from gangway.changes.webhooks.snapshot_delivery import SnapshotDelivery
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.keys import OUTBOX_LANES
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.snapshot_reader import SnapshotReader
from tests.changes.fakes import NOW, FixedClock
from tests.changes.table import TABLE, commit, table
from tests.changes.test_relay import always
from tests.changes.traffic import ORGANIZATION, Told
from tests.changes.webhooks.fakes import ScriptedSender, answer
from tests.changes.webhooks.test_dispatcher import NoSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.changes.webhooks.ports import Post, Stored
    from gangway.changes.webhooks.posting import Answer

URL = "https://hooks.example.com/in"


class World:
    """Everything on one table; the receiver answers with `respond`, and nobody is called but by `deliver`."""

    def __init__(self, client: Any) -> None:
        self.clock = FixedClock()
        self.client = client
        self.log = ChangeLogTable(client, TABLE, self.clock)
        self.endpoints = EndpointTable(client, TABLE, self.clock)
        self.respond: Callable[[Post], Answer] = lambda _post: answer(204)
        self.sender = ScriptedSender(self.receive)
        self.rung: list[str] = []
        messages = Messages(TokenMaker("https://gangway.example", NoSigner(), self.clock))
        self.webhooks = Webhooks(self.endpoints, self.log, self.sender, self.clock)
        self.redelivery = Redelivery(self.endpoints, self.log, self, self.clock)
        self.dispatcher = Dispatcher(self.endpoints, self.log, self.sender, self.clock, messages)
        reader = SnapshotReader(client, TABLE, self.clock)
        self.snapshots = SnapshotDelivery(self.endpoints, self.log, reader, messages, self.sender, self, self.clock)

    def receive(self, post: Post) -> Answer:
        return self.respond(post)

    def ring(self, _organization_id: str, endpoint_id: str) -> None:
        self.rung.append(endpoint_id)

    def tell(self, *users: str, request_id: str = "req-1", seconds: int = 0) -> None:
        time = (NOW + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for user in users:
            told = resource_created(Cause(ORGANIZATION, "kid", request_id, time), "User", user, 1, {"userName": user})
            commit(self.client, [Told(change(told), user, 1)])
        relay = Relay(OutboxTable(self.client, TABLE), self.log, self.clock, timedelta(days=90), lambda _s: None)
        relay.move(ORGANIZATION, range(OUTBOX_LANES), always)

    def add(self, **wishes: Any) -> str:
        return self.webhooks.add(ORGANIZATION, Wishes(**{"url": URL, **wishes})).endpoint.id

    def deliver(self, endpoint_id: str, rounds: int = 1) -> None:
        for _ in range(rounds):
            done = self.dispatcher.dispatch(ORGANIZATION, endpoint_id, always)
            if done.again_at is not None:
                self.clock.time = max(self.clock.time, done.again_at)

    def stored(self, endpoint_id: str) -> Stored:
        return self.webhooks.show(ORGANIZATION, endpoint_id)


@pytest.fixture
def world() -> Iterator[World]:
    with table() as client:
        yield World(client)


def resource_of(post: Post) -> str:
    return post.headers["webhook-id"].rpartition("-")[0]


def test_a_new_endpoint_hears_from_now_on(world: World) -> None:
    world.tell("u1")
    endpoint = world.add()
    world.tell("u2")

    world.deliver(endpoint)

    assert [resource_of(post) for post in world.sender.posts] == ["u2"]
    assert world.stored(endpoint).endpoint.types == EVENT_TYPES


@pytest.mark.row("WHK-04", "WHK-12", "WHK-13")
@pytest.mark.parametrize(
    "wishes",
    [
        {"url": "http://hooks.example.com/in"},
        {"url": "https://169.254.169.254/"},
        {"url": "https://hooks.example.com:8443/"},
        {"url": "https://hooks.example.com/in\r\nX: y"},
        {"types": frozenset({"user.renamed"})},
        {"types": frozenset()},
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_when_it_is_added_or_changed(
    world: World, wishes: dict[str, Any]
) -> None:
    endpoint = world.add()

    with pytest.raises(errors.InvalidEndpointError):
        world.add(**wishes)
    with pytest.raises(errors.InvalidEndpointError):
        world.webhooks.change(ORGANIZATION, endpoint, Wishes(**wishes))


def test_with_networks_allowed_a_loopback_address_will_do(world: World) -> None:
    local = Webhooks(world.endpoints, world.log, world.sender, world.clock, [ipaddress.ip_network("127.0.0.0/8")])

    assert local.add(ORGANIZATION, Wishes(url="http://127.0.0.1:8090/")).endpoint.url == "http://127.0.0.1:8090/"


def test_there_are_as_many_endpoints_as_there_may_be(world: World) -> None:
    for _ in range(MAX_ENDPOINTS):
        last = world.add()
    with pytest.raises(errors.EndpointLimitError):
        world.add()

    world.webhooks.remove(ORGANIZATION, last)
    world.add()
    with pytest.raises(errors.UnknownEndpointError):
        world.webhooks.remove(ORGANIZATION, last)


@pytest.mark.row("WHK-11")
def test_an_endpoint_that_goes_to_another_host_gets_a_new_secret_and_only_then(world: World) -> None:
    endpoint = world.add()
    old = world.stored(endpoint).endpoint.secrets

    same_host, is_new = world.webhooks.change(ORGANIZATION, endpoint, Wishes(url="https://hooks.example.com/other"))
    assert (same_host.endpoint.secrets, is_new) == (old, False)

    other, is_new = world.webhooks.change(ORGANIZATION, endpoint, Wishes(url="https://evil.example.com/in"))
    assert is_new
    assert set(other.endpoint.secrets).isdisjoint(old)
    world.tell("u1")
    world.deliver(endpoint)
    (post,) = world.sender.posts
    assert len(post.headers["webhook-signature"].split()) == 1


@pytest.mark.row("WHK-03")
def test_a_rotated_secret_signs_along_for_as_long_as_was_asked(world: World) -> None:
    endpoint = world.add()
    world.webhooks.rotate_secret(ORGANIZATION, endpoint, timedelta(hours=1))
    world.tell("u1")
    world.deliver(endpoint)
    world.clock.time += timedelta(hours=1)
    world.tell("u2")
    world.deliver(endpoint)
    world.webhooks.rotate_secret(ORGANIZATION, endpoint, timedelta())

    assert [len(post.headers["webhook-signature"].split()) for post in world.sender.posts] == [2, 1]
    assert len(world.stored(endpoint).endpoint.secrets) == 1


def test_what_happens_while_an_endpoint_is_disabled_waits(world: World) -> None:
    endpoint = world.add()
    world.redelivery.disable(ORGANIZATION, endpoint)
    world.tell("u1")
    world.deliver(endpoint)
    assert world.sender.posts == []

    world.redelivery.enable(ORGANIZATION, endpoint)
    world.deliver(endpoint)

    assert (len(world.sender.posts), world.rung) == (1, [endpoint])


def test_a_range_is_delivered_again_and_one_that_the_log_has_not_is_refused(world: World) -> None:
    endpoint = world.add()
    world.tell("u1", "u2", "u3")
    world.deliver(endpoint)

    world.redelivery.replay(ORGANIZATION, endpoint, 2, 3)
    world.deliver(endpoint)

    heard = [resource_of(post) for post in world.sender.posts]
    assert (set(heard), heard[3:]) == ({"u1", "u2", "u3"}, heard[1:3])
    for first, last in ((0, 1), (3, 2), (1, 4), (4, None)):
        with pytest.raises(errors.InvalidRangeError):
            world.redelivery.replay(ORGANIZATION, endpoint, first, last)


@pytest.mark.row("WHK-09", "STR-05")
def test_a_dead_letter_is_listed_and_redriven_once_the_receiver_is_well(world: World) -> None:
    endpoint = world.add()
    world.tell("u1")
    world.respond = lambda post: answer(500 if resource_of(post) == "u1" else 204)
    for number in range(ATTEMPTS):
        world.deliver(endpoint)
        world.tell(f"u{number + 2}")
    world.deliver(endpoint, rounds=2)

    (letter,) = world.redelivery.dead_letters(ORGANIZATION, endpoint, 0, 10)
    assert (letter.number, letter.resource_id, letter.reason) == (1, "u1", "status 500")
    with pytest.raises(errors.UnknownDeadLetterError):
        world.redelivery.redrive(ORGANIZATION, endpoint, [2])
    world.respond = lambda _post: answer(204)
    assert world.redelivery.redrive(ORGANIZATION, endpoint) == 1
    world.deliver(endpoint)
    assert resource_of(world.sender.posts[-1]) == "u1"
    assert world.redelivery.redrive(ORGANIZATION, endpoint) == 0


def test_a_test_event_is_posted_signed_and_not_kept(world: World) -> None:
    endpoint = world.add()
    world.respond = lambda _post: answer(418)

    assert world.webhooks.test(ORGANIZATION, endpoint).status == 418
    (post,) = world.sender.posts
    assert post.headers["webhook-id"].startswith("test-")
    assert world.redelivery.deliveries(ORGANIZATION, endpoint, None, 10) == ([], None)


def test_a_snapshot_that_was_overtaken_is_not_gone_on_with(world: World) -> None:
    endpoint = world.add()
    place = world.snapshots.begin(ORGANIZATION, endpoint)
    assert world.stored(endpoint).progress.disabled == "snapshot"
    world.redelivery.enable(ORGANIZATION, endpoint)

    with pytest.raises(errors.NoSnapshotError):
        world.snapshots.go_on(ORGANIZATION, endpoint, place, "operator", always)


def test_a_snapshot_at_its_end_lets_the_endpoint_hear_on(world: World) -> None:
    world.tell("u1")
    endpoint = world.add()
    place = world.snapshots.begin(ORGANIZATION, endpoint)
    world.tell("u2")

    told = world.snapshots.go_on(ORGANIZATION, endpoint, place, "operator", always)
    world.deliver(endpoint)

    # these users are in the log only, so the snapshot itself is empty
    assert (told.posted, told.next, told.refused) == (0, None, None)
    assert [resource_of(post) for post in world.sender.posts] == ["u2"]


def test_an_administrator_whom_deliveries_keep_overtaking_is_told_so(world: World) -> None:
    endpoint = world.add()
    load = world.endpoints.load

    def load_and_be_overtaken(organization_id: str, endpoint_id: str) -> Stored | None:
        stored = load(organization_id, endpoint_id)
        assert stored is not None
        world.endpoints.save(stored, replace(stored.progress, next=stored.progress.next + 1), [])
        return stored

    world.endpoints.load = load_and_be_overtaken  # type: ignore[method-assign]  # for this test
    with pytest.raises(errors.EndpointBusyError):
        world.redelivery.disable(ORGANIZATION, endpoint)


def test_a_request_is_traced_to_its_events_and_each_attempt(world: World) -> None:
    endpoint, deaf = world.add(), world.add(types=frozenset({"group.created"}))
    world.tell("u1", request_id="other", seconds=-3600)
    world.tell("u2", "u3", request_id="wanted")
    world.respond = lambda post: answer(500 if resource_of(post) == "u3" else 204)
    world.deliver(endpoint)
    trace = Trace(world.log, world.endpoints)

    for at in (NOW, None):
        found = trace.of_request(ORGANIZATION, "wanted", at)
        assert [traced.event["data"]["resourceId"] for traced in found] == ["u2", "u3"]
        states = {heard.endpoint_id: heard.state for heard in found[0].heard}
        assert states == {endpoint: "delivered", deaf: "not wanted"}
        waiting = next(heard for heard in found[1].heard if heard.endpoint_id == endpoint)
        assert (waiting.state, [each.answer.status for each in waiting.deliveries]) == ("waiting", [500])
    assert trace.of_request(ORGANIZATION, "wanted", NOW + timedelta(days=1)) == []
