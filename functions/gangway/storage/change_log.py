"""The numbered log in the table, and how far the event bus has read it.

Entries lie in partitions of `LOG_BUCKET` numbers: whoever has a number knows the key, and no partition grows without
bound. Values lie with the other values of their resource, so erasing a person is deleting one partition. TTL deletes
days late and in any order; so readers go by each entry's own expiry, which grows with the numbers.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from gangway.changes.entry import LogEntry, Values
from gangway.changes.ports import LostRaceError, UnstorableError
from gangway.directory.ports import Collision
from gangway.storage import keys
from gangway.storage.excerpts import remove_excerpts
from gangway.storage.items import item_of, number, text
from gangway.storage.log_move import Move, read_head
from gangway.storage.table import Table
from gangway.storage.transaction import MAX_ACTIONS, Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.changes.ports import ReadableChange
    from gangway.clock import Clock
    from gangway.storage.items import Item

_LAST_SORT_KEY: Final = "9" * 12


class ChangeLogTable:
    """Implements `gangway.changes.ports.ChangeLog`."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._name = table
        self._clock = clock

    def move(self, organization_id: str, changes: Sequence[ReadableChange], expires_at: int) -> int:
        """See `gangway.changes.ports.ChangeLog.move`."""
        table = self._of(organization_id)
        move = Move(organization_id, read_head(table), expires_at)
        taken = 0
        while taken < len(changes) and move.take(changes[taken]):
            taken += 1
        if not taken:
            raise UnstorableError("the events of this change are too large for one transaction")
        try:
            table.write(move.transaction())
        except Collision as error:
            raise LostRaceError(str(error)) from error
        except ClientError as error:
            if not _is_invalid(error):
                raise
            if taken > 1:
                return self.move(organization_id, changes[:1], expires_at)
            raise UnstorableError("DynamoDB finds the events of this change invalid") from error
        return taken

    def last_number(self, organization_id: str) -> int:
        """See `gangway.changes.ports.ChangeLog.last_number`."""
        return read_head(self._of(organization_id)).number

    def first_number(self, organization_id: str) -> int:
        """See `gangway.changes.ports.ChangeLog.first_number`."""
        # entries expire in the order of their numbers, so halving the range finds it
        table = self._of(organization_id)
        head = read_head(table)
        low, high = head.first, head.number + 1
        while low < high:
            middle = (low + high) // 2
            item = table.get(keys.log_entry(organization_id, middle))
            if item is None or self._expired(item):
                low = middle + 1
            else:
                high = middle
        return low

    def read(self, organization_id: str, after: int, limit: int, *, with_values: bool) -> list[LogEntry]:
        """See `gangway.changes.ports.ChangeLog.read`."""
        table = self._of(organization_id)
        while True:
            first = keys.log_entry(organization_id, after + 1)
            rows = table.query(first.pk, between=(first.sk, _LAST_SORT_KEY), limit=limit)
            live = [item for item in rows.items if not self._expired(item)]
            if live:
                return _entries(table, live, with_values=with_values)
            if rows.items:
                after = int(rows.items[-1]["sk"]["S"])
            else:
                # nothing more in this partition: either it is the newest, or what was left of it has expired
                after = ((after + 1) // keys.LOG_BUCKET + 1) * keys.LOG_BUCKET - 1
                if read_head(table).number <= after:
                    return []

    def erase(self, organization_id: str, resource_id: str) -> int:
        """Delete all values of a resource's events, set aside ones too; say how many. Numbers and names stay.

        What endpoints answered to them goes as well, and first: afterwards nobody knows the numbers.
        Call it when the resource is deleted and its last change has left the outbox.
        """
        table = self._of(organization_id)
        partition = keys.event_values(organization_id, resource_id, 0).pk
        values = list(table.query_all(partition))
        remove_excerpts(table, [int(item["sk"]["S"]) for item in values])
        waiting = keys.dead_letter(organization_id, "outbox", "")
        letters = table.query_all(waiting.pk, prefix=waiting.sk)
        found = [item for item in letters if item.get("i", {}).get("S") == resource_id] + values
        for start in range(0, len(found), MAX_ACTIONS):
            transaction = Transaction(uuid.uuid4().hex)
            for item in found[start : start + MAX_ACTIONS]:
                transaction.delete(keys.Key(item["pk"]["S"], item["sk"]["S"]))
            table.write(transaction)
        return len(found)

    def published(self, organization_id: str) -> int:
        """See `gangway.changes.ports.ChangeLog.published`."""
        item = self._of(organization_id).get(keys.bus_cursor(organization_id))
        return int(item["n"]["N"]) if item else 0

    def set_published(self, organization_id: str, upto: int) -> None:
        """See `gangway.changes.ports.ChangeLog.set_published`."""
        operation = uuid.uuid4().hex
        transaction = Transaction(operation)
        transaction.update(
            keys.bus_cursor(organization_id),
            "SET n = :n, k = :k, q = :q",
            "attribute_not_exists(n) OR n < :n",
            {":n": number(upto), ":k": text("cursor"), ":q": text(operation)},
        )
        # another publisher that is further has done this one's work
        with contextlib.suppress(Collision):
            self._of(organization_id).write(transaction)

    def set_unpublishable_aside(self, entry: LogEntry, reason: str) -> None:
        """See `gangway.changes.ports.ChangeLog.set_unpublishable_aside`."""
        organization_id = entry.thin()["organizationId"]
        key = keys.dead_letter(organization_id, "bus", f"{entry.number:012d}")
        self._of(organization_id).put(item_of(key, "dead", n=number(entry.number), why=text(reason)))

    def _of(self, organization_id: str) -> Table:
        return Table(self._client, self._name, organization_id)

    def _expired(self, item: Item) -> bool:
        # TTL deletes days late, so an entry that is still there may be past its time
        return int(item["ttl"]["N"]) <= self._clock.now().timestamp()


def _entries(table: Table, items: Sequence[Item], *, with_values: bool) -> list[LogEntry]:
    entries = [LogEntry(int(item["sk"]["S"]), item["e"]["S"], item["s"]["S"], None) for item in items]
    if not with_values:
        return entries
    wanted = {
        entry.number: keys.event_values(table.organization_id, resource_id, entry.number)
        for entry in entries
        if (resource_id := entry.resource_id_of_values()) is not None
    }
    found = table.get_many(wanted.values())
    values = {at: Values(found[key]["e"]["S"], found[key]["s"]["S"]) for at, key in wanted.items() if key in found}
    return [replace(entry, values=values.get(entry.number)) for entry in entries]


def _is_invalid(error: ClientError) -> bool:
    codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return error.response.get("Error", {}).get("Code") == "ValidationException" or "ValidationError" in codes
