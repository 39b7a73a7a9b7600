"""Items of users and groups that nothing else knows of: copies, and what a deletion should have taken along.

As long as no event has expired, a resource that none of its events was ever told of is either one whose event was lost,
or nobody. A lookup that names it, or a membership, says that it is somebody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id
from gangway.storage import keys
from gangway.storage.fsck.sight import Flaw, Part, kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.directory.records import Record
    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def stray(ground: Ground, record: Record, item: Item, sight: Sight) -> Flaw | None:
    """What is wrong with a resource that nothing was ever told of; None if it is somebody all the same."""
    key = keys.head(ground.organization, record.id)
    expected = ground.lookups(record)
    if any(ground.fits(found, record.id) for lookup in expected for found in sight.all(lookup.keys)):
        return None
    if sight.part(Part(keys.mirror(ground.organization, "", record.id).pk)):
        return None
    for lookup in expected:
        there = sight.one(lookup.keys[0])
        rival = rival_of(ground, record, lookup.keys[0], there, sight)
        if rival is not None:
            return gone(key, item, "duplicated", f"has the name of {rival.id}, whom the lookup names", {key: None})
    return gone(key, item, "orphaned", "no event, lookup or membership knows of it", {key: None})


def rival_of(ground: Ground, record: Record, key: Key, there: Item | None, sight: Sight) -> Record | None:
    """Another resource that rightly has the same unique value."""
    other_id = text_of(there, "i") if there is not None and kind_of(there) == "lookup" else ""
    if not is_id(other_id) or other_id == record.id:
        return None
    other = ground.record_in(sight.one(keys.head(ground.organization, other_id)), other_id)
    return other if other is not None and ground.has(other, key) else None


def remains(ground: Ground, record: Record, sight: Sight) -> dict[Key, Item | None]:
    """Everything of a resource that ought not to be there."""
    writes: dict[Key, Item | None] = {keys.head(ground.organization, record.id): None}
    for lookup in ground.lookups(record):
        for key, found in zip(lookup.keys, sight.all(lookup.keys), strict=True):
            if ground.fits(found, record.id):
                writes[key] = None
    return writes


def gone(key: Key, item: Item, fault: Fault, wrong: str, writes: Mapping[Key, Item | None]) -> Flaw:
    """An item that is to go."""
    return Flaw(kind_of(item) or "item", fault, key, wrong, "not there", writes)
