"""Lookups and tombstones: each must lead to a resource that has its value, or to a user who was deleted.

A lookup whose resource is gone is where a lost user or group is noticed. If what was told of it is whole and does not
end with its deletion, its item is made anew from that; else the lookup is all that is left of it, and goes too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.storage import items, keys
from gangway.storage.fsck.history import history
from gangway.storage.fsck.resources import rebuilt
from gangway.storage.fsck.sight import Flaw, kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.directory.records import Record
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.keys import Key
    from gangway.storage.table import Item

ATTRIBUTES = ("U.userName", "U.externalId", "U.emails.value", "U.displayName", "G.displayName", "G.externalId")


def judge_lookup(ground: Ground, key: Key) -> Judge:
    """Judge the item at the key of a lookup."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        resource_id = text_of(item, "i")
        if kind_of(item) not in ("lookup", "tombstone") or not is_id(resource_id):
            # Who it ought to name is found when the resources are checked, before.
            yield Flaw("lookup", "altered", key, "names no resource", "not there", {key: None})
        elif kind_of(item) == "tombstone":
            yield from _tombstone(ground, key, item, sight)
        else:
            yield from _living(ground, key, resource_id, sight)

    return judge


def _living(ground: Ground, key: Key, resource_id: str, sight: Sight) -> Iterator[Flaw]:
    head = keys.head(ground.organization, resource_id)
    item = sight.one(head)
    record = ground.record_in(item, resource_id)
    if record is not None and ground.has(record, key):
        return
    if item is not None and record is None:
        return  # the resource's own item is wrong, which is found there
    if item is None:
        told = history(ground.organization, resource_id, sight)
        right = rebuilt(ground, resource_id, told)
        if right is not None and not told.ended:
            yield from _lost(ground, key, right, resource_id, sight)
            return
    wrong = f"names {resource_id}, who {'is not there' if item is None else 'has no such value'}"
    yield Flaw("lookup", "orphaned", key, wrong, "not there", {key: None})


def _lost(ground: Ground, key: Key, right: Item, resource_id: str, sight: Sight) -> Iterator[Flaw]:
    """A resource that was lost; a lookup that it did not have goes."""
    head = keys.head(ground.organization, resource_id)
    record = ground.record_in(right, resource_id)
    if record is not None and not ground.has(record, key):
        yield Flaw("lookup", "orphaned", key, f"names {resource_id}, who has no such value", "not there", {key: None})
    elif record is not None:
        kind = resource_type_of(resource_id).lower()
        writes: dict[Key, Item | None] = {head: right}
        for lookup in ground.lookups(record):
            if not any(sight.all(lookup.keys)):
                writes[lookup.keys[0]] = lookup.item()
        yield Flaw(kind, "missing", head, f"lookups name {resource_id}", "as its events tell", writes)


def _tombstone(ground: Ground, key: Key, item: Item, sight: Sight) -> Iterator[Flaw]:
    record = _buried(item)
    resource_id = text_of(item, "i")
    if record is None or not _belongs(ground, record, key):
        yield Flaw("tombstone", "altered", key, "no deleted user of this name", "not there", {key: None})
        return
    living = ground.record_in(sight.one(keys.head(ground.organization, resource_id)), resource_id)
    if living is not None and not ground.has(living, key):
        yield Flaw("tombstone", "orphaned", key, f"{resource_id} is not deleted", "not there", {key: None})


def _buried(item: Item) -> Record | None:
    try:
        return items.tombstone_of(item).record
    except (KeyError, ValueError, TypeError):
        return None


def _belongs(ground: Ground, record: Record, key: Key) -> bool:
    try:
        return any(key in lookup.keys for lookup in ground.lookups(record))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
