"""Groups: their version cells, which count the members, and the intents of large changes.

The counts must equal the members that are there, also while an intent is being applied: each step counts what it
does. A cell that is lost is made anew from the members and from what was told, so that the group's version never goes
back. An intent lives in the cells, a header, slices, the list of pending ones and a work item; what is left of them
decides whether it goes on or is over.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gangway.directory.identifiers import resource_type_of
from gangway.directory.records import Cell
from gangway.storage import items, keys
from gangway.storage.fsck.history import history
from gangway.storage.fsck.sight import Flaw, Part, kind_of, number_of, text_of
from gangway.storage.heads import group_keys
from gangway.storage.intents import APPLY, HEADER
from gangway.storage.member_writes import cell_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.table import Item


def judge_group(ground: Ground, group_id: str) -> Judge:
    """Judge the cells of a group, and its intents."""
    organization = ground.organization
    head_key, *cell_keys = group_keys(organization, group_id)

    def judge(sight: Sight) -> Iterator[Flaw]:
        head, *found = sight.all([head_key, *cell_keys])
        if ground.record_in(head, group_id) is None:
            for key, item in zip(cell_keys, found, strict=True):
                if item is not None and head is None:
                    yield Flaw("version", "orphaned", key, f"{group_id} is not there", "not there", {key: None})
            return
        sound = True
        for flaw in _cells(ground, group_id, found, sight):
            sound = False
            yield flaw
        if sound:
            yield from _intents(ground, group_id, [item for item in found if item], sight)

    return judge


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


def _intents(ground: Ground, group_id: str, cells: Sequence[Item], sight: Sight) -> Iterator[Flaw]:
    partition = keys.intent(ground.organization, group_id, "", 0).pk
    left = sight.part(Part(partition))
    named = {text_of(cell, "p") for cell in cells} - {""}
    there = {item["sk"]["S"].partition("#")[0] for item in left}
    for intent in sorted(named | there):
        own = [item for item in left if item["sk"]["S"].startswith(f"{intent}#")]
        if intent not in named:
            writes: dict[keys.Key, Item | None] = {keys.Key(partition, item["sk"]["S"]): None for item in own}
            yield Flaw("intent", "orphaned", next(iter(writes)), "no cell of its group has it", "not there", writes)
        elif not own:
            key = keys.Key(partition, f"{intent}#{HEADER}")
            writes = {_key(cell): {n: v for n, v in cell.items() if n != "p"} for cell in cells if "p" in cell}
            yield Flaw("intent", "missing", key, "nothing is left of it", "not in the cells either", writes)
        else:
            yield from _pending(ground, group_id, intent, own, cells, sight)


def _pending(
    ground: Ground, group_id: str, intent: str, own: Sequence[Item], cells: Sequence[Item], sight: Sight
) -> Iterator[Flaw]:
    """An intent that goes on: everything that belongs to it must be there."""
    organization = ground.organization
    partition = keys.intent(organization, group_id, "", 0).pk
    slices = sum(kind_of(item) == "intent" for item in own)
    header_key = keys.Key(partition, f"{intent}#{HEADER}")
    header = next((item for item in own if kind_of(item) == "header"), None)
    if header is None or number_of(header, "n") != slices:
        right = items.item_of(header_key, "header", n=items.number(slices))
        fault: Fault = "missing" if header is None else "altered"
        yield Flaw("header", fault, header_key, "does not count the slices", f"counts {slices}", {header_key: right})
    for cell in cells:
        if text_of(cell, "p") != intent:
            writes = {_key(cell): cell | {"p": items.text(intent)}}
            yield Flaw("version", "altered", _key(cell), "does not name the pending intent", f"names {intent}", writes)
    list_key = keys.pending_intents(organization)
    listed, entry = sight.one(list_key), f"{group_id}#{intent}"
    entries = set(listed.get("g", {}).get("SS", ())) if listed else set()
    if entry not in entries:
        right = (listed or items.item_of(list_key, "pending")) | {"g": {"SS": sorted({*entries, entry})}}
        yield Flaw("pending", "altered", list_key, f"does not list {entry}", "lists it", {list_key: right})
    work_key = keys.work(organization, APPLY, group_id)
    if sight.one(work_key) is None:
        right = items.work_item(work_key, group_id, ground.cause())
        yield Flaw("work", "missing", work_key, "nobody is asked to apply the intent", "there", {work_key: right})


def _key(item: Item) -> keys.Key:
    return keys.Key(item["pk"]["S"], item["sk"]["S"])
