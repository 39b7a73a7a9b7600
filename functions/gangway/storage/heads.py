"""Users and groups by id, by lookup, and in order.

A list is a walk through the partitions of heads, whose sort key is the id and so the time of creation. The cells of a
page's groups lie together too, so a page with versions is two queries, however many groups it shows.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gangway.directory.identifiers import resource_type_of, shard_byte
from gangway.directory.records import Page, Position
from gangway.scim.errors import InvalidCursor
from gangway.storage import items, keys
from gangway.storage.table import together

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gangway.directory.records import Lookup, Record
    from gangway.storage.items import Item
    from gangway.storage.keys import Key
    from gangway.storage.table import Table


class HeadTable:
    """Implements `gangway.directory.ports.Heads`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._organization = table.organization_id

    def record(self, resource_id: str) -> Record | None:
        """One round trip: a user is one item, a group is read together with its cells."""
        if resource_type_of(resource_id) == "Group":
            found = self._table.get_many(group_keys(self._organization, resource_id))
            return record_from(self._organization, found, resource_id)
        item = self._table.get(keys.head(self._organization, resource_id))
        return items.record_of(item) if item else None

    def records(self, resource_ids: Sequence[str], *, cells: bool = False) -> Mapping[str, Record]:
        """Batches of a hundred items, in parallel."""
        wanted: list[Key] = []
        for resource_id in resource_ids:
            if cells and resource_type_of(resource_id) == "Group":
                wanted += group_keys(self._organization, resource_id)
            else:
                wanted.append(keys.head(self._organization, resource_id))
        found = self._table.get_many(wanted)
        records = (record_from(self._organization, found, resource_id) for resource_id in resource_ids)
        return {record.id: record for record in records if record}

    def find(self, resource_type: str, lookup: Lookup) -> tuple[str, ...]:
        """A unique value is one read; others are the items whose keys begin with the value's hash.

        Whether groups may share a name is a setting, so those from before and after a change of it are both found.
        """
        key = keys.lookup(self._organization, lookup_name(resource_type, lookup), lookup.value_key, None)
        if lookup.unique:
            item = self._table.get(key)
            return (item["i"]["S"],) if item and not items.is_tombstone(item) else ()
        return tuple(item["i"]["S"] for item in self._table.query_all(key.pk, prefix=key.sk))

    def find_each(self, resource_type: str, lookups: Collection[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """Unique values are batches of a hundred, others a query each, in parallel."""
        by_key = {
            keys.lookup(self._organization, lookup_name(resource_type, each), each.value_key, None): each
            for each in lookups
            if each.unique
        }
        others = [each for each in lookups if not each.unique]
        queries = together([partial(self.find, resource_type, each) for each in others])
        taken = self._table.get_many(by_key)
        living = {by_key[key]: (item["i"]["S"],) for key, item in taken.items() if not items.is_tombstone(item)}
        return dict.fromkeys(lookups, ()) | dict(zip(others, queries, strict=True)) | living

    def count(self, resource_type: str) -> int:
        """The sum of the counter's cells."""
        cell = keys.counter(self._organization, resource_type, 0)
        return sum(int(item["n"]["N"]) for item in self._table.query_all(cell.pk, prefix=cell.sk[:2]))

    def page(self, resource_types: Sequence[str], start: Position, limit: int, *, cells: bool = False) -> Page:
        """As many queries as the page has megabytes or partitions, usually one.

        One resource more than asked for is read: only so it is certain that there is another page.
        """
        partitions = self._partitions(resource_types)
        _require_place(start, partitions)
        at: Position | None = start
        found: list[Item] = []
        positions: list[Position] = []
        while at and len(found) <= limit:
            rows = self._table.query(partitions[at.partition], after=at.id, limit=limit + 1 - len(found))
            found += rows.items
            positions += (Position(at.partition, item["sk"]["S"]) for item in rows.items)
            at = _onward(at, rows.last, len(partitions))
        if len(found) > limit:
            found, positions = found[:limit], positions[:limit]
            at = positions[-1]
        records = [items.record_of(item) for item in found]
        return Page(tuple(self._with_cells(records) if cells else records), tuple(positions), at)

    def skip(self, resource_types: Sequence[str], start: Position, number: int) -> tuple[Position | None, int]:
        """Counting queries, which evaluate a megabyte each and answer a number."""
        partitions = self._partitions(resource_types)
        _require_place(start, partitions)
        at: Position | None = start
        skipped = 0
        while at and skipped < number:
            rows = self._table.query(partitions[at.partition], after=at.id, limit=number - skipped, only_count=True)
            skipped += rows.number
            at = _onward(at, rows.last, len(partitions))
        return at, skipped

    def _partitions(self, resource_types: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            partition
            for resource_type in resource_types
            for partition in keys.head_partitions(self._organization, resource_type)
        )

    def _with_cells(self, records: Sequence[Record]) -> list[Record]:
        groups = [record for record in records if record.resource_type == "Group"]
        by_shard: dict[str, list[str]] = {}
        for group in groups:
            by_shard.setdefault(shard_byte(group.id), []).append(group.id)
        read = [partial(self._cells_between, ids[0], ids[-1]) for ids in by_shard.values()]
        cells = [item for part in together(read) for item in part]
        by_group: dict[str, list[Item]] = {}
        for item in cells:
            by_group.setdefault(item["i"]["S"], []).append(item)
        return [
            items.with_cells(record, [items.cell_of(item) for item in by_group.get(record.id, ())])
            for record in records
        ]

    def _cells_between(self, first: str, last: str) -> list[Item]:
        low = keys.version_cell(self._organization, first, 0)
        high = keys.version_cell(self._organization, last, keys.VERSION_CELLS - 1)
        return list(self._table.query_all(low.pk, between=(low.sk, high.sk)))


def group_keys(organization: str, group_id: str) -> list[Key]:
    """The keys of a group's head and cells."""
    cells = [keys.version_cell(organization, group_id, cell) for cell in range(keys.VERSION_CELLS)]
    return [keys.head(organization, group_id), *cells]


def record_from(organization: str, found: Mapping[Key, Item], resource_id: str) -> Record | None:
    """The user or group among items that were read, with those of its cells that were read."""
    item = found.get(keys.head(organization, resource_id))
    if item is None:
        return None
    cells = (found.get(key) for key in group_keys(organization, resource_id)[1:])
    return items.with_cells(items.record_of(item), [items.cell_of(cell) for cell in cells if cell])


def lookup_name(resource_type: str, lookup: Lookup) -> str:
    """Users and groups have lookups of the same names; the letter keeps them apart in keys."""
    return f"{resource_type[0]}.{lookup.attribute}"


def _require_place(at: Position, partitions: Sequence[str]) -> None:
    """Refuse a place that somebody made up."""
    if not 0 <= at.partition < len(partitions):
        raise InvalidCursor("There is no such place in this list. Begin again without a cursor.")


def _onward(at: Position, last: str | None, partitions: int) -> Position | None:
    """Where to go on after a query: in the same partition, in the next one, or nowhere."""
    if last is not None:
        return Position(at.partition, last)
    return Position(at.partition + 1) if at.partition + 1 < partitions else None
