"""Values of events, seen from the resource that they are of: each must belong to an entry of the log.

The log is compared with the values that it commits to elsewhere; here is what lies beyond. It is personal data, so it
is looked for with people who are not there any more too: nobody else would ever come by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.changes.entry import LogEntry
from gangway.storage import keys
from gangway.storage.fsck.history import entry_keys, parts_of
from gangway.storage.fsck.sight import Flaw, key_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Sight
    from gangway.storage.items import Item


def stray_values(ground: Ground, resource_id: str, sight: Sight) -> Iterator[Flaw]:
    """Values that no entry of the log is about."""
    listed = sight.part(parts_of(ground.organization, resource_id)[2])
    values = [item for item in listed if (number_of(item, "ttl") or ground.now() + 1) > ground.now()]
    numbered = [item for item in values if item["sk"]["S"].isdecimal()]
    for item in values:
        if not item["sk"]["S"].isdecimal():
            yield _orphaned(item, "no number of the log")
    entries = sight.unchanging(entry_keys(ground.organization, numbered))
    for item, entry in zip(numbered, entries, strict=True):
        number = int(item["sk"]["S"])
        if entry is None:
            beside = [keys.log_entry(ground.organization, number), keys.log_damage(ground.organization, "-", number)]
            if not any(sight.all(beside)):
                yield _orphaned(item, f"the log has no number {number}")
        elif not _is_about(entry, resource_id):
            yield _orphaned(item, f"number {number} of the log has no values of {resource_id}")


def resource_of(entry: Item) -> str | None:
    """The resource among whose values those of an entry are; None if it has none, or cannot be read."""
    try:
        return LogEntry(0, text_of(entry, "e"), "", None).resource_id_of_values()
    except (ValueError, KeyError, TypeError):
        return None


def _is_about(entry: Item, resource_id: str) -> bool:
    """Whether an entry has values of a resource; what is wrong with one that cannot be read is found in the log."""
    try:
        return LogEntry(0, text_of(entry, "e"), "", None).resource_id_of_values() == resource_id
    except (ValueError, KeyError, TypeError):
        return True


def _orphaned(item: Item, wrong: str) -> Flaw:
    key = key_of(item)
    return Flaw("values", "orphaned", key, wrong, "not there", {key: None})
