"""Large changes of members that wait to be applied.

An intent lives in the cells of its group, a header, slices, the list of pending ones and a work item; what is left of
them decides whether it goes on or is over. Nothing else knows who is named in a slice before its event is told. But a
slice has the members of one cell, each of them once, so one that was altered nearly always shows; what cannot be read
any more is lost, and the header counts what is left.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, Part, key_of, kind_of, number_of, text_of
from gangway.storage.intents import APPLY, HEADER
from gangway.storage.member_writes import cell_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def intents_of(ground: Ground, group_id: str, cells: Sequence[Item], sight: Sight) -> Iterator[Flaw]:
    """What is wrong with the intents of a group whose cells are sound."""
    partition = keys.intent(ground.organization, group_id, "", 0).pk
    left = sight.part(Part(partition))
    named = {text_of(cell, "p") for cell in cells} - {""}
    there = {item["sk"]["S"].partition("#")[0] for item in left}
    for intent in sorted(named | there):
        own = [item for item in left if item["sk"]["S"].startswith(f"{intent}#")]
        if intent not in named:
            writes: dict[Key, Item | None] = {key_of(item): None for item in own}
            yield Flaw("intent", "orphaned", next(iter(writes)), "no cell of its group has it", "not there", writes)
        elif not own:
            key = keys.Key(partition, f"{intent}#{HEADER}")
            writes = {key_of(cell): {n: v for n, v in cell.items() if n != "p"} for cell in cells if "p" in cell}
            yield Flaw("intent", "missing", key, "nothing is left of it", "not in the cells either", writes)
        else:
            yield from _pending(ground, group_id, intent, own, cells, sight)


def _pending(
    ground: Ground, group_id: str, intent: str, own: Sequence[Item], cells: Sequence[Item], sight: Sight
) -> Iterator[Flaw]:
    """An intent that goes on: everything that belongs to it must be there."""
    organization = ground.organization
    header_key = keys.Key(keys.intent(organization, group_id, "", 0).pk, f"{intent}#{HEADER}")
    flaws = list(_slices(group_id, [item for item in own if key_of(item) != header_key]))
    yield from flaws
    slices = sum(key_of(item) != header_key for item in own)
    slices -= sum(written is None for flaw in flaws for written in (flaw.writes or {}).values())
    header = next((item for item in own if key_of(item) == header_key), None)
    if header is None or kind_of(header) != "header" or number_of(header, "n") != slices:
        right = items.item_of(header_key, "header", n=items.number(slices))
        fault: Fault = "missing" if header is None else "altered"
        yield Flaw("header", fault, header_key, "does not count the slices", f"counts {slices}", {header_key: right})
    for cell in cells:
        if text_of(cell, "p") != intent:
            writes = {key_of(cell): cell | {"p": items.text(intent)}}
            yield Flaw(
                "version", "altered", key_of(cell), "does not name the pending intent", f"names {intent}", writes
            )
    yield from _announced(ground, group_id, intent, sight)


def _announced(ground: Ground, group_id: str, intent: str, sight: Sight) -> Iterator[Flaw]:
    """It is on the list that readers look at, and somebody is asked to apply it."""
    list_key = keys.pending_intents(ground.organization)
    listed, entry = sight.one(list_key), f"{group_id}#{intent}"
    entries = set(listed.get("g", {}).get("SS", ())) if listed else set()
    if entry not in entries:
        right = (listed or items.item_of(list_key, "pending")) | {"g": {"SS": sorted({*entries, entry})}}
        fault: Fault = "altered" if listed else "missing"
        yield Flaw("pending", fault, list_key, f"does not list {entry}", "lists it", {list_key: right})
    work_key = keys.work(ground.organization, APPLY, group_id)
    if sight.one(work_key) is None:
        right = items.work_item(work_key, group_id, ground.cause())
        yield Flaw("work", "missing", work_key, "nobody is asked to apply the intent", "there", {work_key: right})


def _slices(group_id: str, slices: Sequence[Item]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for item in slices:
        key = key_of(item)
        right = _mended(item, group_id)
        if right is None:
            lost = "not there; its members have to be sent again"
            yield Flaw("intent", "altered", key, "cannot be read", lost, {key: None})
            continue
        members = {*items.unpacked(right["a"]), *items.unpacked(right["r"])}
        if members & seen:
            yield Flaw("intent", "duplicated", key, "names members of another slice", "not there", {key: None})
            continue
        seen |= members
        if right != item:
            yield Flaw(
                "intent", "altered", key, "is not that of its group and cell", "of its group and cell", {key: right}
            )


def _mended(item: Item, group_id: str) -> Item | None:
    """A slice with everything right that its key and its members tell; None if they tell nothing."""
    try:
        added, removed = items.unpacked(item["a"]), items.unpacked(item["r"])
        items.cause_of(item["by"])
        offset = int(item["o"]["N"])
        int(item["v"]["N"]), int(item["h"]["N"])
    except (KeyError, ValueError, TypeError):
        return None
    cells = Counter(cell_of(member) for member in (*added, *removed) if is_id(member))
    if not cells:
        return None
    ((cell, known),) = cells.most_common(1)
    right = item | {"k": items.text("intent"), "i": items.text(group_id), "c": items.number(cell)}
    if known < len(added) + len(removed):
        # Applying what has been applied already does nothing, so those who are left begin anew.
        right |= {"a": _those_of(cell, added), "r": _those_of(cell, removed), "o": items.number(0)}
    elif not 0 <= offset < known:
        right |= {"o": items.number(0)}
    return right


def _those_of(cell: int, members: Sequence[str]) -> dict[str, bytes]:
    return items.packed(member for member in members if is_id(member) and cell_of(member) == cell)
