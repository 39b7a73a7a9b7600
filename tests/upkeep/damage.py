"""What is done to an item to damage it, and in what words: for the tables of kinds (`tests.upkeep.kinds`)."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.storage import items, keys
from gangway.storage.member_writes import cell_of
from tests.upkeep.scene import where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upkeep.scene import Item, Scene

    type Choice = Callable[[Scene, Item], bool]
    type Change = Callable[[Scene, Item], Item]

ONE_KEY = "Its key is its meaning: a second one would be the same item."
A_HINT = "It saves a read, or counts for a minute; a wrong one costs one request, and it expires."
OF_THE_STACK = "It belongs to the stack, and a check is of one organization."
A_DIARY = "It records what happened and nothing depends on it; it expires."


@dataclass(frozen=True)
class Damage:
    """What is done to a sound directory, and what is found.

    Attributes:
        finding: kind and fault.
        changed: makes the damaged item of the chosen one; None: it is deleted.
        elsewhere: the finding names another item, which shows the damage.
        beyond: no machine can put it right, so it is found again until a person has.
    """

    finding: tuple[str, str]
    changed: Change | None = None
    elsewhere: bool = False
    beyond: bool = False

    def done_to(self, scene: Scene, item: Item) -> str | None:
        """Do it; returns the place that must be named."""
        damaged = self.changed(scene, deepcopy(item)) if self.changed else item
        if self.changed is None:
            scene.drop(item)
        else:
            scene.put(damaged)
        return None if self.elsewhere else where(damaged, scene.desk.organization)


@dataclass(frozen=True)
class Kind:
    """One kind of item.

    Attributes:
        key: what makes its key.
        chosen: which one is damaged, by name and never by order: ids are made by chance.
    """

    key: object
    chosen: Choice
    deleted: Damage | str
    altered: Damage | str
    duplicated: Damage | str
    orphaned: Damage | str


def lost(kind: str, fault: str = "missing", *, elsewhere: bool = False) -> Damage:
    return Damage((kind, fault), elsewhere=elsewhere)


def altered(
    kind: str, change: Change, *, fault: str = "altered", elsewhere: bool = False, beyond: bool = False
) -> Damage:
    return Damage((kind, fault), change, elsewhere=elsewhere, beyond=beyond)


def copied(kind: str, fault: str, *changes: Change) -> Damage:
    def changed(scene: Scene, item: Item) -> Item:
        for change in changes:
            item = change(scene, item)
        return item

    return Damage((kind, fault), changed)


def text(name: str, change: Callable[[str], str]) -> Change:
    return lambda _scene, item: item | {name: {"S": change(item[name]["S"])}}


def number(name: str, value: int) -> Change:
    return lambda _scene, item: item | {name: {"N": str(value)}}


def at(change: Callable[[Scene, str], str]) -> Change:
    """Under another sort key."""
    return lambda scene, item: item | {"sk": {"S": change(scene, item["sk"]["S"])}}


def beside(change: Callable[[Scene, str], str]) -> Change:
    """In another partition."""
    return lambda scene, item: item | {"pk": {"S": change(scene, item["pk"]["S"])}}


def of(name: str) -> Choice:
    return lambda scene, item: bool(item.get("i", {}).get("S") == scene.ids[name])


def keyed(*, pk: str = "", sk: str = "") -> Choice:
    """By the ends of its keys; names in braces stand for ids."""

    def is_chosen(scene: Scene, item: Item) -> bool:
        ends = (pk.format(**scene.ids), sk.format(**scene.ids))
        return bool(item["pk"]["S"].endswith(ends[0]) and item["sk"]["S"].endswith(ends[1]))

    return is_chosen


def another(resource_id: str) -> str:
    """An id that nobody has, of the same kind."""
    return f"{resource_id[:-6]}ffff{resource_id[-2:]}"


def anyone(_scene: Scene, _item: Item) -> bool:
    return True


def names_another(_scene: Scene, item: Item) -> Item:
    return item | {"sk": {"S": another(item["sk"]["S"])}, "i": {"S": another(item["i"]["S"])}}


def with_document(**attributes: str) -> Change:
    return lambda _scene, item: item | {"d": {"S": json.dumps(json.loads(item["d"]["S"]) | attributes)}}


def with_members_of_another_cell(scene: Scene, item: Item) -> Item:
    members = items.unpacked(item["a"])
    stranger = next(each for each in scene.ids.values() if len(each) == 36 and cell_of(each) != cell_of(members[0]))
    return item | {"a": items.packed((*members, stranger))}


def buried_under(name: str) -> Change:
    """A tombstone of that name, where it belongs."""

    def changed(scene: Scene, item: Item) -> Item:
        key = keys.lookup(scene.desk.organization, "U.userName", name, None)
        return with_document(userName=name)(scene, item) | {"pk": {"S": key.pk}, "sk": {"S": key.sk}}

    return changed


def names_nobody(_scene: Scene, item: Item) -> Item:
    return item | {"i": {"S": another(item["i"]["S"])}}


def lists(group: str) -> Change:
    """One intent more, which is over."""
    return lambda scene, item: item | {"g": {"SS": [*item["g"]["SS"], f"{scene.ids[group]}#{'0' * 32}"]}}


def number_told_of(name: str) -> Callable[[Scene, str], str]:
    """The number of an entry about somebody."""
    return lambda scene, _key: next(
        item["sk"]["S"] for item in scene.items("values") if item["pk"]["S"].endswith(scene.ids[name])
    )


def into_the_outbox(scene: Scene, item: Item) -> Item:
    """The letter stays, and its change waits in the outbox too."""
    stream, _, sequence = item["sk"]["S"].removeprefix("outbox#").rpartition("#")
    key = keys.outbox(scene.desk.organization, scene.ids["dora"], stream, int(sequence))
    scene.put(item | {"pk": {"S": key.pk}, "sk": {"S": key.sk}, "k": {"S": "outbox"}})
    return item
