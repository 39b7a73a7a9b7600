"""A snapshot: the present state of a directory, told as if everything had just been created.

For an application that starts late, lost its copy, or fell behind retention. The snapshot is read while changes go on,
resource by resource; what makes it exact is where it tells to go on: with the first number after the log's end at the
moment before reading began. Everything that the snapshot may have missed, or seen half of, has a later number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from gangway.changes.tell import change, identified, members_changed, resource_created

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gangway.changes.event import Cause, ChangeEvent
    from gangway.changes.ports import ChangeLog


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A user, or a group without its members, in stored form."""

    resource_type: str
    id: str
    version: int
    document: Mapping[str, Any]


class DirectoryReader(Protocol):
    """The directory as a snapshot reads it, strongly consistent resource by resource."""

    def resources(self, organization_id: str) -> Iterator[StoredResource]:
        """Go through all users, then all groups; what is changed meanwhile appears in either state or not at all."""
        ...

    def members(self, organization_id: str, group_id: str) -> Iterable[str]:
        """Give the ids of a group's members."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The events of a snapshot, read as they are taken, and the cursor to read the log on from."""

    cursor: int
    events: Iterator[ChangeEvent]


def snapshot(reader: DirectoryReader, log: ChangeLog, cause: Cause) -> Snapshot:
    """Begin a snapshot. `cause` says who asked for it; its request id must be new, as the events' ids contain it."""
    # the order matters: whatever is changed from here on has a number after the cursor
    cursor = log.last_number(cause.organization_id)
    return Snapshot(cursor, _told(reader, replace(cause, initial_sync=True)))


def _told(reader: DirectoryReader, cause: Cause) -> Iterator[ChangeEvent]:
    for resource in reader.resources(cause.organization_id):
        created = resource_created(cause, resource.resource_type, resource.id, resource.version, resource.document)
        members: tuple[ChangeEvent, ...] = ()
        if resource.resource_type == "Group":
            added = reader.members(cause.organization_id, resource.id)
            members = members_changed(cause, resource.id, resource.version, added=added)
        yield from identified(change(created, members), f"{cause.request_id}-{resource.id}", resource.version)
