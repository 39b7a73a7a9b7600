"""Of every kind of item one is deleted, altered, doubled or left over: it is named, repaired, and then all is well."""

from __future__ import annotations

import random
import threading
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from gangway.directory.housekeeping import Housekeeper
from tests.support.invariants import findings as oracle
from tests.support.invariants import items_of
from tests.support.scim import add_members, group_body, remove_member, user_body
from tests.upkeep.scene import Scene, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upkeep.scene import Item

    type Change = Callable[[Scene, Item], Item]


def with_text(name: str, change: Callable[[str], str]) -> Change:
    return lambda _scene, item: item | {name: {"S": change(item[name]["S"])}}


def with_number(name: str, value: int) -> Change:
    return lambda _scene, item: item | {name: {"N": str(value)}}


def at(change: Callable[[Scene, str], str]) -> Change:
    """The same item under another sort key."""
    return lambda scene, item: item | {"sk": {"S": change(scene, item["sk"]["S"])}}


def with_partition(item: Item, partition: str) -> Item:
    return item | {"pk": {"S": partition}}


def names(name: str) -> Change:
    return lambda scene, item: item | {"i": {"S": scene.ids[name]}}


DELETED = {
    "user": ("user", "missing"),
    "group": ("group", "missing"),
    "version": ("version", "missing"),
    "member": ("member", "missing"),
    "mirror": ("mirror", "missing"),
    "lookup": ("lookup", "missing"),
    "counter": ("counter", "missing"),
    "header": ("header", "missing"),
    "intent": ("header", "altered"),
    "work": ("work", "missing"),
    "pending": ("pending", "missing"),
    "outbox": ("outbox", "missing"),
    "log": ("log", "missing"),
    "values": ("values", "missing"),
    "values of the deleted": ("values", "missing"),
    "head": ("head", "missing"),
}
"""By kind of the item: the finding. A lost slice shows in its header, the list of intents in what it does not list."""

ALTERED: dict[str, Change] = {
    "user": with_text("d", lambda text: text.replace("a", "o")),
    "group": with_text("d", lambda text: text.replace("all", "oll").replace("big", "bog")),
    "version": with_number("mu", 17),
    "member": with_text("k", lambda _kind: "mirror"),
    "mirror": with_text("k", lambda _kind: "member"),
    "lookup": names("bob"),
    "tombstone": with_text("d", lambda _text: "{"),
    "counter": with_number("n", 40),
    "header": with_number("n", 2),
    "work": names("cy"),
    "pending": lambda scene, item: item | {"g": {"SS": [*item["g"]["SS"], f"{scene.ids['all']}#{'0' * 32}"]}},
    "outbox": with_text("e", lambda _text: "[]"),
    "log": with_text("e", lambda text: text.replace("requestId", "someId")),
    "values": with_text("e", lambda text: text.replace("a", "o")),
    "values of the deleted": with_text("e", lambda text: text.replace("a", "o")),
    "head": with_number("n", 3),
}

LEFT_OVER: dict[str, Change] = {
    "user": at(lambda _scene, key: f"{key[:-6]}ffff{key[-2:]}"),
    "group": at(lambda _scene, key: f"{key[:-6]}ffff{key[-2:]}"),
    "version": at(lambda _scene, key: f"{key[:30]}ffff{key[34:]}"),
    "member": at(lambda scene, _key: scene.ids["cy"]),
    "mirror": at(lambda scene, _key: scene.ids["big"]),
    "lookup": at(lambda _scene, key: "0" * 40 + key[40:]),
    "tombstone": at(lambda _scene, _key: "1" * 40),
    "header": at(lambda _scene, key: "ab" * 16 + key[32:]),
    "intent": at(lambda _scene, key: "ab" * 16 + key[32:]),
    "work": at(lambda scene, _key: f"apply#{scene.ids['all']}"),
    "outbox": at(lambda _scene, key: f"{key[:-2]}77"),
    "log": at(lambda _scene, _key: f"{700:012d}"),
    "values": at(lambda _scene, _key: f"{701:012d}"),
    "values of the deleted": at(lambda _scene, _key: f"{701:012d}"),
}
"""A copy where nothing implies it: at once one item twice, and one that belongs to nobody."""


CHOSEN: dict[str, Callable[[Scene, Item], bool]] = {
    "user": lambda scene, item: is_of("ada", scene, item),
    "group": lambda scene, item: is_of("all", scene, item),
    "version": lambda scene, item: is_of("all", scene, item),
    "member": lambda scene, item: item["sk"]["S"] == scene.ids["ada"],
    "mirror": lambda scene, item: item["pk"]["S"].endswith(scene.ids["ada"]),
    "lookup": lambda scene, item: is_of("ada", scene, item) and "#U.userName#" in item["pk"]["S"],
    "tombstone": lambda scene, item: is_of("gone", scene, item),
    "counter": lambda _scene, item: item["sk"]["S"].startswith("U#") and item["n"]["N"] != "0",
    "outbox": lambda scene, item: is_of("ada", scene, item),
    "log": lambda _scene, item: int(item["sk"]["S"]) == 3,
    "values": lambda scene, item: item["pk"]["S"].endswith(scene.ids["ada"]),
    "values of the deleted": lambda scene, item: item["pk"]["S"].endswith(scene.ids["gone"]),
}
"""By name, never by order: ids are made by chance. Of the other kinds any item will do."""


def is_of(name: str, scene: Scene, item: Item) -> bool:
    return bool(item["i"]["S"] == scene.ids[name])


def chosen(scene: Scene, case: str) -> Item:
    """The item that is damaged."""
    found = scene.items(case.partition(" ")[0])
    return next(item for item in found if case not in CHOSEN or CHOSEN[case](scene, item))


def check(scene: Scene, expected: tuple[str, str] | None, place: str | None) -> None:
    """The damage is named, repaired once, and nothing is left of it."""
    found = scene.fsck()
    assert found
    if expected:
        assert expected in {(each.kind, each.fault) for each in found}
    if place:
        assert place in {each.where for each in found}
    repaired = scene.fsck(repair=True)
    assert {each.outcome for each in repaired} == {"repaired"}
    assert scene.fsck() == []
    assert [each for each in oracle(scene.desk.client, scene.desk.organization) if not each.startswith("events")] == []


@pytest.mark.parametrize("kind", DELETED)
def test_given_an_item_of_a_kind_is_deleted_then_it_is_named_and_restored(kind: str) -> None:
    scene = Scene.new()
    scene.drop(chosen(scene, kind))
    check(scene, DELETED[kind], None)


@pytest.mark.parametrize("kind", ALTERED)
def test_given_an_item_of_a_kind_is_altered_then_it_is_named_and_put_right(kind: str) -> None:
    scene = Scene.new()
    item = chosen(scene, kind)
    scene.put(ALTERED[kind](scene, deepcopy(item)))
    place = None if kind == "counter" else where(item, scene.desk.organization)  # any cell may be the wrong one
    check(scene, None, place)


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_given_a_copy_that_nothing_implies_then_it_is_named_and_removed(kind: str) -> None:
    scene = Scene.new()
    copy = LEFT_OVER[kind](scene, deepcopy(chosen(scene, kind)))
    scene.put(copy)
    # Of a copied slice or header the whole intent is named, by its first item.
    check(scene, None, None if kind == "header" else where(copy, scene.desk.organization))
    left = [item["sk"] for item in scene.items(copy["k"]["S"]) if item["pk"] == copy["pk"]]
    assert copy["sk"] not in left


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
    stray = with_partition(chosen(scene, "values"), f"{scene.desk.organization}#D#{scene.ids['gone']}")
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


def test_given_traffic_at_the_same_time_then_nothing_is_found() -> None:
    scene = Scene.new()
    over = threading.Event()
    keeper = Housekeeper(lambda _id: scene.desk.store, None, lambda: 60_000)  # type: ignore[arg-type]  # no round is made

    def traffic(seed: int) -> None:
        chance = random.Random(seed)
        while not over.is_set():
            made = scene.users.create(user_body(f"passer-by {seed} {chance.random()}", externalId="x"))["id"]
            scene.users.patch(made, {"op": "replace", "path": "title", "value": "Guest"})
            group = scene.groups.create(group_body(f"guests {seed} {chance.random()}", [made]))["id"]
            scene.groups.patch(scene.ids["all"], add_members(made))
            scene.groups.patch(scene.ids["all"], remove_member(made))
            scene.users.delete(made)
            scene.groups.delete(group)
            keeper.tend([scene.desk.organization])
            scene.relay()

    threads = [threading.Thread(target=traffic, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    found = [each for _round in range(3) for each in scene.fsck()]
    over.set()
    for thread in threads:
        thread.join()
    assert found == []
