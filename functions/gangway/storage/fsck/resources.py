"""Users and groups themselves: their items, where they are to be found, and what was told of them.

The item of a resource is checked against what was told of it first. If it says something else at the same version, it
was altered, and what was told is right; if it is of a later version, an event was lost, and is told again. Then its
document says where it must be found. Of two users with one userName the one that the lookup names is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.records import Record
from gangway.storage import items, keys
from gangway.storage.fsck.ground import born
from gangway.storage.fsck.history import history, nothing_expired
from gangway.storage.fsck.sight import Flaw, number_of, text_of
from gangway.storage.fsck.strays import gone, remains, rival_of, stray
from gangway.storage.fsck.untold import untold, untold_deletion
from gangway.storage.fsck.values import stray_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.history import History
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def judge_resource(ground: Ground, key: Key) -> Judge:
    """Judge the item at the key of a user or group, its lookups, and what was told of it."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        resource_id = key.sk
        if not is_id(resource_id) or keys.head(ground.organization, resource_id) != key:
            yield gone(key, item, "duplicated", "an item where no resource can be", {key: None})
            return
        record = ground.record_in(item, resource_id)
        if record is None:
            yield _unreadable(ground, key, item, sight)
            return
        yield from stray_values(ground, resource_id, sight)
        flaw = _against_told(ground, record, item, sight)
        if flaw is not None:
            yield flaw
        if flaw is None or flaw.kind == "outbox":
            yield from _lookups(ground, record, item, sight)

    return judge


def judge_absent(ground: Ground, resource_id: str) -> Judge:
    """Judge what is left of somebody who is not there: values of events, and whether the deletion was told."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        if sight.one(keys.head(ground.organization, resource_id)) is not None:
            return
        yield from stray_values(ground, resource_id, sight)
        told = history(ground.organization, resource_id, sight)
        record = ground.record_in(rebuilt(ground, resource_id, told), resource_id)
        # Of somebody who is being erased, values go one by one, the deletion's perhaps first.
        if record is not None and sight.one(keys.erasure(ground.organization, resource_id)) is None:
            yield from untold_deletion(ground, resource_id, told, record, sight)

    return judge


def rebuilt(ground: Ground, resource_id: str, told: History) -> Item | None:
    """The item of a resource made anew from what was told of it; None if too little was."""
    if told.document is None or not told.whole:
        return None
    created = told.created or born(resource_id)
    kind = resource_type_of(resource_id)
    modified = max(told.modified, created)
    record = Record(kind, resource_id, told.sequence, created, modified, told.document, "fsck")
    return items.head_item(ground.organization, record) | {"q": items.text(record.operation)}


def _unreadable(ground: Ground, key: Key, item: Item, sight: Sight) -> Flaw:
    """An item that is not that of the resource whose key it has."""
    resource_id = key.sk
    told = history(ground.organization, resource_id, sight)
    right = rebuilt(ground, resource_id, told)
    wrong = "the item cannot be that of this resource"
    if right is not None:
        return _altered(key, wrong, "as its events tell", right)
    patched = _patched(item, resource_id, told)
    record = ground.record_in(patched, resource_id)
    if record is not None and _is_found(ground, record, sight):
        return _altered(key, wrong, "with its own id, kind, version and times", patched)
    if text_of(item, "i") not in ("", resource_id):
        return gone(key, item, "duplicated", f"a copy of the item of {text_of(item, 'i')}", {key: None})
    right_way = "restore the table to a moment when it was readable, or delete the resource"
    return Flaw(_kind(resource_id), "altered", key, "the item cannot be read", right_way, None)


def _patched(item: Item, resource_id: str, told: History) -> Item:
    """The item with everything right that needs no guess."""
    created = number_of(item, "t0") or born(resource_id)
    return item | {
        "k": items.text(_kind(resource_id)),
        "i": items.text(resource_id),
        "v": items.number(max(number_of(item, "v") or 1, told.sequence, 1)),
        "t0": items.number(created),
        "t": items.number(max(number_of(item, "t") or created, created)),
        "q": items.text("fsck"),
        "c": items.number(1),
    }


def _is_found(ground: Ground, record: Record, sight: Sight) -> bool:
    """Whether a lookup of the resource's first value names it."""
    lookups = ground.lookups(record)[:1]
    return any(ground.fits(item, record.id) for lookup in lookups for item in sight.all(lookup.keys))


def _against_told(ground: Ground, record: Record, item: Item, sight: Sight) -> Flaw | None:
    """What is wrong with a resource, or with its events, by what was told of it."""
    organization = ground.organization
    key = keys.head(organization, record.id)
    told = history(organization, record.id, sight)
    if told.whole and told.ended and record.own_version <= told.sequence:
        return gone(key, item, "orphaned", "told to be deleted, and still there", remains(ground, record, sight))
    if record.own_version < told.sequence:
        right = rebuilt(ground, record.id, told) or item | {"v": items.number(told.sequence)}
        return _altered(key, f"version {record.own_version}", f"version {told.sequence}, as its events tell", right)
    if told.whole and told.document is not None:
        if record.document == told.document:
            return None
        if record.own_version == told.sequence:
            right = item | {"d": items.head_item(organization, record._replace(document=told.document))["d"]}
            return _altered(key, "the document differs from what its events tell", "as its events tell", right)
        return untold(ground, record, told, sight, told.document)
    if told.whole or (told.readable and nothing_expired(organization, sight)):
        found = None if told.sequence else stray(ground, record, item, sight)
        return found or untold(ground, record, told, sight, None)
    return None


def _lookups(ground: Ground, record: Record, item: Item, sight: Sight) -> Iterator[Flaw]:
    for lookup in ground.lookups(record):
        found = sight.all(lookup.keys)
        if any(ground.fits(each, record.id) for each in found):
            continue
        key, there = lookup.keys[0], found[0]
        rival = rival_of(ground, record, key, there, sight)
        if rival is not None and len(lookup.keys) > 1:
            key, there = lookup.keys[1], found[1]  # groups may share a name
        elif rival is not None:
            yield _twin(ground, record, item, rival, sight)
            return
        wrong = "not there" if there is None else f"names {text_of(there, 'i') or 'nobody'}"
        fault: Fault = "missing" if there is None else "altered"
        yield Flaw("lookup", fault, key, wrong, f"names {record.id}", {key: lookup.item(key)})


def _twin(ground: Ground, record: Record, item: Item, rival: Record, sight: Sight) -> Flaw:
    key = keys.head(ground.organization, record.id)
    wrong = f"has the name of {rival.id}, whom the lookup names"
    if record.document == rival.document and not history(ground.organization, record.id, sight).sequence:
        return gone(key, item, "duplicated", wrong, remains(ground, record, sight))
    right = f"rename or delete one of the two: PATCH {rival.id}"
    return Flaw(_kind(record.id), "duplicated", key, wrong, right, None)


def _altered(key: Key, wrong: str, right: str, item: Item) -> Flaw:
    return Flaw(_kind(key.sk), "altered", key, wrong, right, {key: item})


def _kind(resource_id: str) -> str:
    return resource_type_of(resource_id).lower()
