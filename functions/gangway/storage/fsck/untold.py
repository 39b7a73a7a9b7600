"""Events that are lost: what a resource is, or that it is not there any more, is told anew.

The directory is right here, and its events are wrong. So this never brings anybody back: who is not there, and is not
found by any lookup, was deleted, and applications hear of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.changes.tell import change, resource_changed, resource_created, resource_deleted
from gangway.directory.identifiers import resource_type_of
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw
from gangway.storage.heads import group_keys, record_from
from gangway.storage.outbox import change_put

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gangway.directory.records import Record
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.history import History
    from gangway.storage.fsck.sight import Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def untold(ground: Ground, record: Record, told: History, sight: Sight, before: Mapping[str, Any] | None) -> Flaw:
    """An event is lost: tell what differs, in its place if that is vacant, and else as a further version."""
    organization = ground.organization
    vacant = record.own_version > told.sequence
    now = record if vacant else record._replace(own_version=record.own_version + 1)
    writes: dict[Key, Item | None] = (
        {} if vacant else {keys.head(organization, now.id): items.head_item(organization, now)}
    )
    version = now.version
    if record.resource_type == "Group":
        found = dict(zip(cells := group_keys(organization, record.id), sight.all(cells), strict=True))
        group = record_from(organization, {each: item for each, item in found.items() if item}, record.id)
        version = (group.version if group else now.version) + (not vacant)
    cause, kind = ground.cause(), record.resource_type
    if before is None:
        event = resource_created(cause, kind, record.id, version, record.document)
    else:
        event = resource_changed(cause, kind, record.id, version, before, record.document) or resource_created(
            cause, kind, record.id, version, record.document
        )
    put = change_put(change(event), sequence=now.own_version)["Put"]["Item"]
    key = keys.outbox(organization, record.id, record.id, now.own_version)
    writes[key] = put
    wrong = f"the {kind.lower()} is as none of its events tells"
    return Flaw("outbox", "missing", key, wrong, f"an event for its version {now.own_version}", writes)


def untold_deletion(ground: Ground, resource_id: str, told: History, record: Record, sight: Sight) -> Iterator[Flaw]:
    """Somebody who is not there, though the last event says otherwise; whom a lookup names was lost, not deleted."""
    named = (found for lookup in ground.lookups(record) for found in sight.all(lookup.keys))
    if any(ground.fits(found, resource_id) for found in named):
        return
    sequence, kind = told.sequence + 1, resource_type_of(resource_id)
    event = resource_deleted(ground.cause(), kind, resource_id, told.version + 1, record.document)
    put = change_put(change(event), sequence=sequence)["Put"]["Item"]
    key = keys.outbox(ground.organization, resource_id, resource_id, sequence)
    wrong = f"{resource_id} is not there, and its deletion was never told"
    yield Flaw("outbox", "missing", key, wrong, "an event for it", {key: put})
