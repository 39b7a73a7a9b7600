"""Many members: commit, then apply.

A change that exceeds one transaction commits its intent: the ids, 16 bytes each, in slices beside the members, and in
every cell of the group the intent's id. From then on the change is a fact: readers lay the slices over the members,
and nobody else changes members of the group before the intent is rolled forward, by the next writer or by the
housekeeper, whoever comes first, or both at once.

A slice belongs to one cell and is applied in transactions of a few members each, every one of which moves the slice's
mark; so each member is applied, and counted, exactly once, wherever and how often a process dies. The last one deletes
the slice and tells its event. A header counts the slices that are left, and the intent is over when there are none.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.identifiers import resource_type_of
from gangway.storage import items, keys
from gangway.storage.member_writes import (
    NESTED,
    NESTED_VALUES,
    UNTOUCHED,
    as_read,
    cell_of,
    new_cells,
    refusal_for,
)
from gangway.storage.transaction import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.directory.records import Cell, Change, Record
    from gangway.storage.items import Item
    from gangway.storage.transaction import Transaction

HEADER: Final = "header"
APPLY: Final = "apply"
"""Prefix of the work item that asks the housekeeper to roll an intent forward."""

_SLICE: Final = 500
_MAX_SLICES: Final = 60
"""A transaction has a hundred actions; eight are cells, the rest is for head, lookups, header and work."""


def write(transaction: Transaction, organization: str, change: Change, group: Record) -> list[Cell]:
    """Add the actions that commit an intent for the members of a change, and return the group's cells then."""
    intent = uuid.uuid4().hex
    slices = _slices(change)
    cells: list[Cell] = []
    for cell in group.cells or new_cells(change.operation):
        moved = cell._replace(
            intent=intent,
            changes=cell.changes + (not cells),
            modified=max(change.at, cell.modified),
            operation=change.operation,
        )
        cells.append(moved)
        item = items.cell_item(organization, group.id, moved)
        if change.before is None:
            transaction.put(item)
        else:
            transaction.put(item, f"{UNTOUCHED} AND attribute_not_exists(p)", as_read(cell), refusal_for(change))
    version = group.version + 1
    for part, (cell_number, added, removed) in enumerate(slices):
        key = keys.intent(organization, group.id, intent, part)
        transaction.put(_slice_item(key, change, group, version, cell_number, added, removed), ABSENT)
    header = keys.Key(keys.intent(organization, group.id, intent, 0).pk, f"{intent}#{HEADER}")
    transaction.put(items.item_of(header, "header", n=items.number(len(slices))), ABSENT)
    nested = any(resource_type_of(member) == "Group" for member in change.added)
    transaction.update(
        keys.pending_intents(organization),
        f"SET {NESTED} ADD g :g" if nested else "SET k = :k ADD g :g",
        values={":k": items.text("pending"), ":g": _listed(group.id, intent)} | (NESTED_VALUES if nested else {}),
    )
    transaction.put(items.work_item(keys.work(organization, APPLY, group.id), group.id, change.cause))
    return cells


def unlist(transaction: Transaction, organization: str, group_id: str, intent: str, now: int) -> None:
    """Take an intent off the list of pending ones, and note the time (`overlays.JUST_NOW_MS`)."""
    transaction.update(
        keys.pending_intents(organization),
        "SET f = :f DELETE g :g",
        values={":f": items.number(now), ":g": _listed(group_id, intent)},
    )
    transaction.delete(keys.work(organization, APPLY, group_id))


def _listed(group_id: str, intent: str) -> dict[str, list[str]]:
    return {"SS": [f"{group_id}#{intent}"]}


def _slices(change: Change) -> list[tuple[int, Sequence[str], Sequence[str]]]:
    """The members of each cell, in slices as small as the transaction has room for."""
    total = len(change.added) + len(change.removed)
    size = max(_SLICE, -(-total // (_MAX_SLICES - keys.VERSION_CELLS)))
    by_cell: dict[int, list[tuple[str, bool]]] = {}
    for member in change.added:
        by_cell.setdefault(cell_of(member), []).append((member, True))
    for member in change.removed:
        by_cell.setdefault(cell_of(member), []).append((member, False))
    slices: list[tuple[int, Sequence[str], Sequence[str]]] = []
    for cell, moves in sorted(by_cell.items()):
        for start in range(0, len(moves), size):
            part = moves[start : start + size]
            added = [member for member, joins in part if joins]
            slices.append((cell, added, [member for member, joins in part if not joins]))
    return slices


def _slice_item(
    key: keys.Key,
    change: Change,
    group: Record,
    version: int,
    cell: int,
    added: Sequence[str],
    removed: Sequence[str],
) -> Item:
    external_id = group.document.get("externalId")
    attributes: dict[str, Any] = {"x": items.text(external_id)} if external_id else {}
    return items.item_of(
        key,
        "intent",
        i=items.text(group.id),
        c=items.number(cell),
        a=items.packed(added),
        r=items.packed(removed),
        o=items.number(0),
        v=items.number(version),
        h=items.number(group.own_version),
        by=items.caused(change.cause),
        **attributes,
    )
