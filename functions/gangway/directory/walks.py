"""Walks: long lists that are read a page at a time, by offset or by cursor, at a cost that does not grow.

A walk goes through resources in a fixed order and can go on after any of them. There are three: over all resources of
some types, over the users among a group's members, and over what a filter matched.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gangway.directory.records import Page, Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.directory.ports import Bookmarks, Heads, Members
    from gangway.directory.records import Memberships, Record


class Walk(Protocol):
    """A way through many resources."""

    @property
    def name(self) -> str | None:
        """Under which its bookmarks are kept; None if it needs none."""
        ...

    def total(self) -> int:
        """How many resources it goes through."""
        ...

    def page(self, start: Position, limit: int) -> Page:
        """The next resources after a position."""
        ...

    def skip(self, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on without reading."""
        ...


class AllOf(NamedTuple):
    """A walk over all resources of some types."""

    heads: Heads
    resource_types: Sequence[str]

    @property
    def name(self) -> str:
        """The first letters of the types."""
        return "".join(resource_type[0] for resource_type in self.resource_types)

    def total(self) -> int:
        """The sum of the counters."""
        return sum(self.heads.count(resource_type) for resource_type in self.resource_types)

    def page(self, start: Position, limit: int) -> Page:
        """The next resources, groups with their versions."""
        return self.heads.page(self.resource_types, start, limit, cells="Group" in self.resource_types)

    def skip(self, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on without reading."""
        return self.heads.skip(self.resource_types, start, number)


class UsersOf(NamedTuple):
    """A walk over the users among the members of a group."""

    members: Members
    group: Record

    @property
    def name(self) -> str:
        """The group's id."""
        return self.group.id

    def total(self) -> int:
        """How many of its members are users."""
        return self.members.count(self.group, "User")

    def page(self, start: Position, limit: int) -> Page:
        """The next users."""
        return self.members.page(self.group, start, limit)

    def skip(self, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on without reading."""
        return self.members.skip(self.group, start, number)


class Matches(NamedTuple):
    """A walk over resources that were found by evaluating a filter, afresh for each page.

    In order of their ids it goes on after a resource, whatever has come or gone before it; if they are sorted by
    something else, only ranks are left to go by.

    Attributes:
        name: stands for the question; None if they are sorted by something else.
        records: the resources.
        places: for each of them the position after it, ascending.
        memberships: of users, if they were read together with them.
    """

    name: str | None
    records: Sequence[Record]
    places: Sequence[Position]
    memberships: Memberships

    def total(self) -> int:
        """All that match."""
        return len(self.records)

    def page(self, start: Position, limit: int) -> Page:
        """Those after a position."""
        first = bisect_right(self.places, start)
        end = first + limit
        following = self.places[end - 1] if end < len(self.records) else None
        return Page(tuple(self.records[first:end]), tuple(self.places[first:end]), following, self.memberships)

    def skip(self, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on by counting."""
        end = bisect_right(self.places, start) + number
        return (self.places[end - 1], number) if end < len(self.places) else (None, 0)


def position_at(walk: Walk, bookmarks: Bookmarks, actor: str, rank: int) -> Position | None:
    """Where a walk stands after `rank` resources: at the bookmark the page before left, or by counting from the last.

    The exact bookmark comes before any count: if people have been deleted since, ranks have moved, but the place where
    the client stopped has not, and nobody after it may be passed over.
    """
    if rank == 0:
        return Position()
    known = bookmarks.last(walk.name, actor, rank) if walk.name else None
    have, start = known if known else (0, Position())
    if have == rank:
        return start
    position, skipped = walk.skip(start, rank - have)
    return position if skipped == rank - have else None
