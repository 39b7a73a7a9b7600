"""Memberships: one item under the group, its mirror under the member, and pending intents on top (`overlays`).

Each side is a partition of its own, so the members of a group and the groups of a user are both one query, strongly
consistent. What is needed together is read at the same time: a user and its groups are one round trip.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.directory.identifiers import resource_type_of
from gangway.directory.records import Memberships, Page, Position
from gangway.storage import items, keys
from gangway.storage.heads import group_keys, record_from
from gangway.storage.overlays import Overlays, is_member
from gangway.storage.table import KEYS_PER_BATCH, together

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gangway.clock import Clock
    from gangway.directory.records import Record
    from gangway.storage.heads import HeadTable
    from gangway.storage.items import Item
    from gangway.storage.keys import Key
    from gangway.storage.table import Table

    type Found = dict[Key, Item]

GONE: Final = "gone"
"""Prefix of the work item that stands for a deleted resource whose memberships are still there."""


class MemberTable:
    """Implements `gangway.directory.ports.Members`."""

    def __init__(self, table: Table, heads: HeadTable, clock: Clock) -> None:
        self._table = table
        self._heads = heads
        self._overlays = Overlays(table, clock)
        self._organization = table.organization_id

    def view(
        self, group_id: str, member_ids: Collection[str], newcomers: Collection[str]
    ) -> tuple[Record | None, frozenset[str], frozenset[str]]:
        """One BatchGet of head, cells, members and the newcomers' heads, as long as they are at most a hundred.

        If they are more, head and cells come first: what is read later then cannot be older than the version.
        """
        memberships = {keys.member(self._organization, group_id, member): member for member in member_ids}
        heads = {keys.head(self._organization, newcomer): newcomer for newcomer in newcomers}
        first, rest = group_keys(self._organization, group_id), [*memberships, *heads]
        if len(first) + len(rest) <= KEYS_PER_BATCH:
            found = self._table.get_many([*first, *rest])
        else:
            found = self._table.get_many(first)
            found |= self._table.get_many(rest)
        group = record_from(self._organization, found, group_id)
        present = frozenset(member for key, member in memberships.items() if key in found)
        return group, present, frozenset(newcomer for key, newcomer in heads.items() if key in found)

    def of(self, group: Record) -> tuple[str, ...]:
        """The slices of a pending intent first, then the members."""
        overlay = self._overlays.of(group.id, group.intent)
        stored = {item["sk"]["S"] for item in self._table.query_all(self._partition(group))}
        return tuple(sorted((stored | overlay.added) - overlay.removed))

    def ids(self, group: Record, after: str) -> tuple[tuple[str, ...], str | None]:
        """The slices of a pending intent first, then one query, which reads a megabyte."""
        overlay = self._overlays.of(group.id, group.intent)
        rows = self._table.query(self._partition(group), after=after)
        stored = {item["sk"]["S"] for item in rows.items}
        return tuple(sorted(overlay.between(stored, after, rows.last))), rows.last

    def of_each(self, groups: Sequence[Record]) -> Mapping[str, tuple[str, ...]]:
        """The same for several groups, in parallel."""
        found = together([partial(self.of, group) for group in groups])
        return {group.id: members for group, members in zip(groups, found, strict=True)}

    def deleted(self) -> frozenset[str]:
        """The work items that stand for deletions."""
        key = keys.work(self._organization, GONE, "")
        return frozenset(item["i"]["S"] for item in self._table.query_all(key.pk, prefix=key.sk))

    def among(self, pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """The members as stored, in batches."""
        pending = keys.pending_intents(self._organization)
        by_key = {keys.member(self._organization, group, member): (group, member) for group, member in pairs}

        def read() -> tuple[Found, Item | None]:
            found = self._table.get_many([pending, *by_key])
            return found, found.get(pending)

        found, overlays = self._overlays.over(read)
        return frozenset(pair for key, pair in by_key.items() if is_member(*pair, key in found, overlays))

    def users_with_groups(self, user_ids: Sequence[str]) -> tuple[Mapping[str, Record], Memberships]:
        """One round trip: the users in a batch with the list of pending intents, their mirrors in a query each."""
        heads = [keys.head(self._organization, user_id) for user_id in user_ids]
        found, memberships = self._with_mirrors(heads, user_ids)
        records = [items.record_of(found[key]) for key in heads if key in found]
        return {record.id: record for record in records}, memberships

    def groups_of(self, member_ids: Sequence[str]) -> Memberships:
        """One round trip, too."""
        return self._with_mirrors([], member_ids)[1]

    def count(self, group: Record, resource_type: str | None = None) -> int:
        """What the cells count, less those who are deleted; while an intent is pending, members are counted."""
        gone = self.deleted()
        if group.intent is not None:
            members = [member for member in self.of(group) if member not in gone]
            return sum(resource_type in (None, resource_type_of(member)) for member in members)
        still = self.among([(group.id, each) for each in gone]) if gone else ()
        users = group.users - sum(resource_type_of(member) == "User" for _group, member in still)
        groups = group.members - group.users - sum(resource_type_of(member) == "Group" for _group, member in still)
        return {"User": users, "Group": groups, None: users + groups}[resource_type]

    def page(self, group: Record, start: Position, limit: int) -> Page:
        """The members in order of their ids, without groups and without those that were just deleted."""
        overlay = self._overlays.of(group.id, group.intent)
        records: list[Record] = []
        at: Position | None = start
        while at and len(records) <= limit:
            rows = self._table.query(self._partition(group), after=at.id, limit=limit + 1 - len(records))
            stored = {item["sk"]["S"] for item in rows.items}
            found_there = overlay.between(stored, at.id, rows.last)
            ids = [member for member in sorted(found_there) if resource_type_of(member) == "User"]
            at = Position(id=rows.last) if rows.last else None
            found = self._heads.records(ids)
            records += (found[member] for member in ids if member in found)
        if len(records) > limit:
            records = records[:limit]
            at = Position(id=records[-1].id)
        return Page(tuple(records), tuple(Position(id=record.id) for record in records), at)

    def skip(self, group: Record, start: Position, number: int) -> tuple[Position | None, int]:
        """Counting queries; members are read only if some may not count: groups, the deleted, or those of an intent."""
        gone = self.deleted()
        if gone or group.intent is not None or group.members > group.users:
            later = [each for each in self.of(group) if each > start.id and each not in gone]
            users = [each for each in later if resource_type_of(each) == "User"]
            return (Position(id=users[number - 1]), number) if len(users) >= number else (None, len(users))
        at: Position | None = start
        skipped = 0
        while at and skipped < number:
            rows = self._table.query(self._partition(group), after=at.id, limit=number - skipped, only_count=True)
            skipped += rows.number
            at = Position(id=rows.last) if rows.last else None
        return at, skipped

    def _partition(self, group: Record) -> str:
        return keys.member(self._organization, group.id, "").pk

    def _with_mirrors(self, others: Sequence[Key], member_ids: Sequence[str]) -> tuple[Found, Memberships]:
        """Read some items, and the groups of some users or groups, at the same time."""
        pending = keys.pending_intents(self._organization)

        def mirrors(member_id: str) -> Found:
            partition = keys.mirror(self._organization, "", member_id).pk
            return {keys.Key(partition, item["sk"]["S"]): item for item in self._table.query_all(partition)}

        def read() -> tuple[Found, Item | None]:
            parts = together(
                [
                    *(partial(mirrors, member) for member in member_ids),
                    partial(self._table.get_many, [pending, *others]),
                ]
            )
            found = {key: item for part in parts for key, item in part.items()}
            return found, found.get(pending)

        found, overlays = self._overlays.over(read)
        groups: dict[str, set[str]] = {member: set(overlays) for member in member_ids}
        by_partition = {keys.mirror(self._organization, "", member).pk: member for member in member_ids}
        for key in found:
            if key.pk in by_partition:
                groups[by_partition[key.pk]].add(key.sk)
        direct = {
            member: tuple(
                group
                for group in sorted(candidates)
                if is_member(group, member, keys.mirror(self._organization, group, member) in found, overlays)
            )
            for member, candidates in groups.items()
        }
        return found, Memberships(direct, nested="x" in found.get(pending, {}))
