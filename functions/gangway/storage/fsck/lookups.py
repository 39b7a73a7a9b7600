"""Lookups and tombstones: each must lead to a resource that has its value, or to a user who was deleted.

A lookup whose resource is gone is where a lost user or group is noticed. If what was told of it is whole and does not
end with its deletion, its item is made anew from that; else the lookup is all that is left of it, and goes too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.records import Record
from gangway.storage import items, keys
from gangway.storage.fsck.ground import born
from gangway.storage.fsck.history import history, nothing_expired
from gangway.storage.fsck.resources import rebuilt
from gangway.storage.fsck.sight import Flaw, kind_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.history import History
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

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
        yield from _twice(ground, record, key, sight)
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


def _twice(ground: Ground, record: Record, key: Key, sight: Sight) -> Iterator[Flaw]:
    """The name of a group may be kept as one that is taken, or as one that others may have too; not as both."""
    for lookup in ground.lookups(record):
        if key in lookup.keys[1:] and ground.fits(sight.one(lookup.keys[0]), record.id):
            wrong = f"the name of {record.id} has a lookup already"
            yield Flaw("lookup", "duplicated", key, wrong, "not there", {key: None})


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
    resource_id = text_of(item, "i")
    living = ground.record_in(sight.one(keys.head(ground.organization, resource_id)), resource_id)
    if living is not None:
        if not ground.has(living, key):  # else the lookup that ought to be here is missed where users are judged
            yield Flaw("tombstone", "orphaned", key, f"{resource_id} is not deleted", "not there", {key: None})
        return
    told = history(ground.organization, resource_id, sight)
    record, right = _buried(item), _as_told(item, resource_id, told)
    if right is not None and _belongs(ground, items.record_of(right), key):
        if record is None or record.document != items.record_of(right).document:
            yield Flaw("tombstone", "altered", key, "differs from what was told", "as its events tell", {key: right})
    elif right is not None:
        wrong = f"{resource_id} had another name when it was deleted"
        yield Flaw("tombstone", "duplicated", key, wrong, "not there", {key: None})
    elif record is None or not _belongs(ground, record, key):
        yield Flaw("tombstone", "altered", key, "no deleted user of this name", "not there", {key: None})
    elif told.readable and not told.sequence and nothing_expired(ground.organization, sight):
        yield Flaw("tombstone", "orphaned", key, f"nothing was ever told of {resource_id}", "not there", {key: None})


def _as_told(item: Item, resource_id: str, told: History) -> Item | None:
    """The tombstone as its user was when it was deleted; how long it is kept nothing else tells."""
    expires = number_of(item, "ttl")
    if not told.whole or not told.ended or told.last is None or expires is None:
        return None
    created = told.created or born(resource_id)
    record = Record("User", resource_id, told.sequence, created, max(told.modified, created), told.last, "fsck")
    return items.tombstone_item(keys.Key(item["pk"]["S"], item["sk"]["S"]), record, expires) | {"q": items.text("fsck")}


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
