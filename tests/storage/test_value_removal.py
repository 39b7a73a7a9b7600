"""Values of events go for good, step by step, however often the work is interrupted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.ports import Delivery
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Send
from gangway.directory.identifiers import is_id
from gangway.storage import items, keys
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.table import Table
from gangway.storage.traces import TraceTable
from gangway.storage.value_removal import ValueRemoval
from tests.support.directories import TABLE
from tests.support.invariants import items_of
from tests.support.scim import user_body
from tests.upkeep.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "zx9canary"


@pytest.fixture
def scene() -> Scene:
    """Somebody of before, somebody of now, and a change that waits."""
    scene = Scene.new()
    for number in range(3):
        user_id = scene.users.create(user_body(f"{CANARY}{number}"))["id"]
        scene.ids[f"canary{number}"] = user_id
        scene.relay()
    scene.users.delete(scene.ids["canary0"])
    scene.relay()
    scene.users.patch(scene.ids["canary1"], {"op": "replace", "path": "title", "value": CANARY})
    return scene


def removal(scene: Scene, steps: Iterator[bool] | None = None) -> ValueRemoval:
    table = Table(scene.desk.client, TABLE, scene.desk.organization)
    return ValueRemoval(table, lambda: next(steps, False) if steps else True, is_id)


def told(scene: Scene) -> list[Any]:
    """All that events say, wherever they are."""
    kinds = ("values", "outbox", "delivery")
    return [item for item in items_of(scene.desk.client) if item["k"]["S"] in kinds]


def test_when_values_are_removed_then_no_event_has_any_and_the_numbers_stay(scene: Scene) -> None:
    log = ChangeLogTable(scene.desk.client, TABLE, scene.desk.clock)
    numbers = [entry.number for entry in log.read(scene.desk.organization, 0, 100, with_values=False)]
    assert CANARY in json.dumps(told(scene))

    assert removal(scene).remove("people")

    assert CANARY not in json.dumps(told(scene))
    assert [entry.number for entry in log.read(scene.desk.organization, 0, 100, with_values=False)] == numbers
    scene.relay()
    assert CANARY not in json.dumps(told(scene))


def test_given_runs_that_end_after_a_few_steps_then_each_goes_on_where_the_one_before_stopped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gangway.storage.value_removal._STEP", 3)
    calls = []
    while True:
        before = len(scene.desk.client.calls)
        done = removal(scene, iter([True] * 4)).remove("people")
        calls.append(len(scene.desk.client.calls) - before)
        assert len(calls) < 200
        if done:
            break
    assert len(calls) > 3
    assert max(calls) < 40, "no run begins anew"
    assert CANARY not in json.dumps(told(scene))


def test_given_a_second_pass_for_all_then_the_log_is_gone_through_again(scene: Scene) -> None:
    table = Table(scene.desk.client, TABLE, scene.desk.organization)
    assert ValueRemoval(table, lambda: True, lambda _id: False).remove("nobody")
    assert CANARY in json.dumps(told(scene))

    assert ValueRemoval(table, lambda: True, lambda _id: True).remove("all")
    assert CANARY not in json.dumps(told(scene))


def test_given_many_answers_of_receivers_then_each_run_goes_on_where_the_one_before_stopped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gangway.storage.value_removal._STEP", 3)
    organization = scene.desk.organization
    for endpoint in ("hook1", "hook2"):
        scene.desk.client.put_item(
            TableName=TABLE, Item=items.item_of(keys.endpoint(organization, endpoint), "endpoint")
        )
        for number in range(10):
            key = keys.delivery(organization, endpoint, number, 0)
            said = items.item_of(key, "delivery", x=items.text(f"{CANARY} {number}"))
            scene.desk.client.put_item(TableName=TABLE, Item=said)
    runs = 0
    while not removal(scene, iter([True] * 3)).remove("people"):
        runs += 1
        assert runs < 100

    assert runs > 3
    assert CANARY not in json.dumps(told(scene))


@pytest.mark.parametrize("removed", [False, True], ids=["endpoint", "endpoint that was removed"])
@pytest.mark.parametrize("by", ["closing", "erasure"])
def test_what_a_receiver_said_of_a_person_goes_too(scene: Scene, by: str, removed: bool) -> None:
    client, organization, clock = scene.desk.client, scene.desk.organization, scene.desk.clock
    endpoints = EndpointTable(client, TABLE, clock)
    endpoints.add(Endpoint("hook", organization, "https://app.example", ("whsec_x",)), Progress())
    stored = endpoints.load(organization, "hook")
    assert stored is not None
    entries = ChangeLogTable(client, TABLE, clock).read(organization, 0, 100, with_values=False)
    event = next(each.event() for each in entries if each.event().resource_id == scene.ids["canary0"])
    number = next(each.number for each in entries if each.event().id == event.id)
    answer = Answer(status=400, failure=None, retry_after=None, milliseconds=1, excerpt=f"no such user: {CANARY}")
    attempt = Delivery("hook", Send(number, event.resource_id, 1), event.id, "r", clock.now(), answer, "retry")
    assert endpoints.save(stored, Progress(next=number + 1), [attempt])
    if removed:
        assert endpoints.remove(organization, "hook")

    if by == "closing":
        assert removal(scene).remove("people")
    else:
        TraceTable(client, TABLE, organization, clock).erase(scene.ids["canary0"])

    deliveries = [item for item in items_of(client) if item["k"]["S"] == "delivery"]
    assert len(deliveries) == 1
    assert CANARY not in json.dumps(deliveries)
