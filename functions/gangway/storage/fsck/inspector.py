"""The phases of a check, each a walk over partitions that can stop after any page and go on from there.

Partition keys follow from ids and constants, so nothing scans: the log names what was, lookups and memberships name
what ought to be, and heads say what is. An order of the phases matters for repairs only: the log comes first, because
what it has lost must not be taken for a change that was never told; memberships come before the counts of the cells,
which decide about a half of a membership that is left alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.identifiers import is_id
from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.counters import examine_counters
from gangway.storage.fsck.examiner import Examiner
from gangway.storage.fsck.ground import Ground
from gangway.storage.fsck.groups import judge_group
from gangway.storage.fsck.history import entry_keys, parts_of
from gangway.storage.fsck.log import judge_beyond, judge_entry, judge_head
from gangway.storage.fsck.lookups import ATTRIBUTES, judge_lookup
from gangway.storage.fsck.memberships import Pair, judge_membership
from gangway.storage.fsck.outbox import judge_waiting
from gangway.storage.fsck.resources import beginning_of_log, judge_resource
from gangway.storage.fsck.sight import Part, Sight, key_of, kind_of, number_of, text_of
from gangway.storage.fsck.values import judge_values, resource_of
from gangway.storage.fsck.work import judge_work
from gangway.storage.heads import group_keys
from gangway.storage.log_move import read_head
from gangway.storage.table import Table, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gangway.clock import Clock
    from gangway.scim.schema import Registry
    from gangway.storage.keys import Key
    from gangway.storage.table import Item

_PAGE: Final = 100
_LOOKUP_PARTITIONS: Final = 256
_LOOKUPS_AT_ONCE: Final = 32


class TableInspector:
    """Implements `gangway.directory.upkeep.fsck.Inspector`.

    Args:
        table: the organization's part of the table.
        registry: its schemas.
        clock: dates notes and events.
    """

    def __init__(self, table: Table, registry: Registry, clock: Clock) -> None:
        self._table = table
        self._ground = Ground(table.organization_id, registry, clock)
        self._organization = table.organization_id
        self._phases: dict[str, Callable[[Examiner, str], Inspected]] = {
            "log": self._log,
            "outbox": self._outbox,
            "users": partial(self._resources, "User"),
            "groups": partial(self._resources, "Group"),
            "lookups": self._lookups,
            "cells": self._cells,
            "members": partial(self._memberships, "Group", "member"),
            "memberships of users": partial(self._memberships, "User", "mirror"),
            "memberships of groups": partial(self._memberships, "Group", "mirror"),
            "the deleted": self._of_the_logged,
            "counts of members": self._groups,
            "work": self._work,
            "counters": self._counters,
        }

    @property
    def phases(self) -> Sequence[str]:
        """See `gangway.directory.upkeep.fsck.Inspector.phases`."""
        return tuple(self._phases)

    def expected(self) -> int:
        """Three looks at each user and five at each group, and one at each entry of the log; lookups are not known."""
        cells = list(self._table.query_all(keys.counter(self._organization, "User", 0).pk))
        counted = dict.fromkeys("UG", 0)
        for item in cells:
            counted[item["sk"]["S"][:1]] = counted.get(item["sk"]["S"][:1], 0) + int(item.get("n", {}).get("N", 0))
        entries = max(0, read_head(self._table).number + 1 - self._oldest())
        return 3 * counted["U"] + 5 * counted["G"] + entries + len(ATTRIBUTES) * _LOOKUP_PARTITIONS

    def inspect(self, phase: str, after: str, *, repair: bool, has_time: Callable[[], bool]) -> Inspected:
        """See `gangway.directory.upkeep.fsck.Inspector.inspect`."""
        examiner = Examiner(self._table, repair=repair)
        checked, findings, at = 0, list[Finding](), after
        while True:
            piece = self._phases[phase](examiner, at)
            checked += piece.checked
            findings += piece.findings
            if piece.after is None or not has_time():
                return Inspected(checked, tuple(findings), piece.after)
            at = piece.after

    # -- users and groups ---------------------------------------------------------------------------------------------

    def _resources(self, resource_type: str, examiner: Examiner, after: str) -> Inspected:
        partitions = keys.head_partitions(self._organization, resource_type)
        found, following = self._page(partitions, after)
        sight = self._sight_of(found)
        findings: list[Finding] = []
        for item in found:
            findings += examiner.examine(judge_resource(self._ground, key_of(item)), sight)
        return Inspected(len(found), tuple(findings), following)

    def _sight_of(self, found: Sequence[Item]) -> Sight:
        """All that judging a page of resources takes, if nothing of them waits in the outbox."""
        records = [(item, self._ground.record_in(item, item["sk"]["S"])) for item in found]
        known = [record for _item, record in records if record]
        wanted = [key for record in known for lookup in self._ground.lookups(record) for key in lookup.keys]
        sight = Sight({key_of(item): item for item in found})
        lookups = self._table.get_many(wanted)
        sight.items |= {key: lookups.get(key) for key in wanted}
        parts = {record.id: parts_of(self._organization, record.id) for record in known}
        told = together([partial(self._whole, values) for _waiting, _letters, values in parts.values()])
        entries = [key for values in told for key in entry_keys(self._organization, values)]
        entries += beginning_of_log(self._organization)
        logged = self._table.get_many(entries)
        sight.lasting = {key: logged.get(key) for key in entries}
        sight.items |= sight.lasting
        for record, values in zip(known, told, strict=True):
            waiting, letters, own = parts[record.id]
            damage = Part(*keys.log_damage(self._organization, record.id, None))
            sight.parts |= {waiting: (), letters: (), damage: (), own: values}
        return sight

    def _whole(self, part: Part) -> list[Item]:
        return list(self._table.query_all(part.pk, prefix=part.prefix))

    # -- lookups ------------------------------------------------------------------------------------------------------

    def _lookups(self, examiner: Examiner, after: str) -> Inspected:
        """Several partitions at a time: most hold little."""
        start = int(after or 0)
        end = min(start + _LOOKUPS_AT_ONCE, len(ATTRIBUTES) * _LOOKUP_PARTITIONS)
        names = [f"{ATTRIBUTES[at // _LOOKUP_PARTITIONS]}#{at % _LOOKUP_PARTITIONS:02x}" for at in range(start, end)]
        listed = together([partial(self._whole, Part(f"{self._organization}#L#{name}")) for name in names])
        found = [item for part in listed for item in part]
        heads = [keys.head(self._organization, each) for item in found if (each := _id_in(item))]
        there = self._table.get_many(heads)
        sight = Sight({key: there.get(key) for key in heads} | {key_of(item): item for item in found})
        findings: list[Finding] = []
        for item in found:
            findings += examiner.examine(judge_lookup(self._ground, key_of(item)), sight)
        findings += self._remains(examiner, {text_of(item, "i") for item in found if kind_of(item) == "tombstone"})
        last = end == len(ATTRIBUTES) * _LOOKUP_PARTITIONS
        return Inspected(end - start, tuple(findings), None if last else str(end))

    # -- groups and members -------------------------------------------------------------------------------------------

    def _cells(self, examiner: Examiner, after: str) -> Inspected:
        """Cells without a group: those of groups that are there are judged with them."""
        partitions = [p.replace("#G#", "#V#") for p in keys.head_partitions(self._organization, "Group")]
        found, following = self._page(partitions, after)
        groups = sorted({each for item in found if (each := _id_in({"i": {"S": item["sk"]["S"].partition("#")[0]}}))})
        heads = self._table.get_many([keys.head(self._organization, group) for group in groups])
        findings: list[Finding] = []
        for group in groups:
            if keys.head(self._organization, group) not in heads:
                findings += examiner.certain(judge_group(self._ground, group))
        return Inspected(0, tuple(findings), following)

    def _memberships(self, resource_type: str, side: str, examiner: Examiner, after: str) -> Inspected:
        """The memberships of a page of resources, seen from one side."""
        found, following = self._page(keys.head_partitions(self._organization, resource_type), after)
        ids = [each for item in found if (each := _id_in({"i": item["sk"]}))]
        findings: list[Finding] = []
        key_for = keys.member if side == "member" else keys.mirror
        if side == "member":
            for group_id in ids:
                listed = (i["sk"]["S"] for i in self._table.query_all(key_for(self._organization, group_id, "").pk))
                findings += self._pairs(examiner, [Pair(group_id, member) for member in listed])
        else:
            listed_by = together(
                [partial(self._whole, Part(keys.mirror(self._organization, "", each).pk)) for each in ids]
            )
            pairs = [Pair(i["sk"]["S"], each) for each, own in zip(ids, listed_by, strict=True) for i in own]
            findings += self._pairs(examiner, pairs)
        return Inspected(len(found), tuple(findings), following)

    def _of_the_logged(self, examiner: Examiner, after: str) -> Inspected:
        """What is left of those who are not there any more, and whom the log still names."""
        number = int(after) if after else self._oldest() - 1
        end = min(read_head(self._table).number, number + _PAGE)
        if end <= number:
            return Inspected(0, (), None)
        entries = self._table.get_many(
            [keys.log_entry(self._organization, each) for each in range(number + 1, end + 1)]
        )
        named = {resource_of(item) for item in entries.values()}
        return Inspected(0, tuple(self._remains(examiner, named)), str(end))

    def _remains(self, examiner: Examiner, named: Iterable[str | None]) -> list[Finding]:
        """Memberships, and values of events, of those among the named who are not there."""
        ids = sorted(each for each in named if is_id(each) and each)
        there = self._table.get_many([keys.head(self._organization, each) for each in ids])
        gone = [each for each in ids if keys.head(self._organization, each) not in there]
        members = [Part(keys.member(self._organization, each, "").pk) for each in gone]
        mirrors = [Part(keys.mirror(self._organization, "", each).pk) for each in gone]
        values = [parts_of(self._organization, each)[2] for each in gone]
        listed = together([partial(self._whole, part) for part in (*members, *mirrors, *values)])
        of_part = dict(zip((*members, *mirrors, *values), listed, strict=True))
        pairs = [Pair(each, i["sk"]["S"]) for each, part in zip(gone, members, strict=True) for i in of_part[part]]
        pairs += [Pair(i["sk"]["S"], each) for each, part in zip(gone, mirrors, strict=True) for i in of_part[part]]
        findings = self._pairs(examiner, pairs)
        sight = Sight(parts={part: of_part[part] for part in values})
        entries = [key for part in values for key in entry_keys(self._organization, of_part[part])]
        logged = self._table.get_many(entries)
        sight.lasting = {key: logged.get(key) for key in entries}
        for each in gone:
            findings += examiner.examine(judge_values(self._ground, each), sight)
        return findings

    def _pairs(self, examiner: Examiner, pairs: Iterable[Pair]) -> list[Finding]:
        pairs = list(pairs)
        findings: list[Finding] = []
        for start in range(0, len(pairs), 10 * _PAGE):
            page = pairs[start : start + 10 * _PAGE]
            wanted = [key for pair in page for key in self._keys_of(pair)]
            there = self._table.get_many(wanted)
            sight = Sight({key: there.get(key) for key in wanted})
            for pair in page:
                findings += examiner.examine(judge_membership(self._ground, pair), sight)
        return findings

    def _keys_of(self, pair: Pair) -> list[Key]:
        both = [keys.member(self._organization, *pair), keys.mirror(self._organization, *pair)]
        return both + [keys.head(self._organization, each) for each in pair if _id_in({"i": {"S": each}})]

    def _groups(self, examiner: Examiner, after: str) -> Inspected:
        found, following = self._page(keys.head_partitions(self._organization, "Group"), after)
        findings: list[Finding] = []
        ids = [each for item in found if (each := _id_in({"i": item["sk"]}))]
        wanted = [key for group_id in ids for key in group_keys(self._organization, group_id)]
        there = self._table.get_many(wanted)
        for group_id in ids:
            sight = Sight({key: there.get(key) for key in group_keys(self._organization, group_id)})
            for part in (
                Part(keys.member(self._organization, group_id, "").pk),
                Part(keys.intent(self._organization, group_id, "", 0).pk),
            ):
                sight.parts[part] = self._whole(part)
            findings += examiner.examine(judge_group(self._ground, group_id), sight)
        return Inspected(len(found), tuple(findings), following)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _work(self, examiner: Examiner, _after: str) -> Inspected:
        found = self._whole(Part(keys.pending_intents(self._organization).pk))
        findings = [f for item in found for f in examiner.certain(judge_work(self._ground, key_of(item)))]
        return Inspected(len(found), tuple(findings), None)

    def _counters(self, examiner: Examiner, _after: str) -> Inspected:
        return Inspected(0, tuple(examine_counters(self._ground, examiner)), None)

    def _outbox(self, examiner: Examiner, after: str) -> Inspected:
        partitions = [keys.outbox_partition(self._organization, lane) for lane in range(keys.OUTBOX_LANES)]
        found, following = self._page(partitions, after)
        sight = Sight({key_of(item): item for item in found})
        findings = [f for item in found for f in self._waiting(examiner, key_of(item), sight)]
        return Inspected(len(found), tuple(findings), following)

    def _waiting(self, examiner: Examiner, key: Key, sight: Sight) -> list[Finding]:
        return examiner.examine(judge_waiting(self._ground, key), sight)

    def _log(self, examiner: Examiner, after: str) -> Inspected:
        findings: list[Finding] = []
        if not after:
            findings += examiner.certain(judge_head(self._ground))
        number = int(after) if after else self._oldest() - 1
        end = min(read_head(self._table).number, number + _PAGE)
        numbers = range(number + 1, end + 1)
        sight = self._sight_of_log(numbers)
        for each in numbers:
            findings += examiner.examine(judge_entry(self._ground, each), sight)
        if end > number:
            return Inspected(len(numbers), tuple(findings), str(end))
        listed = self._table.query_all(keys.log_entry(self._organization, end).pk)
        beyond = [key_of(item) for item in listed if not item["sk"]["S"].isdecimal() or int(item["sk"]["S"]) > end]
        findings += [f for key in beyond for f in examiner.certain(judge_beyond(self._ground, key))]
        return Inspected(0, tuple(findings), None)

    def _oldest(self) -> int:
        """The first number that has not expired; those that are gone before it may have expired."""
        now, last = self._ground.now(), read_head(self._table).number
        for bucket in range(last // keys.LOG_BUCKET + 1):
            for item in self._table.query_all(keys.log_entry(self._organization, bucket * keys.LOG_BUCKET).pk):
                if (number_of(item, "ttl") or now + 1) > now and item["sk"]["S"].isdecimal():
                    return int(item["sk"]["S"])
        return last + 1

    def _sight_of_log(self, numbers: range) -> Sight:
        """A page of entries with the one before, and their values."""
        wanted = [keys.log_entry(self._organization, each) for each in range(numbers.start - 1, numbers.stop)]
        found = self._table.get_many(wanted)
        beside: list[Key] = [keys.log_damage(self._organization, "-", each) for each in numbers]
        for each in numbers:
            entry = found.get(keys.log_entry(self._organization, each))
            resource_id = resource_of(entry) if entry else None
            if resource_id:
                beside += [
                    keys.event_values(self._organization, resource_id, each),
                    keys.log_damage(self._organization, resource_id, each),
                    keys.erasure(self._organization, resource_id),
                ]
        there = self._table.get_many(beside)
        return Sight({key: found.get(key) for key in wanted} | {key: there.get(key) for key in beside})

    def _page(self, partitions: Sequence[str], after: str) -> tuple[list[Item], str | None]:
        """The next items of some partitions; a position is the partition's place and the last sort key."""
        place, _, sort_key = after.partition("/")
        at = int(place or 0)
        rows = self._table.query(partitions[at], after=sort_key, limit=_PAGE)
        if rows.last is not None:
            return list(rows.items), f"{at}/{rows.last}"
        return list(rows.items), f"{at + 1}/" if at + 1 < len(partitions) else None


def _id_in(item: Item) -> str | None:
    """The id of the resource that an item names, if it can be one."""
    resource_id = text_of(item, "i")
    return resource_id if is_id(resource_id) else None


def open_inspector(
    client: Any, table_name: str, organization_id: str, registry: Registry, clock: Clock
) -> TableInspector:
    """The inspector of one organization."""
    return TableInspector(Table(client, table_name, organization_id), registry, clock)
