"""What an operator does may end at any point: what it leaves is whole, and done again it comes to the same.

Between two writes nothing changes in the table; so an end before and after each write stands for an end at every call.
(`tests/directory/test_faults.py` does this, and all other faults, with the requests of identity providers;
`tests/access/test_crash_points.py` with tokens, `tests/changes/test_relay.py` with a model of the relay.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gangway.directory.bulk import Bulk, BulkPorts
from gangway.directory.housekeeping import Housekeeper
from gangway.scim.messages.bulk import parse_bulk_request
from tests.fakes.wire import Killed
from tests.support.directories import REGISTRY
from tests.support.invariants import findings as oracle
from tests.support.scim import GROUP, USER, add_members
from tests.upkeep.furnished import furnished
from tests.upkeep.kinds import KINDS, Damage
from tests.upkeep.test_undelete_and_erase import erasure, undelete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.upkeep.scene import Scene

    type Act = Callable[[Scene], object]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_after_another")]

WRITES = ("put_item", "update_item", "delete_item", "transact_write_items")
DAMAGED = ("user", "lookup of a group", "pending", "outbox", "values")
"""Kinds of items, one of each of which is lost or altered before a check repairs them all."""


@dataclass(frozen=True)
class Operation:
    """What is done, and in what directory; and whether doing it again comes to what one run comes to."""

    act: Act
    begins: Callable[[], Scene] = furnished
    repeats: bool = True


def tidied() -> Scene:
    scene = furnished()
    tidy(scene)
    return scene


def damaged() -> Scene:
    scene = furnished()
    for kind in DAMAGED:
        found = scene.items(kind.partition(" ")[0])
        item = next(each for each in found if KINDS[kind].chosen(scene, each))
        damage = next(case for case in (KINDS[kind].deleted, KINDS[kind].altered) if isinstance(case, Damage))
        damage.done_to(scene, item)
    return scene


def repair(scene: Scene) -> None:
    for _again in range(3):  # what one repair brings back may show what else is missing
        if not scene.fsck(repair=True):
            return


def erase(scene: Scene) -> None:
    while not erasure(scene).erase(scene.ids["ada"]).done:
        pass


def bulk(scene: Scene) -> None:
    """Two people, a group of them, and one who goes."""
    operations: list[dict[str, Any]] = [
        {"method": "POST", "path": "/Users", "bulkId": name, "data": {"schemas": [USER], "userName": name}}
        for name in ("eve", "fay")
    ]
    members = [{"value": "bulkId:eve"}, {"value": "bulkId:fay"}]
    group = {"schemas": [GROUP], "displayName": "both", "members": members}
    operations.append({"method": "POST", "path": "/Groups", "bulkId": "both", "data": group})
    operations.append({"method": "DELETE", "path": f"/Users/{scene.ids['cy']}"})
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": operations,
    }

    def unexpected(error: Exception) -> Any:
        raise error

    ports = BulkPorts(
        registry=REGISTRY,
        base_url="https://gangway.example/scim/v2/acme",
        open_directory=lambda _index: scene.desk.directory(),
        authorize=lambda _kind: None,
        explain_failure=unexpected,
        remaining_ms=lambda: 25_000,
    )
    Bulk(ports).run(parse_bulk_request(body))


def apply_many(scene: Scene) -> None:
    """A list that fills several slices of each cell, as one of 10,000 does, and is applied in several steps."""
    many = [each["value"] for each in scene.groups.read(scene.ids["outer"])["members"]]
    scene.groups.patch(scene.ids["big"], add_members(*scene.ids_of("User"), *many))
    tidy(scene)


def tidy(scene: Scene) -> None:
    keeper = Housekeeper(lambda _id: scene.desk.store, None, lambda: 60_000)  # type: ignore[arg-type]  # no round is made
    tended = keeper.tend([scene.desk.organization])
    assert (tended.unfinished, tended.failures) == ([], {})


OPERATIONS: Mapping[str, Operation] = {
    "repair": Operation(repair, damaged),
    "undelete": Operation(lambda scene: undelete(scene).restore(scene.ids["gone"]), repeats=False),
    "erase": Operation(erase, tidied),
    "bulk": Operation(bulk, repeats=False),
    "apply a list of many": Operation(apply_many),
    "relay": Operation(lambda scene: scene.relay()),
}


def crashes(operation: Operation) -> Iterator[tuple[int, Scene]]:
    """Run it once for each end of each write; gives what was left."""
    for applied in (False, True):
        at = 1
        while True:
            scene = operation.begins()
            writes = 0

            def count(name: str, _request: Any, at: int = at) -> None:
                nonlocal writes
                writes += name in WRITES
                if name in WRITES and writes == at:
                    raise Killed

            setattr(scene.desk.client, "after" if applied else "before", count)
            try:
                operation.act(scene)
            except Killed:
                setattr(scene.desk.client, "after" if applied else "before", lambda _name, _request: None)
                yield at, scene
                at += 1
            else:
                break


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gangway.storage.intents._SLICE", 3)
    monkeypatch.setattr("gangway.storage.work_table._STEP", 3)


@pytest.mark.parametrize("name", OPERATIONS)
def test_given_an_end_at_any_point_then_what_is_left_is_whole_and_a_repetition_finishes(name: str) -> None:
    operation = OPERATIONS[name]
    clean = operation.begins()
    operation.act(clean)
    tidy(clean)
    assert clean.fsck() == []
    ends = 0
    for at, scene in crashes(operation):
        ends += 1
        if operation.act is not repair:
            agrees(scene, at)
        if operation.repeats:
            operation.act(scene)
        tidy(scene)
        agrees(scene, at)
        assert scene.fsck() == [], f"killed at write {at}"
        if operation.repeats:
            assert picture(scene) == picture(clean), f"killed at write {at}"
    print(f"{name}: {ends} ends")
    assert ends >= 2


def agrees(scene: Scene, at: int) -> None:
    """What is there is what users and groups imply, by those who know nothing of fsck."""
    found = oracle(scene.desk.client, scene.desk.organization)
    assert [each for each in found if not each.startswith("events")] == [], f"killed at write {at}"


def picture(scene: Scene) -> list[Any]:
    """Users, groups and memberships, and how many events were told; not who wrote it, and when."""
    kinds = ("user", "group", "member", "mirror", "lookup", "tombstone")
    kept = [item for kind in kinds for item in scene.items(kind)]
    shown = [{name: value for name, value in item.items() if name not in ("q", "t", "v", "ttl")} for item in kept]
    return sorted(shown, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
