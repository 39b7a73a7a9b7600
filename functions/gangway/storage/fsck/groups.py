"""Groups: their version cells, which count the members.

The counts must equal the members that are there, also while an intent is being applied: each step counts what it
does. A cell that is lost is made anew from the members and from what was told, so that the group's version never goes
back.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.records import Cell
from gangway.storage import items, keys
from gangway.storage.fsck.history import history
from gangway.storage.fsck.intents import intents_of
from gangway.storage.fsck.sight import Flaw, Part, key_of, kind_of, text_of
from gangway.storage.heads import group_keys
from gangway.storage.member_writes import cell_of
from gangway.storage.members import GONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def judge_group(ground: Ground, group_id: str) -> Judge:
    """Judge the cells of a group, and its intents."""
    organization = ground.organization
    head_key, *cell_keys = group_keys(organization, group_id)

    def judge(sight: Sight) -> Iterator[Flaw]:
        head, *found = sight.all([head_key, *cell_keys])
        if head is None:
            yield from _remains(ground, group_id, found, sight)
        elif ground.record_in(head, group_id) is not None:
            flaws = list(_cells(ground, group_id, found, sight))
            yield from flaws or intents_of(ground, group_id, [item for item in found if item], sight)

    return judge


def judge_cell(ground: Ground, key: Key) -> Judge:
    """Judge an item among the cells: a group has so many, and counts in no others."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        group_id = key.sk.partition("#")[0]
        is_one = is_id(group_id) and key in group_keys(ground.organization, group_id)[1:]
        if sight.one(key) is not None and not is_one:
            yield Flaw("version", "duplicated", key, "no group has such a cell", "not there", {key: None})

    return judge


def _remains(ground: Ground, group_id: str, found: Sequence[Item | None], sight: Sight) -> Iterator[Flaw]:
    """Cells of a group that is not there, and slices that no clean-up is going to come by for."""
    wrong = f"{group_id} is not there"
    for item in found:
        if item is not None:
            yield Flaw("version", "orphaned", key_of(item), wrong, "not there", {key_of(item): None})
    if sight.one(keys.work(ground.organization, GONE, group_id)) is None:
        left = sight.part(Part(keys.intent(ground.organization, group_id, "", 0).pk))
        writes: dict[Key, Item | None] = {key_of(item): None for item in left}
        if writes:
            yield Flaw("intent", "orphaned", next(iter(writes)), wrong, "not there", writes)


def _cells(ground: Ground, group_id: str, found: Sequence[Item | None], sight: Sight) -> Iterator[Flaw]:
    members = sight.part(Part(keys.member(ground.organization, group_id, "").pk))
    there = Counter((cell_of(m := item["sk"]["S"]), resource_type_of(m)) for item in members)
    for number, item in enumerate(found):
        key = keys.version_cell(ground.organization, group_id, number)
        counted = (there[number, "User"], there[number, "Group"])
        cell = _cell(item, group_id, number)
        if item is None or cell is None:
            right = items.cell_item(
                ground.organization, group_id, _anew(ground, group_id, number, counted, found, sight)
            )
            fault: Fault = "missing" if item is None else "altered"
            wrong = "not there" if item is None else "cannot be read"
            yield Flaw("version", fault, key, wrong, f"counts {counted[0]} users and {counted[1]} groups", {key: right})
        elif (cell.users, cell.groups) != counted:
            wrong = f"counts {cell.users} users and {cell.groups} groups"
            right = item | {"mu": items.number(counted[0]), "mg": items.number(counted[1])}
            yield Flaw("version", "altered", key, wrong, f"{counted[0]} and {counted[1]}", {key: right})


def _cell(item: Item | None, group_id: str, number: int) -> Cell | None:
    if item is None or kind_of(item) != "version" or text_of(item, "i") != group_id:
        return None
    try:
        cell = items.cell_of(item)
    except (KeyError, ValueError):
        return None
    return cell if cell.number == number else None


def _anew(
    ground: Ground, group_id: str, number: int, counted: tuple[int, int], found: Sequence[Item | None], sight: Sight
) -> Cell:
    """A lost cell, such that the group's version is at least what was told."""
    told = history(ground.organization, group_id, sight)
    own = ground.record_in(sight.one(keys.head(ground.organization, group_id)), group_id)
    others = [cell for at, item in enumerate(found) if at != number and (cell := _cell(item, group_id, at))]
    known = (own.own_version if own else 0) + sum(cell.changes for cell in others)
    return Cell(
        number,
        changes=max(0, told.version - known),
        told=told.cells.get(number, 0),
        users=counted[0],
        groups=counted[1],
        modified=max([cell.modified for cell in others], default=0),
        intent=next((cell.intent for cell in others if cell.intent), None),
        operation="fsck",
    )
