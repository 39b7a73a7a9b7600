"""Memberships: one item under the group, its mirror under the member, and intents on top.

A large change of members is answered when it is committed, before it is applied; until then its intent lies in slices
beside the members. Readers lay what is left of the slices over the members, and read the slices first: a slice that is
gone by then was applied before the members are read, so a reader never misses what was committed. For the member's
side one item per organization names the groups with a pending intent; it is read together with the user.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from gangway.directory.identifiers import resource_type_of
from gangway.directory.records import Page, Position
from gangway.storage import items, keys
from gangway.storage.heads import group_keys, record_from
from gangway.storage.table import together

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gangway.directory.records import Record
    from gangway.storage.heads import HeadTable
    from gangway.storage.table import Item, Table

GONE: Final = "gone"
"""Prefix of the work item that stands for a deleted resource whose memberships are still there."""


class Overlay(NamedTuple):
    """What a pending intent adds to and takes from the members as they are stored."""

    added: frozenset[str]
    removed: frozenset[str]


class MemberTable:
    """Implements `gangway.directory.ports.Members`."""

    def __init__(self, table: Table, heads: HeadTable) -> None:
        self._table = table
        self._heads = heads
        self._organization = table.organization_id

    def view(
        self, group_id: str, member_ids: Collection[str], newcomers: Collection[str]
    ) -> tuple[Record | None, frozenset[str], frozenset[str]]:
        """One BatchGet of head, cells, members and the newcomers' heads, as long as they are at most a hundred."""
        memberships = {keys.member(self._organization, group_id, member): member for member in member_ids}
        heads = {keys.head(self._organization, newcomer): newcomer for newcomer in newcomers}
        found = self._table.get_many([*group_keys(self._organization, group_id), *memberships, *heads])
        group = record_from(self._organization, found, group_id)
        present = frozenset(member for key, member in memberships.items() if key in found)
        return group, present, frozenset(newcomer for key, newcomer in heads.items() if key in found)

    def of(self, group: Record) -> tuple[str, ...]:
        """The slices of a pending intent first, then the members."""
        overlay = self._overlay(group.id, group.intent)
        partition = keys.member(self._organization, group.id, "").pk
        stored = {item["sk"]["S"] for item in self._table.query_all(partition)}
        return tuple(sorted((stored | overlay.added) - overlay.removed))

    def deleted(self) -> frozenset[str]:
        """The work items that stand for deletions."""
        key = keys.work(self._organization, GONE, "")
        return frozenset(item["i"]["S"] for item in self._table.query_all(key.pk, prefix=key.sk))

    def among(self, pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """The members as stored, in batches, with pending intents laid over them."""
        overlays = self._overlays(self._pending())
        by_key = {keys.member(self._organization, group, member): (group, member) for group, member in pairs}
        stored = {by_key[key] for key in self._table.get_many(by_key)}
        return frozenset(pair for pair in by_key.values() if _is_member(pair, pair in stored, overlays))

    def user_with_groups(self, user_id: str) -> tuple[Record | None, tuple[str, ...]]:
        """Two round trips: the user with the list of pending intents, then its mirrors."""
        head, pending = keys.head(self._organization, user_id), keys.pending_intents(self._organization)
        found = self._table.get_many([head, pending])
        if head not in found:
            return None, ()
        groups = self._groups_of([user_id], self._overlays(found.get(pending)))
        return items.record_of(found[head]), groups[user_id]

    def groups_of(self, member_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """A query for each, in parallel, after one read of the list of pending intents."""
        return self._groups_of(member_ids, self._overlays(self._pending())) if member_ids else {}

    def users(self, group: Record) -> int:
        """What the cells count, and what is left of a pending intent."""
        counted = sum(cell.users for cell in group.cells)
        for item in self._slices(group.id, group.intent):
            added, removed = items.unpacked(item["a"]), items.unpacked(item["r"])
            moves = [(member, 1) for member in added] + [(member, -1) for member in removed]
            left = moves[int(item["o"]["N"]) :]
            counted += sum(move for member, move in left if resource_type_of(member) == "User")
        return counted

    def page(self, group: Record, start: Position, limit: int) -> Page:
        """The members in order of their ids, without groups and without those that were just deleted."""
        overlay = self._overlay(group.id, group.intent)
        partition = keys.member(self._organization, group.id, "").pk
        records: list[Record] = []
        at: Position | None = start
        while at and len(records) <= limit:
            rows = self._table.query(partition, after=at.id, limit=limit + 1 - len(records))
            stored = {item["sk"]["S"] for item in rows.items}
            arriving = {m for m in overlay.added if m > at.id and (rows.last is None or m <= rows.last)}
            ids = [m for m in sorted((stored | arriving) - overlay.removed) if resource_type_of(m) == "User"]
            at = Position(id=rows.last) if rows.last else None
            found = self._heads.records(ids)
            records += (found[member] for member in ids if member in found)
        if len(records) > limit:
            records = records[:limit]
            at = Position(id=records[-1].id)
        return Page(tuple(records), tuple(Position(id=record.id) for record in records), at)

    def skip(self, group: Record, start: Position, number: int) -> tuple[Position | None, int]:
        """Counting queries over the stored members."""
        partition = keys.member(self._organization, group.id, "").pk
        at: Position | None = start
        skipped = 0
        while at and skipped < number:
            rows = self._table.query(partition, after=at.id, limit=number - skipped, only_count=True)
            skipped += rows.number
            at = Position(id=rows.last) if rows.last else None
        return at, skipped

    def _groups_of(self, member_ids: Sequence[str], overlays: Mapping[str, Overlay]) -> dict[str, tuple[str, ...]]:
        def stored(member_id: str) -> list[Item]:
            return list(self._table.query_all(keys.mirror(self._organization, "", member_id).pk))

        found = together([partial(stored, member) for member in member_ids])
        groups = {}
        for member_id, mirrors in zip(member_ids, found, strict=True):
            ids = {item["sk"]["S"] for item in mirrors}
            candidates = ids | overlays.keys()
            groups[member_id] = tuple(
                sorted(group for group in candidates if _is_member((group, member_id), group in ids, overlays))
            )
        return groups

    def _pending(self) -> Item | None:
        return self._table.get(keys.pending_intents(self._organization))

    def _overlays(self, pending: Item | None) -> dict[str, Overlay]:
        named = pending["g"]["SS"] if pending and "g" in pending else []
        return {group: self._overlay(group, intent) for group, intent in (name.split("#") for name in named)}

    def _overlay(self, group_id: str, intent: str | None) -> Overlay:
        slices = self._slices(group_id, intent)
        return Overlay(
            frozenset(member for item in slices for member in items.unpacked(item["a"])),
            frozenset(member for item in slices for member in items.unpacked(item["r"])),
        )

    def _slices(self, group_id: str, intent: str | None) -> list[Item]:
        if intent is None:
            return []
        key = keys.intent(self._organization, group_id, intent, 0)
        found = self._table.query_all(key.pk, prefix=f"{intent}#")
        return [item for item in found if item["k"]["S"] == "intent"]


def _is_member(pair: tuple[str, str], stored: bool, overlays: Mapping[str, Overlay]) -> bool:
    group, member = pair
    overlay = overlays.get(group)
    if overlay is None:
        return stored
    return member in overlay.added or (stored and member not in overlay.removed)
