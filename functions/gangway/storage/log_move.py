"""One move from the outbox to the log: numbers, entries and the deletion of the outbox items in one transaction.

The next number is an item, the log's head, that every move advances on condition that it is what was read. That makes
numbers gap-free and moves exclusive without a lock that somebody could die holding. The head also carries the last
entry's seal and expiry, so the chain goes on, and entries expire in the order of their numbers even when clocks differ.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gangway.changes.entry import FIRST_SEAL, LogEntry, enter
from gangway.storage import keys
from gangway.storage.items import item_of, number, text
from gangway.storage.outbox_table import key_of
from gangway.storage.transaction import ABSENT, MAX_ACTIONS, PRESENT, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.changes.ports import ReadableChange
    from gangway.storage.table import Table

MAX_VALUES_BYTES: Final = 380 * 1024
"""Size of an entry's values; an item may have 400 KB, and the rest of it is small."""

_MAX_MOVE_BYTES: Final = 3_500_000
_BYTES_BESIDE_TEXT: Final = 400


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry's number, seal and expiry; what an empty log starts from.

    `first` is the number that the log begins with and `restores` how often its directory was restored: what is told
    after a restore has numbers above all that were ever given, and ids of its own (`gangway.storage.carry_over`).
    """

    number: int = 0
    seal: str = FIRST_SEAL
    expires_at: int = 0
    first: int = 1
    restores: int = 0


class Move:
    """One transaction from the outbox to the log, filled change by change."""

    def __init__(self, organization_id: str, head: Head, expires_at: int) -> None:
        self._organization_id = organization_id
        self._head = head
        self._last = head
        self._expires_at = max(expires_at, head.expires_at)
        self._bytes = 0
        self._actions = 1  # the head's
        self._operation = uuid.uuid4().hex
        self._transaction = Transaction(self._operation)

    def take(self, readable: ReadableChange) -> bool:
        """Add a change if there is room for it and the head."""
        change = readable.change
        entries = list(_entered(readable, self._last))
        actions = self._actions + sum(2 if entry.values else 1 for entry in entries) + 1
        size = self._bytes + sum(map(_size, entries))
        too_large = any(entry.values and len(entry.values.text.encode()) > MAX_VALUES_BYTES for entry in entries)
        if too_large or actions > MAX_ACTIONS or size > _MAX_MOVE_BYTES:
            return False
        for entry in entries:
            self._put(entry, change.resource_id)
        self._transaction.delete(key_of(change), PRESENT)
        last = entries[-1]
        self._last = replace(self._last, number=last.number, seal=last.seal, expires_at=self._expires_at)
        self._bytes, self._actions = size, actions
        return True

    def transaction(self) -> Transaction:
        """The transaction, with the head moved from what was read to the last entry taken."""
        values = {
            ":n": number(self._last.number),
            ":s": text(self._last.seal),
            ":x": number(self._last.expires_at),
            ":k": text("head"),
            ":q": text(self._operation),
        }
        condition = "attribute_not_exists(n)"
        if self._head.number:
            condition, values[":seen"] = "n = :seen", number(self._head.number)
        key = keys.log_head(self._organization_id)
        self._transaction.update(key, "SET n = :n, s = :s, x = :x, k = :k, q = :q", condition, values)
        return self._transaction

    def _put(self, entry: LogEntry, resource_id: str) -> None:
        ttl = number(self._expires_at)
        key = keys.log_entry(self._organization_id, entry.number)
        self._transaction.put(item_of(key, "log", e=text(entry.skeleton), s=text(entry.seal), ttl=ttl), ABSENT)
        if entry.values:
            key = keys.event_values(self._organization_id, resource_id, entry.number)
            told = {"e": text(entry.values.text), "s": text(entry.values.salt)}
            self._transaction.put(item_of(key, "values", **told, ttl=ttl))


def read_head(table: Table) -> Head:
    """Read the head of an organization's log."""
    item = table.get(keys.log_head(table.organization_id))
    if item is None:
        return Head()
    first, restores = (int(item[name]["N"]) if name in item else default for name, default in (("f", 1), ("r", 0)))
    return Head(int(item["n"]["N"]), item["s"]["S"], int(item["x"]["N"]), first, restores)


def _entered(readable: ReadableChange, last: Head) -> Iterator[LogEntry]:
    previous, seal = last.number, last.seal
    for event in readable.events:
        entry = enter(event.after_restores(last.restores), previous + 1, seal)
        previous, seal = entry.number, entry.seal
        yield entry


def _size(entry: LogEntry) -> int:
    told = len(entry.values.text.encode()) if entry.values else 0
    return len(entry.skeleton.encode()) + told + _BYTES_BESIDE_TEXT
