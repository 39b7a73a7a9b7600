"""Of every kind of item one is deleted, altered, doubled or left over: it is named, repaired, and then all is well."""

from __future__ import annotations

import inspect
import random
from typing import TYPE_CHECKING

import pytest

from gangway.storage import keys
from tests.support.invariants import findings as oracle
from tests.support.invariants import items_of
from tests.support.scim import Client, group_body
from tests.upkeep.furnished import furnished
from tests.upkeep.kinds import KINDS, Damage
from tests.upkeep.scene import Scene, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upkeep.scene import Item

pytestmark = pytest.mark.usefixtures("one_after_another")

CASES = [
    pytest.param(kind, damage, id=f"{kind}-{case}")
    for kind, row in KINDS.items()
    for case in ("deleted", "altered", "duplicated", "orphaned")
    if isinstance(damage := getattr(row, case), Damage)
]


def chosen(scene: Scene, kind: str) -> Item:
    """The item that is damaged."""
    return next(item for item in scene.items(kind.partition(" ")[0]) if KINDS[kind].chosen(scene, item))


def check(scene: Scene, expected: tuple[str, str], place: str | None) -> None:
    """The damage is named, repaired once, and nothing is left of it."""
    found = scene.fsck()
    assert expected in {(each.kind, each.fault) for each in found}
    assert {each.outcome for each in found} == {"found"}
    if place:
        assert place in {each.where for each in found}
    repaired = scene.fsck(repair=True)
    assert {each.outcome for each in repaired} == {"repaired"}
    assert scene.fsck() == []
    assert [each for each in oracle(scene.desk.client, scene.desk.organization) if not each.startswith("events")] == []


@pytest.mark.parametrize(("kind", "damage"), CASES)
def test_given_an_item_of_a_kind_is_damaged_then_it_is_named_and_put_right(kind: str, damage: Damage) -> None:
    scene = furnished()
    place = damage.done_to(scene, chosen(scene, kind))
    if not damage.beyond:
        check(scene, damage.finding, place)
        return
    for repair in (False, True, False):
        (found,) = scene.fsck(repair=repair)
        assert ((found.kind, found.fault), found.where) == (damage.finding, place)
        assert found.outcome == ("beyond repair" if repair else "found")


def test_given_the_keys_of_the_table_then_each_has_a_row_and_each_case_a_test_or_a_reason() -> None:
    made = {each for each in vars(keys).values() if inspect.isfunction(each) and returns_a_key(each)}
    assert made - {row.key for row in KINDS.values()} == set()
    for row in KINDS.values():
        for case in (row.deleted, row.altered, row.duplicated, row.orphaned):
            assert isinstance(case, Damage) or case.endswith(".")


def returns_a_key(function: Callable[..., object]) -> bool:
    return function.__module__ == keys.__name__ and function.__annotations__["return"] in (keys.Key, "Key")


def test_given_a_directory_with_everything_then_each_kind_occurs_and_nothing_is_found() -> None:
    scene = furnished()
    occurring = {item["k"]["S"] for item in items_of(scene.desk.client)}
    assert occurring == {kind.partition(" ")[0] for kind in KINDS}
    assert scene.fsck() == []
    assert scene.fsck(repair=True) == []


def test_given_a_lost_user_then_it_comes_back_as_its_events_tell() -> None:
    scene = Scene.new()
    before = scene.users.read(scene.ids["ada"])
    scene.drop(chosen(scene, "user"))
    scene.fsck(repair=True)
    after = scene.users.read(scene.ids["ada"])
    assert after["title"] == "Countess"
    assert {name: value for name, value in after.items() if name != "meta"} == {
        name: value for name, value in before.items() if name != "meta"
    }


@pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "forgotten"])
def test_given_values_of_a_deleted_person_that_no_event_has_then_they_are_removed(remembered: bool) -> None:
    scene = Scene.new()
    stray = chosen(scene, "values") | {"pk": {"S": f"{scene.desk.organization}#D#{scene.ids['gone']}"}}
    if not remembered:
        scene.drop(chosen(scene, "tombstone"))
    scene.put(stray)
    check(scene, ("values", "orphaned"), where(stray, scene.desk.organization))
    assert stray not in scene.items("values")


def test_given_an_event_that_was_lost_then_the_change_is_told_again() -> None:
    scene = Scene.new()
    scene.drop(next(item for item in scene.items("outbox") if item["i"]["S"] == scene.ids["ada"]))
    scene.fsck(repair=True)
    told = next(item for item in scene.items("outbox") if item["i"]["S"] == scene.ids["ada"])
    assert '"title":"Countess"' in told["e"]["S"]


def test_given_a_user_of_whom_only_events_are_left_then_nobody_comes_back_and_the_deletion_is_told() -> None:
    scene = furnished()
    for item in [*scene.items("user"), *scene.items("lookup")]:
        if scene.ids["cy"] in (item["i"]["S"], item["sk"]["S"]):
            scene.drop(item)
    scene.fsck(repair=True)
    assert scene.users.found('userName eq "cy"') == []
    assert any(
        '"user.deleted"' in item["e"]["S"] for item in scene.items("outbox") if item["i"]["S"] == scene.ids["cy"]
    )
    assert scene.fsck() == []


def test_given_two_groups_of_one_name_then_a_lost_lookup_comes_back_and_neither_group_goes() -> None:
    scene = furnished()
    groups = Client(scene.desk, "Group", unique_group_names=False)
    staff = {groups.create(group_body("staff"))["id"] for _each in range(2)}
    (lost, *_other) = [item for item in scene.items("lookup") if item["i"]["S"] in staff]
    scene.drop(lost)
    scene.fsck(repair=True)
    assert set(groups.found('displayName eq "staff"')) == staff
    assert scene.fsck() == []


@pytest.mark.parametrize("seed", range(3))
def test_given_a_tenth_of_all_items_is_lost_then_repairs_lead_to_a_sound_directory(seed: int) -> None:
    scene = Scene.new()
    found = [item for item in items_of(scene.desk.client) if item["k"]["S"] != "bookmark"]
    for item in random.Random(seed).sample(found, len(found) // 10):
        scene.drop(item)
    for _again in range(5):  # what one repair brings back may show what else is missing
        if not scene.fsck(repair=True):
            break
    assert scene.fsck() == []


def test_given_ordinary_traffic_then_nothing_is_found() -> None:
    scene = Scene.new()
    assert scene.fsck() == []
    scene.relay()
    assert scene.fsck(repair=True) == []
