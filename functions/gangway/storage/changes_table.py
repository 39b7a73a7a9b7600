"""One change, one transaction: the resource, its lookups, the counter, its members and its change events.

This module puts the pieces together; what a membership writes is in `member_writes`, what exceeds a transaction in
`intents`. Every action has a condition on what was read, so the transaction either describes the present state exactly
or is refused, and the caller reads again.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, cast

from gangway.directory.ports import Collision, LookupTaken, VersionChanged
from gangway.storage import intents, items, keys, member_writes
from gangway.storage.heads import lookup_name
from gangway.storage.members import GONE
from gangway.storage.outbox import change_put
from gangway.storage.transaction import ABSENT, Transaction

if TYPE_CHECKING:
    from gangway.directory.records import Change, Lookup, Record
    from gangway.storage.items import Item
    from gangway.storage.table import Table
    from gangway.storage.transaction import Refusal


class ChangeTable:
    """Implements `gangway.directory.ports.Changes`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._organization = table.organization_id

    def commit(self, change: Change) -> Record:
        """See `gangway.directory.ports.Changes.commit`."""
        transaction = Transaction(change.operation)
        if change.before is None:
            record = self._create(transaction, change, cast("Record", change.after))
        elif change.after is None:
            record = self._delete(transaction, change, change.before)
        else:
            record = self._alter(transaction, change, change.before, change.after)
        self._lookups(transaction, change)
        if change.told:
            transaction.ready(_head_events(change))
        self._table.write(transaction)
        return record

    def _create(self, transaction: Transaction, change: Change, after: Record) -> Record:
        transaction.put(items.head_item(self._organization, after), ABSENT)
        self._count(transaction, after.resource_type, 1)
        if change.replaces is not None and change.replaces.record.id == after.id:
            # A user who returns must not meet memberships of the time before, so these must all be gone by now.
            transaction.check(keys.work(self._organization, GONE, after.id), ABSENT)
        return self._members(transaction, change, after)

    def _alter(self, transaction: Transaction, change: Change, before: Record, after: Record) -> Record:
        unchanged = "v = :v"
        values = {":v": items.number(before.own_version)}
        if after.own_version != before.own_version:
            transaction.put(items.head_item(self._organization, after), unchanged, values, _moved(change))
        elif change.exactly:
            transaction.check(keys.head(self._organization, before.id), unchanged, values, _moved(change))
        return self._members(transaction, change, after)

    def _delete(self, transaction: Transaction, change: Change, before: Record) -> Record:
        key = keys.head(self._organization, before.id)
        transaction.delete(key, "v = :v", {":v": items.number(before.own_version)}, _moved(change))
        self._count(transaction, before.resource_type, -1)
        member_writes.delete_cells(transaction, self._organization, change, before)
        if before.intent:
            intents.unlist(transaction, self._organization, before.id, before.intent, change.at)
        work = keys.work(self._organization, GONE, before.id)
        transaction.put(items.work_item(work, before.id, change.cause))
        return before

    def _members(self, transaction: Transaction, change: Change, group: Record) -> Record:
        """The cells of a group, and the members themselves or the intent that stands for them."""
        if group.resource_type != "Group":
            return group
        write = member_writes.write if member_writes.fits(change) else intents.write
        return items.with_cells(group, write(transaction, self._organization, change, group))

    def _count(self, transaction: Transaction, resource_type: str, difference: int) -> None:
        # Nothing but chance keeps parallel creations apart, so a retry draws another cell.
        cell = random.randrange(keys.COUNTER_CELLS)
        transaction.update(
            keys.counter(self._organization, resource_type, cell),
            "SET k = :k ADD n :d",
            values={":k": items.text("counter"), ":d": items.number(difference)},
        )

    def _lookups(self, transaction: Transaction, change: Change) -> None:
        resource = change.after or change.before
        if resource is None:
            return
        for lookup in sorted(change.lookups_before - change.lookups_after, key=_order):
            self._let_go(transaction, change, lookup, resource)
        for lookup in sorted(change.lookups_after - change.lookups_before, key=_order):
            self._take(transaction, change, lookup, resource)

    def _let_go(self, transaction: Transaction, change: Change, lookup: Lookup, resource: Record) -> None:
        key = self._lookup_key(lookup, resource)
        if lookup.attribute == "userName" and change.after is None and change.bury_until is not None:
            own = {":i": items.text(resource.id)}
            buried = resource._replace(own_version=resource.own_version + 1, operation=change.operation)
            transaction.put(items.tombstone_item(key, buried, change.bury_until), "i = :i", own)
        else:
            transaction.delete(key)

    def _take(self, transaction: Transaction, change: Change, lookup: Lookup, resource: Record) -> None:
        item = items.item_of(self._lookup_key(lookup, resource), "lookup", i=items.text(resource.id))
        if not lookup.unique:
            transaction.put(item)
            return

        def refusal(found: Item | None) -> Exception:
            if found is None:
                return Collision("a tombstone is gone")
            return LookupTaken(lookup, items.tombstone_of(found) if items.is_tombstone(found) else None)

        if change.replaces is not None and lookup.attribute == "userName":
            dead = {":i": items.text(change.replaces.record.id), ":k": items.text("tombstone")}
            transaction.put(item, "i = :i AND k = :k", dead, refusal)
        else:
            transaction.put(item, ABSENT, refusal=refusal)

    def _lookup_key(self, lookup: Lookup, resource: Record) -> keys.Key:
        name = lookup_name(resource.resource_type, lookup)
        return keys.lookup(self._organization, name, lookup.value_key, None if lookup.unique else resource.id)


def _head_events(change: Change) -> dict[str, Any]:
    """The outbox action for the events of the resource itself; a deletion follows all changes of the members."""
    if change.after is not None:
        return change_put(change.told, sequence=change.after.own_version)
    before = cast("Record", change.before)
    follows = [(f"{before.id}.{cell.number}", cell.told) for cell in before.cells]
    return change_put(change.told, sequence=before.own_version + 1, after=follows)


def _moved(change: Change) -> Refusal:
    return lambda _item: VersionChanged() if change.exactly else Collision("the resource changed meanwhile")


def _order(lookup: Lookup) -> tuple[str, str]:
    return lookup.attribute, lookup.value_key
