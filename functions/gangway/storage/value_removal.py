"""Remove what events say of people, for a whole organization: also of those who were deleted long before.

Values of an event lie beside the other values of the same resource, and nothing lists the resources that are gone; but
the log names each of them. So the log is gone through, number by number. How far is written down with each step,
because the entries themselves stay: a run that was stopped goes on there.

First the outbox is emptied of values, since what waits there would take them into the log behind our back.
"""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING, Final

from gangway.changes.entry import LogEntry
from gangway.changes.event import UnreadableEventError, dump_change, load_change
from gangway.storage import items, keys
from gangway.storage.excerpts import endpoint_ids
from gangway.storage.log_move import read_head
from gangway.storage.transaction import MAX_ACTIONS, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.storage.items import Item
    from gangway.storage.table import Table

_STEP: Final = 50
"""Entries of the log, or answers of receivers, gone through in one step."""
_LAST_NUMBER: Final = "9" * 12
_BEHIND_ALL: Final = "~"
"""Behind every attempt at a delivery."""


class ValueRemoval:
    """Removes values of events. Every method is False when it ran out of time.

    Args:
        table: the organization's part of the table.
        has_time: whether another step may be begun.
        of_whom: whether the values of a resource's events are to go, by its id.
    """

    def __init__(self, table: Table, has_time: Callable[[], bool], of_whom: Callable[[str], bool]) -> None:
        self._table = table
        self._organization = table.organization_id
        self._has_time = has_time
        self._of_whom = of_whom

    def remove(self, pass_name: str) -> bool:
        """Remove them, and what receivers answered to them.

        Args:
            pass_name: a second pass over the same log, for other resources, needs a mark of its own.
        """
        return self._scrub_waiting() and self._remove_excerpts(pass_name) and self._remove_numbered(pass_name)

    def _scrub_waiting(self) -> bool:
        """Take values out of what has no number yet; what was set aside goes as a whole."""
        lanes = (keys.outbox_partition(self._organization, lane) for lane in range(keys.OUTBOX_LANES))
        waiting = (item for lane in lanes for item in self._table.query_all(lane))
        for item in waiting:
            bare = without_values(item) if self._of_whom(item["i"]["S"]) else item
            if bare != item:
                if not self._has_time():
                    return False
                self._replace(item, bare)
        aside = keys.dead_letter(self._organization, "outbox", "")
        letters = (item for item in self._table.query_all(aside.pk, prefix=aside.sk) if self._of_whom(item["i"]["S"]))
        return self._delete(key_of(item) for item in letters)

    def _remove_excerpts(self, pass_name: str) -> bool:
        mark = self._mark(f"{pass_name}#answers")
        done = self._table.get(mark)
        begun, _, place = done["at"]["S"].partition("/") if done else ("", "", "")
        for endpoint_id in sorted(each for each in endpoint_ids(self._table) if each >= begun):
            partition = keys.delivery(self._organization, endpoint_id, 0, 0).pk
            after = place if endpoint_id == begun else ""
            while after != _BEHIND_ALL:
                if not self._has_time():
                    return False
                rows = self._table.query(partition, after=after, limit=_STEP)
                for item in rows.items:
                    if item.pop("x", None) is not None:
                        self._table.put(item)
                after = rows.last or _BEHIND_ALL
                self._table.put(items.item_of(mark, "note", at=items.text(f"{endpoint_id}/{after}")))
        return True

    def _mark(self, what: str) -> keys.Key:
        """The note that says how far this has come."""
        return keys.Key(keys.erasure(self._organization, "").pk, f"purged#{what}")

    def _remove_numbered(self, pass_name: str) -> bool:
        mark = self._mark(pass_name)
        done = self._table.get(mark)
        after = int(done["n"]["N"]) if done else read_head(self._table).first - 1
        while after < (last := read_head(self._table).number):
            if not self._has_time():
                return False
            first = keys.log_entry(self._organization, after + 1)
            entries = self._table.query(first.pk, between=(first.sk, _LAST_NUMBER), limit=_STEP).items
            end_of_bucket = (after + 1) // keys.LOG_BUCKET * keys.LOG_BUCKET + keys.LOG_BUCKET - 1
            after = int(entries[-1]["sk"]["S"]) if entries else min(end_of_bucket, last)
            transaction = Transaction(uuid.uuid4().hex)
            for key in self._values_of(entries):
                transaction.delete(key)
            transaction.put(items.item_of(mark, "note", n=items.number(after)))
            self._table.write(transaction)
        return True

    def _values_of(self, entries: tuple[Item, ...]) -> Iterator[keys.Key]:
        for item in entries:
            number = int(item["sk"]["S"])
            resource_id = LogEntry(number, item["e"]["S"], item["s"]["S"], None).resource_id_of_values()
            if resource_id is not None and self._of_whom(resource_id):
                yield keys.event_values(self._organization, resource_id, number)

    def _replace(self, item: Item, bare: Item | None) -> None:
        """Put the event without values in its place, unless the relay was faster: then it has a number by now."""
        transaction = Transaction(uuid.uuid4().hex)
        seen = {":e": item["e"]}
        if bare is None:
            transaction.delete(key_of(item), "e = :e", seen)
        else:
            transaction.put(bare, "e = :e", seen)
        self._table.write(transaction)

    def _delete(self, doomed: Iterator[keys.Key]) -> bool:
        for batch in itertools.batched(doomed, MAX_ACTIONS, strict=False):
            if not self._has_time():
                return False
            transaction = Transaction(uuid.uuid4().hex)
            for key in batch:
                transaction.delete(key)
            self._table.write(transaction)
        return True


def without_values(item: Item) -> Item | None:
    """A waiting change without what its events say of the person; None for one that cannot be read."""
    try:
        events = load_change(item["e"]["S"])
    except UnreadableEventError:
        return None
    bare = [event._replace(external_id=None, before=None, after=None) for event in events]
    return item | {"e": items.text(dump_change(bare))}


def key_of(item: Item) -> keys.Key:
    """The key of an item."""
    return keys.Key(item["pk"]["S"], item["sk"]["S"])
