"""What the directory keeps of a user or group, and what one change does to it: values between directory and storage.

A group's version is spread over cells. If every change of a member wrote the group itself, fifty such changes a
second would collide all the time; so each writes one of eight cells, and the group's version is the sum of its own and
theirs. A member always belongs to the same cell, which keeps the changes of one member in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.changes.event import Cause, ChangeEvent


class Cell(NamedTuple):
    """One of the cells of a group that its members' changes are counted in.

    Attributes:
        number: 0 to 7.
        changes: how often members of this cell changed; its share of the group's version.
        told: how many change events of this cell were written.
        users: how many of its members are users.
        groups: how many of its members are groups.
        modified: when it last changed, milliseconds since the epoch.
        intent: id of a large change that is committed but not yet fully applied to the members.
        operation: id of the operation that wrote it last.
    """

    number: int
    changes: int = 0
    told: int = 0
    users: int = 0
    groups: int = 0
    modified: int = 0
    intent: str | None = None
    operation: str = ""


class Record(NamedTuple):
    """A stored user or group.

    Attributes:
        own_version: how often the resource itself was written; see `version`.
        created: milliseconds since the epoch.
        own_modified: when the resource itself was last written, milliseconds since the epoch.
        document: the resource as JSON, without ``id``, ``meta``, ``members`` and ``groups``.
        operation: id of the operation that wrote it last.
        cells: a group's version cells; empty for a user.
    """

    resource_type: str
    id: str
    own_version: int
    created: int
    own_modified: int
    document: Mapping[str, Any]
    operation: str
    cells: tuple[Cell, ...] = ()

    @property
    def version(self) -> int:
        """What ``meta.version`` tells: every change of the resource or its members makes it greater."""
        return self.own_version + sum(cell.changes for cell in self.cells)

    @property
    def modified(self) -> int:
        """What ``meta.lastModified`` tells, milliseconds since the epoch."""
        return max((self.own_modified, *(cell.modified for cell in self.cells)))

    @property
    def operations(self) -> frozenset[str]:
        """Ids of the operations that wrote the resource and its cells last."""
        return frozenset((self.operation, *(cell.operation for cell in self.cells)))

    @property
    def members(self) -> int:
        """How many members a group has, apart from what its pending intent does."""
        return sum(cell.users + cell.groups for cell in self.cells)

    @property
    def users(self) -> int:
        """How many of these are users."""
        return sum(cell.users for cell in self.cells)

    @property
    def intent(self) -> str | None:
        """Id of the pending intent of a group, if there is one."""
        return next((cell.intent for cell in self.cells if cell.intent), None)


class Lookup(NamedTuple):
    """A value by which a resource is found without searching.

    Attributes:
        attribute: canonical path, for example ``emails.value``.
        value_key: the value in the form in which equal values are equal texts (`gangway.scim.compare`).
        unique: whether one resource at most may have it.
    """

    attribute: str
    value_key: str
    unique: bool


class Tombstone(NamedTuple):
    """What is left of a deleted user, kept under its userName until it expires.

    Attributes:
        expires: seconds since the epoch.
        record: the user as it was, its version that of the deletion.
    """

    record: Record
    expires: int


class Change(NamedTuple):
    """What one operation does to one resource; written in one transaction or not at all.

    Attributes:
        before: the resource as it was read; None if it is created.
        after: the resource as it will be; None if it is deleted.
        lookups_before: what `before` is found by; may lack what both have in common.
        lookups_after: what `after` is found by; likewise.
        told: change events of the resource itself.
        added: ids that become members.
        removed: ids that cease to be members.
        exactly: whether the version of `before`, cells included, must still hold (``If-Match``).
        replaces: the tombstone whose userName the new user takes.
        bury_until: when a deletion's tombstone expires, seconds since the epoch; None leaves none.
        cause: who did it, for events that storage tells while it applies members.
        operation: id of this one operation, the same however often it is tried.
        at: when, milliseconds since the epoch.
    """

    before: Record | None
    after: Record | None
    cause: Cause
    operation: str
    at: int
    lookups_before: frozenset[Lookup] = frozenset()
    lookups_after: frozenset[Lookup] = frozenset()
    told: tuple[ChangeEvent, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    exactly: bool = False
    replaces: Tombstone | None = None
    bury_until: int | None = None


class Position(NamedTuple):
    """Where a walk stands: after the resource `id` of the walk's partition `partition` (0: the first)."""

    partition: int = 0
    id: str = ""


class Memberships(NamedTuple):
    """Which groups some users or groups belong to.

    Attributes:
        direct: for each of them the groups it is a direct member of; deleted groups may be among them.
        nested: whether any group of the organization was ever a member of another.
    """

    direct: Mapping[str, tuple[str, ...]]
    nested: bool = False


NO_MEMBERSHIPS: Final = Memberships({})
"""Of nobody, or not asked for."""


class Page(NamedTuple):
    """A piece of a walk.

    Attributes:
        records: resources in walk order.
        positions: for each of them, the position after it.
        next: where to go on; None at the end.
        memberships: of users, if they were read together with them.
    """

    records: tuple[Record, ...]
    positions: tuple[Position, ...]
    next: Position | None
    memberships: Memberships = NO_MEMBERSHIPS
