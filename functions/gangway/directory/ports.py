# ruff: noqa: N818 - these say what happened to a write, and read as such where raised
"""What the directory needs from storage.

Reads are strongly consistent: identity providers read back what they just wrote, and a stale answer makes them create
a second user. Writes take one `Change` and either happen whole or raise. What they raise says what the caller can do:
`TryAgain` means read again and decide anew; everything else is an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gangway.directory.records import Change, Lookup, Memberships, Page, Position, Record, Tombstone


class TryAgain(Exception):
    """The write did not happen, or may have happened: read the state again and decide anew."""


class Collision(TryAgain):
    """Another transaction was at the same items, or what was read has changed since."""


class OutcomeUnknown(TryAgain):
    """The connection broke or timed out after the request was sent."""


class Overloaded(TryAgain):
    """DynamoDB refused for now: throttling, or a failure of its own."""


class IntentPending(TryAgain):
    """A large change of this group's members is committed but not applied; it must be rolled forward first."""


class VersionChanged(Exception):
    """The resource is not, or is no longer, what was read."""


class LookupTaken(Exception):
    """A unique lookup belongs to another resource, or to a deleted one."""

    def __init__(self, lookup: Lookup, tombstone: Tombstone | None = None) -> None:
        super().__init__(lookup.attribute)
        self.lookup = lookup
        self.tombstone = tombstone


class MemberGone(TryAgain):
    """Somebody who was to become a member was deleted meanwhile."""


class TooLargeToStore(Exception):
    """A document is larger than one may be."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size} > {limit}")
        self.size = size
        self.limit = limit


class Heads(Protocol):
    """Users and groups themselves."""

    def record(self, resource_id: str) -> Record | None:
        """A user, or a group with its cells; one round trip."""
        ...

    def records(self, resource_ids: Sequence[str], *, cells: bool = False) -> Mapping[str, Record]:
        """Those that exist; groups come with their cells only if asked for."""
        ...

    def find(self, resource_type: str, lookup: Lookup) -> tuple[str, ...]:
        """Ids of the resources with that value."""
        ...

    def find_each(self, resource_type: str, lookups: Collection[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """Ids of the resources with each of these values; unique values are read together."""
        ...

    def count(self, resource_type: str) -> int:
        """How many there are, exactly."""
        ...

    def page(self, resource_types: Sequence[str], start: Position, limit: int, *, cells: bool = False) -> Page:
        """The next resources of a walk over all resources of these types, in order of their ids."""
        ...

    def skip(self, resource_types: Sequence[str], start: Position, number: int) -> tuple[Position | None, int]:
        """Go on in a walk without reading; returns the position and how many were really skipped."""
        ...


class Members(Protocol):
    """Memberships, seen from either side."""

    def view(
        self, group_id: str, member_ids: Collection[str], newcomers: Collection[str]
    ) -> tuple[Record | None, frozenset[str], frozenset[str]]:
        """What a change of single members must know, in one round trip for up to forty of them.

        Returns:
            The group with its cells; those of `member_ids` that are members; those of `newcomers` that exist.
        """
        ...

    def of(self, group: Record) -> tuple[str, ...]:
        """All members of a group in order of their ids, a pending intent taken into account.

        Members that were deleted a moment ago may be among them: see `deleted`.
        """
        ...

    def ids(self, group: Record, after: str) -> tuple[tuple[str, ...], str | None]:
        """Some of those members, from behind the id `after` on, and where the next ones begin; None at the end."""
        ...

    def of_each(self, groups: Sequence[Record]) -> Mapping[str, tuple[str, ...]]:
        """The members of several groups."""
        ...

    def deleted(self) -> frozenset[str]:
        """Ids of deleted users and groups whose memberships are not all removed yet; to be read before `of`."""
        ...

    def among(self, pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of the pairs (group id, member id) that are memberships."""
        ...

    def users_with_groups(self, user_ids: Sequence[str]) -> tuple[Mapping[str, Record], Memberships]:
        """Those of the users that exist, and the groups they belong to; one round trip for a user or a few."""
        ...

    def groups_of(self, member_ids: Sequence[str]) -> Memberships:
        """The groups that users or groups belong to."""
        ...

    def count(self, group: Record, resource_type: str | None = None) -> int:
        """How many members a group has, or members of one type: without the deleted, with its pending intent."""
        ...

    def page(self, group: Record, start: Position, limit: int) -> Page:
        """The next users of a walk over a group's members."""
        ...

    def skip(self, group: Record, start: Position, number: int) -> tuple[Position | None, int]:
        """Go on in such a walk without reading."""
        ...


class Bookmarks(Protocol):
    """Where walks by offset stand."""

    def last(self, walk: str, actor: str, rank: int) -> tuple[int, Position] | None:
        """The last bookmark of a walk at or before `rank` that has not expired: its rank and position."""
        ...

    def set(self, walk: str, actor: str, rank: int, position: Position) -> None:
        """Remember where a walk stands after `rank` resources."""
        ...


class Changes(Protocol):
    """The only way to write resources."""

    def commit(self, change: Change) -> Record:
        """Write a change, its events included, in one transaction.

        Returns:
            The resource as it is then, a group with its cells; a deleted one as it was.

        Raises:
            VersionChanged: `exactly` was asked for and does not hold.
            LookupTaken: a unique value belongs to somebody else.
            TooLargeToStore: the document is too large.
            TryAgain: see there.
        """
        ...


class Work(Protocol):
    """What changes leave to be done after their answer."""

    def roll_forward(self, group_id: str, has_time: Callable[[], bool]) -> bool:
        """Apply the pending intent of a group; False if time ran out before the end."""
        ...

    def clean_up(self, resource_id: str, has_time: Callable[[], bool]) -> bool:
        """Remove all memberships of a deleted resource; False if time ran out before the end."""
        ...

    def unfinished(self) -> tuple[tuple[str, str], ...]:
        """What is left to do: pairs of what (``apply`` or ``gone``) and resource id."""
        ...


class Organizations(Protocol):
    """All organizations of the stack, for whoever has to look after each."""

    def ids_after(self, name: str, limit: int) -> Sequence[tuple[str, str]]:
        """The next organizations in order of their login names: name and id."""
        ...

    def bookmark(self) -> str:
        """The login name at which the last round stopped; empty if it went to the end."""
        ...

    def set_bookmark(self, name: str) -> None:
        """Remember it."""
        ...


class DirectoryStore(Protocol):
    """The users and groups of one organization. Ids are given in canonical form; unknown ones are absent."""

    @property
    def heads(self) -> Heads:
        """Users and groups themselves."""
        ...

    @property
    def members(self) -> Members:
        """Memberships."""
        ...

    @property
    def bookmarks(self) -> Bookmarks:
        """Where walks stand."""
        ...

    @property
    def changes(self) -> Changes:
        """The way to write."""
        ...

    @property
    def work(self) -> Work:
        """What is left to be done."""
        ...
