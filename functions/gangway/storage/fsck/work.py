"""Work for the housekeeper, and the list of pending intents: each must be about something that is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, kind_of, text_of
from gangway.storage.heads import group_keys
from gangway.storage.intents import APPLY
from gangway.storage.members import GONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def judge_work(ground: Ground, key: Key) -> Judge:
    """Judge an item of the housekeeper's partition."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        if key == keys.pending_intents(ground.organization):
            yield from _pending(ground, key, item, sight)
            return
        what, _, resource_id = key.sk.partition("#")
        if what not in (APPLY, GONE):
            return
        if not is_id(resource_id) or not _is_so(ground, what, resource_id, sight):
            yield Flaw("work", "orphaned", key, "there is nothing of this kind to do", "not there", {key: None})
        elif kind_of(item) != "work" or text_of(item, "i") != resource_id or not _is_caused(item):
            right = items.work_item(key, resource_id, ground.cause())
            yield Flaw("work", "altered", key, "cannot be read", "there", {key: right})

    return judge


def _is_so(ground: Ground, what: str, resource_id: str, sight: Sight) -> bool:
    if what == GONE:
        return sight.one(keys.head(ground.organization, resource_id)) is None
    return resource_type_of(resource_id) == "Group" and bool(_named(ground, resource_id, sight))


def _named(ground: Ground, group_id: str, sight: Sight) -> set[str]:
    """The intents that the cells of a group name."""
    cells = sight.all(group_keys(ground.organization, group_id)[1:])
    return {text_of(cell, "p") for cell in cells if cell} - {""}


def _is_caused(item: Item) -> bool:
    try:
        items.cause_of(item["by"])
    except (KeyError, TypeError):
        return False
    return True


def _pending(ground: Ground, key: Key, item: Item, sight: Sight) -> Iterator[Flaw]:
    entries = set(item.get("g", {}).get("SS", ()))
    right = {entry for entry in entries if _is_pending(ground, entry, sight)}
    if right != entries or kind_of(item) != "pending":
        rest = {name: value for name, value in item.items() if name != "g"} | {"k": items.text("pending")}
        writes = {key: rest | ({"g": {"SS": sorted(right)}} if right else {})}
        yield Flaw("pending", "altered", key, "lists intents that are over", "lists pending ones only", writes)


def _is_pending(ground: Ground, entry: str, sight: Sight) -> bool:
    group_id, _, intent = entry.partition("#")
    return is_id(group_id) and resource_type_of(group_id) == "Group" and intent in _named(ground, group_id, sight)
