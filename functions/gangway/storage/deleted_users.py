"""Deleted users by their ids: tombstones lie under the hash of the userName, so they are looked for in all of them.

That is 256 queries, eight at a time, for something an operator does rarely; a lookup of its own would cost a write in
every deletion.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.storage import items, keys
from gangway.storage.table import Table, together
from gangway.storage.transaction import Transaction

if TYPE_CHECKING:
    from typing import Any

    from gangway.directory.records import Tombstone
    from gangway.storage.items import Item

_PARTITIONS: Final = 256
_AT_ONCE: Final = 32


class DeletedUserTable:
    """Implements `gangway.directory.upkeep.ports.DeletedUsers`."""

    def __init__(self, client: Any, table_name: str, organization_id: str) -> None:
        self._table = Table(client, table_name, organization_id)

    def of(self, user_id: str) -> Tombstone | None:
        """See `gangway.directory.upkeep.ports.DeletedUsers.of`."""
        item = self._find(user_id)
        return items.tombstone_of(item) if item else None

    def remove(self, user_id: str) -> bool:
        """See `gangway.directory.upkeep.ports.DeletedUsers.remove`."""
        item = self._find(user_id)
        if item is None:
            return False
        transaction = Transaction(uuid.uuid4().hex)
        tombstone = {":i": items.text(user_id), ":k": items.text("tombstone")}
        transaction.delete(keys.Key(item["pk"]["S"], item["sk"]["S"]), "i = :i AND k = :k", tombstone)
        self._table.write(transaction)
        return True

    def some(self, place: int) -> tuple[list[Tombstone], int | None]:
        """Those in some of the partitions, from a place on, and the next place; None at the end."""
        end = min(place + _AT_ONCE, _PARTITIONS)
        found = together([partial(self._in, at) for at in range(place, end)])
        return [tombstone for part in found for tombstone in part], end if end < _PARTITIONS else None

    def _in(self, at: int) -> list[Tombstone]:
        items_there = self._table.query_all(f"{self._table.organization_id}#L#U.userName#{at:02x}")
        return [items.tombstone_of(item) for item in items_there if items.is_tombstone(item)]

    def _find(self, user_id: str) -> Item | None:
        partition = f"{self._table.organization_id}#L#U.userName"
        searched = together([partial(self._among, f"{partition}#{at:02x}", user_id) for at in range(_PARTITIONS)])
        return next((item for item in searched if item), None)

    def _among(self, partition: str, user_id: str) -> Item | None:
        for item in self._table.query_all(partition):
            if item["i"]["S"] == user_id and items.is_tombstone(item):
                return item
        return None
