"""Walks: long lists that are read a page at a time, by offset or by cursor, at a cost that does not grow.

A walk goes through resources in a fixed order and can go on after any of them. There are two: over all resources of
some types, and over the users among a group's members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gangway.directory.records import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.directory.ports import Bookmarks, Heads, Members
    from gangway.directory.records import Page, Record


class Walk(Protocol):
    """A way through many resources."""

    @property
    def name(self) -> str:
        """Under which its bookmarks are kept."""
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


@dataclass(frozen=True, slots=True)
class AllOf:
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


@dataclass(frozen=True, slots=True)
class UsersOf:
    """A walk over the users among the members of a group."""

    members: Members
    group: Record

    @property
    def name(self) -> str:
        """The group's id."""
        return self.group.id

    def total(self) -> int:
        """How many of its members are users."""
        return self.members.users(self.group)

    def page(self, start: Position, limit: int) -> Page:
        """The next users."""
        return self.members.page(self.group, start, limit)

    def skip(self, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on without reading."""
        return self.members.skip(self.group, start, number)


def position_at(walk: Walk, bookmarks: Bookmarks, actor: str, rank: int) -> Position | None:
    """Where a walk stands after `rank` resources: at the bookmark the page before left, or by counting from the last.

    The exact bookmark comes before any count: if people have been deleted since, ranks have moved, but the place where
    the client stopped has not, and nobody after it may be passed over.
    """
    if rank == 0:
        return Position()
    known = bookmarks.last(walk.name, actor, rank)
    have, start = known if known else (0, Position())
    if have == rank:
        return start
    position, skipped = walk.skip(start, rank - have)
    return position if skipped == rank - have else None
