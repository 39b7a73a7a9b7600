"""What is left to be done after an answer: roll intents forward, remove the memberships of the deleted.

Both can be stopped at any point and started again, by anybody, also by several at once: each step is a transaction
whose conditions hold only if the step has not been done, and the work item goes last.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.changes.tell import members_changed
from gangway.directory.identifiers import resource_type_of
from gangway.directory.ports import TryAgain
from gangway.storage import items, keys
from gangway.storage.heads import group_keys, record_from
from gangway.storage.intents import APPLY, HEADER, unlist
from gangway.storage.member_writes import UNTOUCHED, as_read, cell_of, counted
from gangway.storage.members import GONE
from gangway.storage.outbox import change_put
from gangway.storage.table import together
from gangway.storage.transaction import PRESENT, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gangway.clock import Clock
    from gangway.storage.items import Item
    from gangway.storage.table import Table

    type HasTime = Callable[[], bool]

_STEP: Final = 32
"""Members applied in one transaction: three actions each, and three more."""

_DELETIONS: Final = 49
"""Members of a deleted group removed in one transaction: two actions each."""


class WorkTable:
    """Implements `gangway.directory.ports.Work`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._organization = table.organization_id

    def unfinished(self) -> tuple[tuple[str, str], ...]:
        """The work items, intents first: a membership must be there before it can be removed."""
        found = [
            (item["sk"]["S"].partition("#")[0], item["i"]["S"])
            for item in self._table.query_all(keys.pending_intents(self._organization).pk)
            if item["k"]["S"] == "work"
        ]
        return tuple(sorted(found))

    def roll_forward(self, group_id: str, has_time: HasTime) -> bool:
        """Apply the slices, those of different cells at the same time, then free the group."""
        group = record_from(
            self._organization, self._table.get_many(group_keys(self._organization, group_id)), group_id
        )
        if group is None or group.intent is None:
            return True
        by_cell: dict[str, list[Item]] = {}
        partition = keys.intent(self._organization, group_id, group.intent, 0).pk
        for item in self._table.query_all(partition, prefix=f"{group.intent}#"):
            if item["k"]["S"] == "intent":
                by_cell.setdefault(item["c"]["N"], []).append(item)
        done = together([partial(self._apply_all, slices, has_time) for slices in by_cell.values()])
        if not all(done):
            return False
        self._free(group_id, group.intent)
        return True

    def clean_up(self, resource_id: str, has_time: HasTime) -> bool:
        """First the memberships of the deleted resource, then, if it was a group, its members and slices.

        Pending intents go before: one may be about to name the resource, and must find out that it is gone.
        """
        key = keys.work(self._organization, GONE, resource_id)
        work = self._table.get(key)
        if work is None:
            return True
        for what, group_id in self.unfinished():
            if what == APPLY and not self.roll_forward(group_id, has_time):
                return False
        for mirror in self._table.query_all(keys.mirror(self._organization, "", resource_id).pk):
            if not has_time():
                return False
            self._leave(mirror["sk"]["S"], resource_id, work)
        if resource_type_of(resource_id) == "Group" and not self._disband(resource_id, has_time):
            return False
        transaction = Transaction(uuid.uuid4().hex)
        transaction.delete(key)
        self._table.write(transaction)
        return True

    def _apply_all(self, slices: Sequence[Item], has_time: HasTime) -> bool:
        for item in slices:
            offset = int(item["o"]["N"])
            moves = [(member, True) for member in items.unpacked(item["a"])]
            moves += [(member, False) for member in items.unpacked(item["r"])]
            while offset < len(moves):
                if not has_time():
                    return False
                after = min(offset + _STEP, len(moves))
                self._apply(item, moves[offset:after], offset, after, last=after == len(moves))
                offset = after
        return True

    def _apply(self, item: Item, moves: Sequence[tuple[str, bool]], offset: int, after: int, *, last: bool) -> None:
        """Apply some members of a slice: what is already so, or cannot be any more, is left as it is."""
        group_id, number = item["i"]["S"], int(item["c"]["N"])
        intent = item["sk"]["S"].partition("#")[0]
        cell_key = keys.version_cell(self._organization, group_id, number)
        of_member = {member: keys.member(self._organization, group_id, member) for member, _joins in moves}
        heads = {member: keys.head(self._organization, member) for member, joins in moves if joins}
        found = self._table.get_many([cell_key, *of_member.values(), *heads.values()])
        if cell_key not in found:
            raise TryAgain("the group is gone")
        added = [m for m, joins in moves if joins and of_member[m] not in found and heads[m] in found]
        removed = [m for m, joins in moves if not joins and of_member[m] in found]

        cell = items.cell_of(found[cell_key])
        transaction = Transaction(uuid.uuid4().hex)
        moved = counted(cell, added, removed, cell.modified, transaction.operation)
        moved = moved._replace(changes=cell.changes, told=cell.told + last)
        transaction.put(
            items.cell_item(self._organization, group_id, moved),
            f"{UNTOUCHED} AND p = :p",
            as_read(cell) | {":p": items.text(intent)},
        )
        for member in added:
            transaction.put(items.item_of(of_member[member], "member"))
            transaction.put(items.item_of(keys.mirror(self._organization, group_id, member), "mirror"))
            transaction.check(heads[member], PRESENT)
        for member in removed:
            transaction.delete(of_member[member])
            transaction.delete(keys.mirror(self._organization, group_id, member))
        key = keys.Key(item["pk"]["S"], item["sk"]["S"])
        mark = {":o": items.number(offset)}
        if last:
            transaction.delete(key, "o = :o", mark)
            transaction.update(
                keys.Key(key.pk, f"{intent}#{HEADER}"), "ADD n :one", PRESENT, {":one": items.number(-1)}
            )
            self._tell(transaction, item, moved.told)
        else:
            transaction.update(key, "SET o = :after", "o = :o", mark | {":after": items.number(after)})
        self._table.write(transaction)

    def _tell(self, transaction: Transaction, item: Item, sequence: int) -> None:
        group_id = item["i"]["S"]
        told = members_changed(
            items.cause_of(item["by"]),
            group_id,
            int(item["v"]["N"]),
            added=items.unpacked(item["a"]),
            removed=items.unpacked(item["r"]),
            external_id=item["x"]["S"] if "x" in item else None,
        )
        stream = f"{group_id}.{item['c']['N']}"
        transaction.ready(change_put(told, stream=stream, sequence=sequence, after=[(group_id, int(item["h"]["N"]))]))

    def _free(self, group_id: str, intent: str) -> None:
        """End an intent that has no slices left; whoever comes second finds nothing to do."""
        transaction = Transaction(uuid.uuid4().hex)
        header = keys.Key(keys.intent(self._organization, group_id, intent, 0).pk, f"{intent}#{HEADER}")
        transaction.delete(header, "n = :none", {":none": items.number(0)})
        for number in range(keys.VERSION_CELLS):
            key = keys.version_cell(self._organization, group_id, number)
            transaction.update(key, "REMOVE p", "p = :p", {":p": items.text(intent)})
        unlist(transaction, self._organization, group_id, intent, self._now())
        self._table.write(transaction)

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _leave(self, group_id: str, member_id: str, work: Item) -> None:
        """Take a deleted member out of one group; the work item's presence proves that it has not returned."""
        transaction = Transaction(uuid.uuid4().hex)
        transaction.check(keys.work(self._organization, GONE, member_id), PRESENT)
        transaction.delete(keys.member(self._organization, group_id, member_id), PRESENT)
        transaction.delete(keys.mirror(self._organization, group_id, member_id))
        found = self._table.get_many(group_keys(self._organization, group_id))
        group = record_from(self._organization, found, group_id)
        if group is not None:
            cell = next(cell for cell in group.cells if cell.number == cell_of(member_id))
            moved = counted(cell, (), (member_id,), self._now(), transaction.operation)
            transaction.put(
                items.cell_item(self._organization, group_id, moved),
                f"{UNTOUCHED} AND attribute_not_exists(p)",
                as_read(cell),
            )
            cause = items.cause_of(work["by"])
            told = members_changed(
                cause,
                group_id,
                group.version + 1,
                removed=(member_id,),
                external_id=group.document.get("externalId"),
            )
            after = [(group_id, group.own_version)]
            transaction.ready(change_put(told, stream=f"{group_id}.{cell.number}", sequence=moved.told, after=after))
        self._table.write(transaction)

    def _disband(self, group_id: str, has_time: HasTime) -> bool:
        """Remove the members of a deleted group; its cells are gone, so nobody can add one any more."""
        partition = keys.member(self._organization, group_id, "").pk
        while True:
            rows = self._table.query(partition, limit=8 * _DELETIONS)
            members = [item["sk"]["S"] for item in rows.items]
            parts = [members[start : start + _DELETIONS] for start in range(0, len(members), _DELETIONS)]
            together([partial(self._dismiss, group_id, part) for part in parts])
            if rows.last is None:
                break
            if not has_time():
                return False
        for item in self._table.query_all(keys.intent(self._organization, group_id, "", 0).pk):
            transaction = Transaction(uuid.uuid4().hex)
            transaction.delete(keys.Key(item["pk"]["S"], item["sk"]["S"]))
            self._table.write(transaction)
        return True

    def _dismiss(self, group_id: str, members: Sequence[str]) -> None:
        transaction = Transaction(uuid.uuid4().hex)
        for member in members:
            transaction.delete(keys.member(self._organization, group_id, member))
            transaction.delete(keys.mirror(self._organization, group_id, member))
        self._table.write(transaction)
