"""A snapshot: the present state of a directory, told as if everything had just been created.

For an application that starts late, lost its copy, or fell behind retention. The snapshot is read in slices while
changes go on, resource by resource; what makes it exact is where it tells to go on: with the first number after the
log's end at the moment before reading began. Everything that the snapshot may have missed, or seen half of, has a later
number.

Where a snapshot stands is all in its place, so nothing is kept between slices and any slice can be read again: it tells
the same events under the same ids, unless the directory has changed since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from gangway.changes.event import MEMBERS_PER_EVENT
from gangway.changes.tell import identified, members_changed, resource_created

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gangway.changes.event import Cause, ChangeEvent

_ID: Final = "[A-Za-z0-9-]{1,64}"
_PLACE: Final = re.compile(
    rf"(?P<snapshot>[A-Za-z0-9-]{{1,64}})~(?P<log>[0-9]{{1,12}})~(?P<type>User|Group)~(?P<after>(?:{_ID})?)"
    rf"(?:(?<!~)~(?P<version>[0-9]{{1,12}})~(?P<told>[0-9]{{1,12}})~(?P<member>(?:{_ID})?))?"
)
"""A place as text; members are told of a group that is named."""

EVENTS_PER_SLICE: Final = 100
"""So many documents of the largest size still fit the answer of a function."""


class InvalidPlaceError(ValueError):
    """Not a place in a snapshot that was ever given out."""


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A user, or a group without its members, in stored form."""

    resource_type: str
    id: str
    version: int
    document: Mapping[str, Any]


class DirectoryReader(Protocol):
    """The directory as a snapshot reads it, strongly consistent slice by slice."""

    def resources(self, organization_id: str, resource_type: str, after: str, limit: int) -> Sequence[StoredResource]:
        """The next users, or groups, in order of their ids; none at the end."""
        ...

    def members(self, organization_id: str, group_id: str, after: str, limit: int) -> Sequence[str]:
        """The ids of a group's next members, in order; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a snapshot stands.

    Attributes:
        snapshot: names the snapshot; letters, digits and ``-`` only, as it becomes a part of the events' ids.
        log: number of the log's last entry when it began: go on after that when all is read.
        resource_type: ``User`` at first, then ``Group``.
        after: id of the last resource that was told.
        group: while members of the last group are told: its version, how many events told of them, and the last one.
    """

    snapshot: str
    log: int
    resource_type: str = "User"
    after: str = ""
    group: tuple[int, int, str] | None = None

    def __str__(self) -> str:
        """The text form."""
        parts = [self.snapshot, str(self.log), self.resource_type, self.after]
        return "~".join([*parts, *map(str, self.group or ())])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form back.

        Raises:
            InvalidPlaceError: it is none.
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            raise InvalidPlaceError("This cursor is none of a snapshot; begin without one.")
        version, told, member = found["version"], found["told"], found["member"]
        group = (int(version), int(told), member) if version else None
        return cls(found["snapshot"], int(found["log"]), found["type"], found["after"], group)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some events of a snapshot, the place after each, and where the next ones begin; None at its end."""

    events: tuple[ChangeEvent, ...]
    places: tuple[Place, ...]
    next: Place | None


def read_slice(reader: DirectoryReader, cause: Cause, place: Place, limit: int = EVENTS_PER_SLICE) -> Slice:
    """Tell the next events of a snapshot: at most `limit`, and at least one before its end.

    `cause` says who asked for it and when; its request is named after the snapshot, so that all slices agree.
    """
    cause = cause._replace(request_id=place.snapshot, initial_sync=True)
    told: list[ChangeEvent] = []
    places: list[Place] = []
    for event, after in _told(reader, cause, place, limit):
        told.append(event)
        places.append(after)
        if len(told) == limit:
            return Slice(tuple(told), tuple(places), after)
    return Slice(tuple(told), tuple(places), None)


def _told(reader: DirectoryReader, cause: Cause, place: Place, limit: int) -> Iterator[tuple[ChangeEvent, Place]]:
    """Tell on from a place, each event with the place after it."""
    if place.group is not None:
        yield from _members(reader, cause, place)
    while True:
        found = reader.resources(cause.organization_id, place.resource_type, place.after, limit)
        for resource in found:
            place = replace(place, after=resource.id, group=None)
            if resource.resource_type == "Group":
                place = replace(place, group=(resource.version, 0, ""))
            told = resource_created(cause, resource.resource_type, resource.id, resource.version, resource.document)
            yield identified([told], _stream(place), resource.version)[0], place
            if place.group is not None:
                yield from _members(reader, cause, place)
        if not found and place.resource_type == "Group":
            return
        if not found:
            place = replace(place, resource_type="Group", after="", group=None)


def _members(reader: DirectoryReader, cause: Cause, place: Place) -> Iterator[tuple[ChangeEvent, Place]]:
    """Tell the members of the group at a place, from where it stands."""
    version, part, member = place.group or (0, 0, "")
    while added := reader.members(cause.organization_id, place.after, member, MEMBERS_PER_EVENT):
        part, member = part + 1, added[-1]
        (told,) = members_changed(cause, place.after, version, added=added)
        base = identified([told], _stream(place), version)[0]
        yield base._replace(id=f"{base.id}-{part}"), replace(place, group=(version, part, member))


def _stream(place: Place) -> str:
    return f"{place.snapshot}-{place.after}"
