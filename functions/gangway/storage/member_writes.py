"""What a change of members writes when it fits one transaction.

A membership is two items, and its cell counts it; the condition on each says that the member was not there before (or
was), so two changes of the same member cannot both count, and that the cell is as it was read, so the cell's events
are told in the order in which they happened. The newcomer's head is only checked: somebody who is being deleted cannot
become a member, and nobody else's change is disturbed.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from gangway.changes.tell import members_changed
from gangway.directory.identifiers import resource_type_of
from gangway.directory.ports import Collision, IntentPending, MemberGone, VersionChanged
from gangway.directory.records import Cell
from gangway.storage import items, keys
from gangway.storage.outbox import change_put
from gangway.storage.transaction import ABSENT, PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.directory.records import Change, Record
    from gangway.storage.items import Item
    from gangway.storage.transaction import Refusal, Transaction

ROOM: Final = 72
"""Actions left for members: 100 less 8 cells with 8 outbox items, head, lookups, counter, outbox and a spare few."""

UNTOUCHED: Final = "v = :v AND n = :n"
"""Condition on a cell: as it was read."""

NESTED: Final = "k = :k, x = :x"
NESTED_VALUES: Final = {":k": items.text("pending"), ":x": items.number(1)}
"""Note, beside the pending intents, that a group has become a member of a group; until then nobody looks for that."""


def cell_of(member_id: str) -> int:
    """The cell of a member, always the same one."""
    return zlib.crc32(member_id.encode()) % keys.VERSION_CELLS


def fits(change: Change) -> bool:
    """Whether the members of a change fit one transaction: three actions to add one, two to remove one."""
    return 3 * len(change.added) + 2 * len(change.removed) <= ROOM


def write(transaction: Transaction, organization: str, change: Change, group: Record) -> list[Cell]:
    """Add the actions for members and cells of a group that is created or altered, and return its cells then."""
    touched: dict[int, tuple[list[str], list[str]]] = {}
    for member in change.added:
        touched.setdefault(cell_of(member), ([], []))[0].append(member)
    for member in change.removed:
        touched.setdefault(cell_of(member), ([], []))[1].append(member)
    version = group.version
    cells = []
    for cell in group.cells or new_cells(change.operation):
        added, removed = touched.get(cell.number, ((), ()))
        moved = counted(cell, added, removed, change.at, change.operation) if added or removed else cell
        # Cells come first: of several refusals the first one counts, and a cell's says most.
        _write_cell(transaction, organization, change, group.id, cell, moved)
        if moved is not cell:
            version += 1
            _tell(transaction, change, group, moved, version, added, removed)
        cells.append(moved)
    for member in change.added:
        _add(transaction, organization, group.id, member)
    for member in change.removed:
        _remove(transaction, organization, group.id, member)
    if any(resource_type_of(member) == "Group" for member in change.added):
        transaction.update(keys.pending_intents(organization), f"SET {NESTED}", values=NESTED_VALUES)
    return cells


def new_cells(operation: str) -> tuple[Cell, ...]:
    """The cells of a group that is created."""
    return tuple(Cell(number, operation=operation) for number in range(keys.VERSION_CELLS))


def delete_cells(transaction: Transaction, organization: str, change: Change, group: Record) -> None:
    """A group's deletion takes its cells along, as they were read: no change of members can slip in behind it."""
    for cell in group.cells:
        key = keys.version_cell(organization, group.id, cell.number)
        transaction.delete(key, UNTOUCHED, as_read(cell), refusal_for(change))


def counted(cell: Cell, added: Iterable[str], removed: Iterable[str], now: int, operation: str) -> Cell:
    """The cell after a change of its members."""
    added, removed = tuple(added), tuple(removed)
    users = sum(resource_type_of(member) == "User" for member in added)
    users -= sum(resource_type_of(member) == "User" for member in removed)
    return cell._replace(
        changes=cell.changes + 1,
        told=cell.told + 1,
        users=cell.users + users,
        groups=cell.groups + len(added) - len(removed) - users,
        modified=max(now, cell.modified),
        operation=operation,
    )


def as_read(cell: Cell) -> dict[str, dict[str, str]]:
    """The values of `UNTOUCHED`."""
    return {":v": items.number(cell.changes), ":n": items.number(cell.told)}


def refusal_for(change: Change) -> Refusal:
    """What it means that a cell is not as it was read."""

    def refusal(found: Item | None) -> Exception:
        if found is not None and "p" in found:
            return IntentPending()
        return VersionChanged() if change.exactly else Collision("members changed meanwhile")

    return refusal


def _write_cell(
    transaction: Transaction, organization: str, change: Change, group_id: str, cell: Cell, moved: Cell
) -> None:
    item = items.cell_item(organization, group_id, moved)
    if change.before is None:
        transaction.put(item)
    elif moved is not cell:
        transaction.put(item, f"{UNTOUCHED} AND attribute_not_exists(p)", as_read(cell), refusal_for(change))
    elif change.exactly:
        key = keys.version_cell(organization, group_id, cell.number)
        transaction.check(key, UNTOUCHED, as_read(cell), refusal_for(change))


def _add(transaction: Transaction, organization: str, group_id: str, member: str) -> None:
    def gone(_item: Item | None) -> Exception:
        return MemberGone()

    transaction.put(items.item_of(keys.member(organization, group_id, member), "member"), ABSENT)
    transaction.put(items.item_of(keys.mirror(organization, group_id, member), "mirror"))
    transaction.check(keys.head(organization, member), PRESENT, refusal=gone)


def _remove(transaction: Transaction, organization: str, group_id: str, member: str) -> None:
    transaction.delete(keys.member(organization, group_id, member), PRESENT)
    transaction.delete(keys.mirror(organization, group_id, member))


def _tell(
    transaction: Transaction,
    change: Change,
    group: Record,
    cell: Cell,
    version: int,
    added: Iterable[str],
    removed: Iterable[str],
) -> None:
    told = members_changed(
        change.cause,
        group.id,
        version,
        added=added,
        removed=removed,
        external_id=group.document.get("externalId"),
    )
    head = (group.id, group.own_version)
    transaction.ready(change_put(told, stream=f"{group.id}.{cell.number}", sequence=cell.told, after=[head]))
