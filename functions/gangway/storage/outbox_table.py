"""What waits in the outbox: read in an order that is exact, set aside, and put back.

What makes order exact is not how items are sorted but what each of them names: its predecessors. DynamoDB applies the
items of a committed transaction at slightly different moments, and a query does not wait for them; so a query can show
a change whose predecessor, committed earlier, cannot be seen yet. A transactional read can tell: it is refused where a
transaction is still at work. So a change is handed to the relay only when each predecessor is in the same page, or is
neither there nor being written, and thus has left the outbox for good.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.changes.ports import LostRaceError, OutboxPage, WaitingChange
from gangway.directory.ports import Collision
from gangway.storage import keys
from gangway.storage.items import item_of, number, text
from gangway.storage.outbox import sort_key_of
from gangway.storage.table import Table, together
from gangway.storage.transaction import ABSENT, PRESENT, Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.storage.items import Item
    from gangway.storage.keys import Key

_PAGE: Final = 100


class DeadLetter(NamedTuple):
    """A change that was set aside: where it would go again, since when it waits is in its events, and why."""

    stream: str
    sequence: int
    reason: str


class OutboxTable:
    """Implements `gangway.changes.ports.Outbox`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._name = table

    def read(self, organization_id: str, lane: int) -> OutboxPage:
        """See `gangway.changes.ports.Outbox.read`."""
        table = self._of(organization_id)
        items, more = _whole_resources(table, keys.outbox_partition(organization_id, lane))
        held = _held(table, items)
        ready = [_waiting(organization_id, lane, item) for item in items if item["sk"]["S"] not in held]
        ready.sort(key=lambda change: (change.resource_id, change.version, change.stream, change.sequence))
        return OutboxPage(tuple(ready), more=more or bool(held))

    def set_aside(self, change: WaitingChange, reason: str) -> None:
        """See `gangway.changes.ports.Outbox.set_aside`."""
        key = key_of(change)
        letter = item_of(
            keys.dead_letter(change.organization_id, "outbox", key.sk),
            "dead",
            e=text(change.text),
            t=number(change.written_at),
            i=text(change.resource_id),
            v=number(change.version),
            why=text(reason),
        )
        transaction = Transaction(uuid.uuid4().hex)
        transaction.put(letter)
        transaction.delete(key, PRESENT)
        self._write(change.organization_id, transaction)

    def dead_letters(self, organization_id: str) -> tuple[DeadLetter, ...]:
        """List what was set aside between outbox and log."""
        partition, prefix = keys.dead_letter(organization_id, "outbox", "")
        found = self._of(organization_id).query_all(partition, prefix=prefix)
        return tuple(
            DeadLetter(*_stream_and_sequence(item["sk"]["S"].removeprefix(prefix)), item["why"]["S"]) for item in found
        )

    def redrive(self, organization_id: str, stream: str, sequence: int) -> bool:
        """Put a dead letter back into the outbox, in one transaction; False when there is none.

        It gets the next number then, so within its resource it is late; its version says by how much.
        """
        table = self._of(organization_id)
        key = keys.dead_letter(organization_id, "outbox", sort_key_of(stream, sequence))
        letter = table.get(key)
        if letter is None:
            return False
        target = keys.outbox(organization_id, letter["i"]["S"], stream, sequence)
        transaction = Transaction(uuid.uuid4().hex)
        transaction.put(item_of(target, "outbox", **{name: letter[name] for name in ("e", "t", "i", "v")}), ABSENT)
        transaction.delete(key, PRESENT)
        self._write(organization_id, transaction)
        return True

    def lanes_with_changes(self, organization_id: str) -> list[int]:
        """See `gangway.changes.ports.Outbox.lanes_with_changes`."""
        table = self._of(organization_id)
        lanes = range(keys.OUTBOX_LANES)
        partitions = [keys.outbox_partition(organization_id, lane) for lane in lanes]
        found = together([partial(table.query, partition, limit=1) for partition in partitions])
        return [lane for lane, rows in zip(lanes, found, strict=True) if rows.items]

    def _of(self, organization_id: str) -> Table:
        return Table(self._client, self._name, organization_id)

    def _write(self, organization_id: str, transaction: Transaction) -> None:
        try:
            self._of(organization_id).write(transaction)
        except Collision as error:
            raise LostRaceError(str(error)) from error


def _whole_resources(table: Table, partition: str) -> tuple[list[Item], bool]:
    """Read a page that ends between two resources, and whether there is more; one resource may make it longer.

    The streams of a resource are sorted by name and not by version, so a part of them could not be put in order.
    """
    items: list[Item] = []
    last: str | None = ""
    while last is not None:
        rows = table.query(partition, after=last, limit=_PAGE)
        items.extend(rows.items)
        last = rows.last
        whole = [item for item in items if item.get("i") != items[-1].get("i")] if last else items
        if whole:
            return whole, last is not None
    return items, False


def _held(table: Table, items: Sequence[Item]) -> set[str]:
    """Sort keys of the changes that must wait: a predecessor is out of sight, or must wait itself."""
    named = {item["sk"]["S"]: _predecessors(item) for item in items}
    elsewhere = {sort_key for predecessors in named.values() for sort_key in predecessors} - named.keys()
    held: set[str] = set()
    if elsewhere:
        partition = items[0]["pk"]["S"]
        present, busy = table.between_transactions(keys.Key(partition, sort_key) for sort_key in sorted(elsewhere))
        blocking = {key.sk for key in present | busy}
        while more := {sk for sk, predecessors in named.items() if sk not in held and predecessors & (blocking | held)}:
            held |= more
    return held


def _predecessors(item: Item) -> set[str]:
    stream, sequence = _stream_and_sequence(item["sk"]["S"])
    own = {sort_key_of(stream, sequence - 1)} if sequence > 1 else set()
    return own | set(item.get("p", {}).get("SS", ()))


def _waiting(organization_id: str, lane: int, item: Item) -> WaitingChange:
    # An item that something else wrote must not stop the lane: what it lacks makes it unreadable, and it is set aside.
    stream, sequence = _stream_and_sequence(item["sk"]["S"])
    return WaitingChange(
        organization_id=organization_id,
        lane=lane,
        resource_id=item.get("i", {}).get("S", stream),
        stream=stream,
        sequence=sequence,
        version=int(item.get("v", {}).get("N", 0)),
        written_at=int(item.get("t", {}).get("N", 0)),
        text=item.get("e", {}).get("S", ""),
    )


def key_of(change: WaitingChange) -> Key:
    """Where a waiting change lies: in the lane it was read from, even if that is not its resource's."""
    partition = keys.outbox_partition(change.organization_id, change.lane)
    return keys.Key(partition, sort_key_of(change.stream, change.sequence))


def _stream_and_sequence(sort_key: str) -> tuple[str, int]:
    stream, _, sequence = sort_key.rpartition("#")
    return (stream, int(sequence)) if stream and sequence.isdecimal() else (sort_key, 0)
