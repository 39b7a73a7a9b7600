"""Export: all users, groups and memberships of an organization, as lines that import takes back.

A line is a resource in SCIM's own form with its type, so that any JSON tool can read it. Members are lines of their
own, after the groups' and a thousand at a time, because a group may have a hundred thousand. The export is read while
others write: each resource is as it was when its page was read. It goes by ids, never by numbers, so that whoever is
deleted meanwhile moves nobody else out of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.directory.identifiers import is_id
from gangway.directory.records import Position
from gangway.directory.representation import timestamp
from gangway.directory.upkeep.errors import InvalidCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Record

_PAGE: Final = 100
_MEMBERS_PER_LINE: Final = 1000
_ENOUGH_BYTES: Final = 1_500_000
"""A piece is full at this size: an answer has room for four times as much."""

_KINDS: Final = ("User", "Group", "Members")

type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A piece of an export; `cursor` is None at the end."""

    lines: tuple[Line, ...]
    cursor: str | None


class _At(NamedTuple):
    """Where an export stands: behind a resource, or behind a member of the group that comes then."""

    kind: str = "User"
    partition: int = 0
    after: str = ""
    group: str = ""
    member: str = ""


type _Step = tuple[Line | None, _At | None]
"""A line, or none, and where the export stands then; None at its end."""


class Export:
    """Exports one organization."""

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    def expected(self) -> int:
        """About how many users and groups there are."""
        return self._store.heads.count("User") + self._store.heads.count("Group")

    def piece(self, cursor: str | None, has_time: Callable[[], bool]) -> Exported:
        """The next lines.

        Args:
            cursor: where the piece before ended; None at the beginning.
            has_time: whether another page may be read.

        Raises:
            InvalidCursor: it is none of an export.
        """
        at: _At | None = _understood(cursor)
        lines: list[Line] = []
        size = 0
        while at is not None:
            for line, following in self._members(at) if at.kind == "Members" else self._resources(at):
                at = following
                if line is not None:
                    lines.append(line)
                    size += len(json.dumps(line))
                if size > _ENOUGH_BYTES:
                    break
            if size > _ENOUGH_BYTES or not has_time():
                break
        return Exported(tuple(lines), json.dumps(at) if at is not None else None)

    def _resources(self, at: _At) -> Iterator[_Step]:
        """A page of users or groups."""
        page = self._store.heads.page((at.kind,), Position(at.partition, at.after), _PAGE, cells=at.kind == "Group")
        for record, position in zip(page.records, page.positions, strict=True):
            yield _line(record), _At(at.kind, position.partition, position.id)
        if page.next is None:
            yield None, _At(_KINDS[_KINDS.index(at.kind) + 1])
        else:
            yield None, _At(at.kind, page.next.partition, page.next.id)

    def _members(self, at: _At) -> Iterator[_Step]:
        """The members of a page of groups."""
        page = self._store.heads.page(("Group",), Position(at.partition, at.after), _PAGE, cells=True)
        for group, position in zip(page.records, page.positions, strict=True):
            if group.members or group.intent:
                yield from self._members_of(group, at)
            yield None, _At("Members", position.partition, position.id)
        yield None, _At("Members", page.next.partition, page.next.id) if page.next else None

    def _members_of(self, group: Record, at: _At) -> Iterator[_Step]:
        after: str | None = at.member if at.group == group.id else ""
        while after is not None:
            deleted = self._store.members.deleted()
            ids, after = self._store.members.ids(group, after)
            members = [each for each in ids if each not in deleted]
            for start in range(0, len(members), _MEMBERS_PER_LINE):
                told = members[start : start + _MEMBERS_PER_LINE]
                line = {"resourceType": "Members", "group": group.id, "members": told}
                yield line, at._replace(group=group.id, member=told[-1])
            if after is not None:
                yield None, at._replace(group=group.id, member=after)


def _line(record: Record) -> Line:
    meta = {
        "resourceType": record.resource_type,
        "created": timestamp(record.created),
        "lastModified": timestamp(record.modified),
    }
    return {"resourceType": record.resource_type, "id": record.id, **record.document, "meta": meta}


def _understood(cursor: str | None) -> _At:
    if cursor is None:
        return _At()
    try:
        found = json.loads(cursor)
        at = _At(*found) if isinstance(found, list) else _At("")
    except (ValueError, TypeError, RecursionError):
        at = _At("")
    placed = isinstance(at.partition, int) and at.partition >= 0
    if at.kind not in _KINDS or not placed or not all(each == "" or is_id(each) for each in at[2:]):
        raise InvalidCursor("This cursor is none of an export; begin without one.")
    return at
