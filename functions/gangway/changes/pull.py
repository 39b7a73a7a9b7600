"""The pull API: an application reads the log at its own pace, from a cursor that it keeps.

The log's numbers have no gaps and never change, so the cursor is simply the number of the last event that was read. It
needs no secret (the caller may read all of it anyway), can be compared, and tells how far behind one is. What is older
than retention cannot be read; a cursor before that is refused, because going on silently would lose changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from gangway.changes.ports import ChangeLog

MAX_LIMIT: Final = 100

NEWEST: Final = "newest"
"""Stands for the cursor after the newest event: whoever begins there hears only of what is to come."""


class CursorInvalidError(ValueError):
    """A cursor that was never given out."""


class CursorExpiredError(Exception):
    """Events after the cursor were forgotten; HTTP 410.

    Attributes:
        oldest: the cursor to read on from if the loss is made good otherwise, for instance by a snapshot.
    """

    def __init__(self, oldest: str) -> None:
        super().__init__("events after this cursor are older than retention")
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Page:
    """Events after a cursor, the cursor after them, and whether there were more when this was read."""

    events: tuple[dict[str, Any], ...]
    cursor: str
    more: bool


def pull(log: ChangeLog, organization_id: str, cursor: str | None = None, limit: int = MAX_LIMIT) -> Page:
    """Read up to `limit` events (at most `MAX_LIMIT`) after a cursor, or from the oldest on.

    Raises:
        CursorInvalidError: the cursor was never given out.
        CursorExpiredError: events after it were forgotten.
    """
    if cursor == NEWEST:
        return Page((), str(log.last_number(organization_id)), more=False)
    after = _number(cursor) if cursor is not None else log.first_number(organization_id) - 1
    entries = log.read(organization_id, after, min(limit, MAX_LIMIT), with_values=True)
    last = log.last_number(organization_id)
    if after > last:
        raise CursorInvalidError("This cursor was never given out.")
    missing = entries[0].number != after + 1 if entries else after < last
    if missing and cursor is not None:
        raise CursorExpiredError(str(log.first_number(organization_id) - 1))
    reached = entries[-1].number if entries else after
    return Page(tuple(entry.full() for entry in entries), str(reached), more=reached < last)


def _number(cursor: str) -> int:
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > 12:
        raise CursorInvalidError("This cursor was never given out.")
    return int(cursor)
