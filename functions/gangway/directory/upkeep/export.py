"""Export: all users, groups and memberships of an organization, as lines that import takes back.

A line is a resource in SCIM's own form with its type, so that any JSON tool can read it. Members are lines of their
own, after the groups' and a thousand at a time, because a group may have a hundred thousand. The export is read while
others write: each resource is as it was when its page was read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.identifiers import is_id
from gangway.directory.records import Position
from gangway.directory.representation import timestamp
from gangway.directory.upkeep.errors import InvalidCursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Record

_PAGE: Final = 100
_MEMBERS_PER_LINE: Final = 1000
_ENOUGH_BYTES: Final = 1_500_000
"""A piece is full at this size: with a page of a hundred large users on top it still fits an answer."""

_KINDS: Final = ("User", "Group", "Members")

type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A piece of an export; `cursor` is None at the end."""

    lines: tuple[Line, ...]
    cursor: str | None


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
        at: tuple[str, int, str, int] | None = _understood(cursor)
        lines: list[Line] = []
        size = 0
        while at is not None:
            kind, partition, after, skipped = at
            read = self._members if kind == "Members" else self._resources
            found, at = read(kind, Position(partition, after), skipped)
            lines += found
            size += sum(len(json.dumps(line)) for line in found)
            if size > _ENOUGH_BYTES or not has_time():
                break
        return Exported(tuple(lines), json.dumps(at) if at is not None else None)

    def _resources(
        self, kind: str, start: Position, _skipped: int
    ) -> tuple[list[Line], tuple[str, int, str, int] | None]:
        page = self._store.heads.page((kind,), start, _PAGE, cells=kind == "Group")
        lines = [_line(record) for record in page.records]
        if page.next is not None:
            return lines, (kind, page.next.partition, page.next.id, 0)
        return lines, (_KINDS[_KINDS.index(kind) + 1], 0, "", 0)

    def _members(
        self, _kind: str, start: Position, skipped: int
    ) -> tuple[list[Line], tuple[str, int, str, int] | None]:
        """The members of one group, some thousands of them."""
        page = self._store.heads.page(("Group",), start, 1, cells=True)
        if not page.records:
            return [], None
        group = page.records[0]
        deleted = self._store.members.deleted() if group.members or group.intent else frozenset()
        members = [each for each in self._store.members.of(group) if each not in deleted]
        end = skipped + 20 * _MEMBERS_PER_LINE
        lines = [
            {"resourceType": "Members", "group": group.id, "members": members[at : min(at + _MEMBERS_PER_LINE, end)]}
            for at in range(skipped, min(end, len(members)), _MEMBERS_PER_LINE)
        ]
        if end < len(members):
            return lines, ("Members", start.partition, start.id, end)
        if page.next is None:
            return lines, None
        return lines, ("Members", page.next.partition, page.next.id, 0)


def _line(record: Record) -> Line:
    meta = {
        "resourceType": record.resource_type,
        "created": timestamp(record.created),
        "lastModified": timestamp(record.modified),
    }
    return {"resourceType": record.resource_type, "id": record.id, **record.document, "meta": meta}


def _understood(cursor: str | None) -> tuple[str, int, str, int]:
    if cursor is None:
        return ("User", 0, "", 0)
    try:
        kind, partition, after, skipped = json.loads(cursor)
    except (ValueError, TypeError, RecursionError):
        kind = None
    if (
        kind not in _KINDS
        or not isinstance(partition, int)
        or not (after == "" or is_id(after))
        or not isinstance(skipped, int)
        or skipped < 0
    ):
        raise InvalidCursor("This cursor is none of an export; begin without one.")
    return kind, partition, after, skipped
