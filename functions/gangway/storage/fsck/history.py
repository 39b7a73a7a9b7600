"""What has been told of a resource: its events in outbox, dead letters and log, which must amount to what it is.

Every change is written together with its events, so the events kept of a resource say what its item must hold; that
is how a lost event is noticed, and from what a lost item is made anew. Events older than retention are gone. A history
is *whole* if it begins with the creation; only then can a document be compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from gangway.changes.entry import LogEntry, Values
from gangway.changes.event import UnreadableEventError, load_change
from gangway.changes.fold import Picture
from gangway.storage import keys
from gangway.storage.fsck.sight import Part, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gangway.changes.event import ChangeEvent
    from gangway.storage.fsck.sight import Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

_BEGINNINGS = ("user.created", "user.restored", "group.created")
_ENDS = ("user.deleted", "group.deleted")
_MEMBERS = "group.members_changed"


@dataclass(slots=True)
class History:
    """What the events of one resource amount to.

    Attributes:
        whole: whether they begin with the creation and are all readable.
        readable: whether none is unreadable, set aside, or known to be lost.
        ended: whether the last one tells of the deletion.
        sequence: place of the last event of the resource itself, which is the version of its item; 0 if there is none.
        version: the resource's version after the last event of any kind; 0 if there is none.
        document: what the resource is like, as told; None if it was deleted, or never created.
    last: what it was like before it was deleted.
        created: milliseconds since the epoch of the creation.
        modified: the same of the last event of the resource itself.
        cells: place of the last event of each of a group's cells.
    """

    whole: bool = False
    readable: bool = True
    ended: bool = False
    sequence: int = 0
    version: int = 0
    document: Mapping[str, Any] | None = None
    last: Mapping[str, Any] | None = None
    created: int = 0
    modified: int = 0
    cells: dict[int, int] = field(default_factory=dict)


def parts_of(organization: str, resource_id: str) -> tuple[Part, Part, Part]:
    """Where a resource's events are: outbox, dead letters, values; to be read in this order, the way they take."""
    lane = keys.outbox_partition(organization, keys.outbox_lane(resource_id))
    letters = keys.dead_letter(organization, "outbox", resource_id)
    return (
        Part(lane, resource_id),
        Part(letters.pk, letters.sk),
        Part(keys.event_values(organization, resource_id, 0).pk),
    )


def entry_keys(organization: str, values: Sequence[Item]) -> list[Key]:
    """The log entries that items with values belong to."""
    return [keys.log_entry(organization, int(item["sk"]["S"])) for item in values if item["sk"]["S"].isdecimal()]


def history(organization: str, resource_id: str, sight: Sight) -> History:
    """What has been told of a resource."""
    readable, events = told_of(organization, resource_id, sight)
    told, picture = History(readable=readable), Picture()
    for event in events:
        if event.type in _ENDS:
            told.last = picture.resources.get(resource_id)
        picture.apply(event)
        _count(told, event)
    told.document = picture.resources.get(resource_id)
    told.whole = told.whole and told.readable
    return told


def told_of(organization: str, resource_id: str, sight: Sight) -> tuple[bool, Sequence[ChangeEvent]]:
    """The events of a resource in their order, each once; and whether all can be read, and none is known to be lost."""
    waiting, letters, values = (sight.part(part) for part in parts_of(organization, resource_id))
    lost = sight.part(Part(*keys.log_damage(organization, resource_id, None)))
    logged = sight.unchanging(entry_keys(organization, values))
    found = list(chain(_logged(values, logged), _unnumbered([*letters, *waiting])))
    own = {event.id: event for event in found if event is not None and event.resource_id == resource_id}
    return not lost and None not in found, list(own.values())


def beginning_of_log(organization: str) -> list[Key]:
    """The items that tell whether any event has expired: the first entry, and the head of the log."""
    return [keys.log_entry(organization, 1), keys.log_head(organization)]


def nothing_expired(organization: str, sight: Sight) -> bool:
    """Whether everything that was ever told would still be known, had it not been lost."""
    first, head = sight.unchanging(beginning_of_log(organization))
    return first is not None or head is None


def _logged(values: Sequence[Item], entries: Sequence[Item | None]) -> Iterator[ChangeEvent | None]:
    """Events of the log in order of their numbers; values whose entry is lost cannot be read."""
    numbered = [item for item in values if item["sk"]["S"].isdecimal()]
    for item, entry in zip(numbered, entries, strict=True):
        told = Values(text_of(item, "e"), text_of(item, "s"))
        number = int(item["sk"]["S"])
        yield _read(LogEntry(number, text_of(entry, "e"), text_of(entry, "s"), told)) if entry else None


def _read(entry: LogEntry) -> ChangeEvent | None:
    try:
        return entry.event()
    except (UnreadableEventError, ValueError, KeyError, TypeError):
        return None


def _unnumbered(items: Sequence[Item]) -> Iterator[ChangeEvent | None]:
    """Events that have no number yet, in the order of the resource's versions."""
    for item in sorted(items, key=lambda item: number_of(item, "v") or 0):
        try:
            yield from load_change(text_of(item, "e"))
        except UnreadableEventError:
            yield None


def _count(told: History, event: ChangeEvent) -> None:
    told.version = max(told.version, event.version)
    place = event.id.removeprefix(f"{event.resource_id}-").split("-")
    if event.type == _MEMBERS:
        cell, sequence = int(place[0]), int(place[1])
        told.cells[cell] = max(told.cells.get(cell, 0), sequence)
        return
    at = int(datetime.fromisoformat(event.time).timestamp() * 1000)
    if event.type in _BEGINNINGS:
        told.whole = True
        told.created = told.created or at
    told.ended = event.type in _ENDS
    told.sequence = max(told.sequence, int(place[0]))
    told.modified = at
