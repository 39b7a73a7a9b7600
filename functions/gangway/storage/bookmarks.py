"""Bookmarks: offset paging at linear cost.

A client that asks for ``startIndex=5001`` nearly always asked for 4901 before. The page before it left a bookmark at
rank 5000, which names the last resource shown, so the walk goes on there: nothing is read twice, and nobody is lost
when people before that place are deleted. Each token has its own, since two walkers do not stand at the same places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gangway.directory.records import Position
from gangway.storage import items, keys

if TYPE_CHECKING:
    from gangway.clock import Clock
    from gangway.storage.table import Table

LIFETIME_SECONDS: Final = 3600


class BookmarkTable:
    """Implements `gangway.directory.ports.Bookmarks`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def last(self, walk: str, actor: str, rank: int) -> tuple[int, Position] | None:
        """One query finds the exact bookmark, or else the nearest before it."""
        key = keys.bookmark(self._table.organization_id, walk, actor, rank)
        first = keys.bookmark(self._table.organization_id, walk, actor, 0)
        rows = self._table.query(key.pk, between=(first.sk, key.sk), backwards=True, limit=1)
        if not rows.items or int(rows.items[0]["ttl"]["N"]) <= self._now():
            return None
        item = rows.items[0]
        return int(item["sk"]["S"].rpartition("#")[2]), Position(int(item["a"]["N"]), item["i"]["S"])

    def set(self, walk: str, actor: str, rank: int, position: Position) -> None:
        """A plain write; a later walk of the same token simply puts its own in place."""
        key = keys.bookmark(self._table.organization_id, walk, actor, rank)
        item = items.item_of(
            key,
            "bookmark",
            a=items.number(position.partition),
            i=items.text(position.id),
            ttl=items.number(self._now() + LIFETIME_SECONDS),
        )
        self._table.put(item)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
