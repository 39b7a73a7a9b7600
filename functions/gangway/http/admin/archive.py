"""An archive of all that is kept of an organization, piece by piece: for whoever leaves, and whoever asks.

A cursor is the name of a section and a place in it. Sections follow each other, and a piece ends when it is full or its
time is over. It is read while others write: each thing is as it was when its page was read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.upkeep.errors import InvalidCursor
from gangway.http.admin.models import AdminModel
from gangway.http.admin.operation import AdminCall, Area, Operation
from gangway.http.admin.paging import cursor_to, position_of
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.http.admin.archive_sections import Kept
    from gangway.http.admin.directory import DirectoryDoor

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    InvalidCursor: ProblemType(400, "invalid-cursor", "The cursor cannot be used"),
}
ENOUGH_BYTES: Final = 1_000_000
"""A piece is full at this size: with another page of any kind on top it still fits an answer."""


class ArchiveQuery(AdminModel):
    """Which piece of an archive."""

    cursor: str | None = None
    """`nextCursor` of the piece before."""


class ArchivePiece(AdminModel):
    """Some lines of an archive."""

    lines: tuple[dict[str, Any], ...]
    """Each with its `kind`: organization, token, user, group, members, tombstone, endpoint, delivery, deadLetter,
    event, waitingEvent, failure, or refusedToken."""
    section: str
    """What comes next, or came last."""
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Archive:
    door: DirectoryDoor
    kept: Kept

    def give(self, call: AdminCall) -> ArchivePiece:
        cursor = call.query(ArchiveQuery).cursor
        context = self.door.context(call)
        organization = self.door.organizations.get(call.parameters["org"])
        sections = self.kept.sections
        at, place = self._start(cursor)
        lines: list[dict[str, Any]] = []
        size = 0
        while True:
            page = sections[at].read(context, organization, place)
            lines += page.lines
            size += sum(len(json.dumps(line)) for line in page.lines)
            at, place = (at, page.next) if page.next is not None else (at + 1, "")
            if at == len(sections):
                return ArchivePiece(lines=tuple(lines), section=sections[-1].name, next_cursor=None)
            if size > ENOUGH_BYTES or not call.has_time():
                following = cursor_to(f"{sections[at].name}:{place}")
                return ArchivePiece(lines=tuple(lines), section=sections[at].name, next_cursor=following)

    def _start(self, cursor: str | None) -> tuple[int, str]:
        """The section that a cursor names, and the place in it."""
        if not cursor:
            return 0, ""
        name, _, place = position_of(cursor).partition(":")
        for number, section in enumerate(self.kept.sections):
            if section.name == name and (not place or section.form.fullmatch(place)):
                return number, place
        raise InvalidCursor("This cursor is none of an archive; begin without one.")


def archive_area(door: DirectoryDoor, kept: Kept) -> Area:
    """The route of archives. They hold what no role but operators may see all of."""
    giving = Operation(
        "Give all that is kept of an organization, in pieces, without secrets.",
        _Archive(door, kept).give,
        query=ArchiveQuery,
        returns=ArchivePiece,
    )
    return Area("Archive", [Route("/orgs/{org}/archive", {"GET": giving})], PROBLEMS)
