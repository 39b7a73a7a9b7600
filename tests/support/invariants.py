"""What must be true of an organization's items at any moment, for races and faults: two judges.

`findings` recomputes from users and groups what items there should be, reading the table as a whole; it knows nothing
of fsck. `fsck` is what operators run; here it looks at a copy, so that its many queries cost nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gangway.directory.identifiers import resource_type_of
from gangway.directory.lookups import lookups_of
from gangway.directory.upkeep.fsck import Fsck
from gangway.storage import items, keys
from gangway.storage.fsck.inspector import open_inspector
from gangway.storage.heads import lookup_name
from gangway.storage.member_writes import cell_of
from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.clocks import StoppedClock
from tests.support.directories import REGISTRY, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gangway.directory.records import Record

    type Item = dict[str, Any]


def items_of(client: Any) -> list[Item]:
    """All items of the table, of the fake or of an emulator."""
    if hasattr(client, "items"):
        return list(client.items())
    pages = client.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def fsck(client: Any, organization: str) -> list[str]:
    """What fsck finds, one line each."""
    copy = FakeDynamoDB(TABLE)
    copy.load(items_of(client))
    inspector = open_inspector(copy, TABLE, organization, REGISTRY, StoppedClock())
    return [str(finding) for finding in Fsck(inspector).run(None, lambda: True).findings]


@dataclass
class _Sight:
    """The items of one organization by kind."""

    organization: str
    by_kind: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[str, Record] = field(default_factory=dict)

    def keys(self, kind: str) -> set[tuple[str, str]]:
        return {(item["pk"]["S"], item["sk"]["S"]) for item in self.by_kind[kind]}

    def gone(self) -> set[str]:
        """Ids of the deleted whose clean-up has not ended."""
        return {item["i"]["S"] for item in self.by_kind["work"] if item["sk"]["S"].startswith("gone#")}


def findings(client: Any, organization: str, *, settled: bool = False, unique_names: bool = True) -> list[str]:
    """What is wrong, one line each; `settled` insists that nothing is left to be done."""
    sight = _Sight(organization)
    for item in items_of(client):
        if item["pk"]["S"].startswith(f"{organization}#"):
            sight.by_kind[item["k"]["S"]].append(item)
    for item in sight.by_kind["user"] + sight.by_kind["group"]:
        sight.heads[item["i"]["S"]] = items.record_of(item)
    found = [
        *_lookups(sight, unique_names),
        *_counters(sight),
        *_members(sight),
        *_cells(sight),
        *_intents(sight),
        *_events(sight),
    ]
    if settled:
        found += [
            f"{kind} left: {len(sight.by_kind[kind])}" for kind in ("work", "intent", "header") if sight.by_kind[kind]
        ]
    return found


def _lookups(sight: _Sight, unique_names: bool) -> Iterator[str]:
    implied = {}
    for record in sight.heads.values():
        resource_type = REGISTRY.resource_types[record.resource_type]
        for lookup in lookups_of(record.document, resource_type, unique_names=unique_names):
            name = lookup_name(record.resource_type, lookup)
            owner = None if lookup.unique else record.id
            implied[keys.lookup(sight.organization, name, lookup.value_key, owner)] = record.id
    stored = {keys.Key(i["pk"]["S"], i["sk"]["S"]): i["i"]["S"] for i in sight.by_kind["lookup"]}
    for key in implied.items() ^ stored.items():
        yield f"lookup {'missing' if key in implied.items() else 'orphaned'}: {key}"
    for item in sight.by_kind["tombstone"]:
        if item["i"]["S"] in sight.heads:
            yield f"tombstone of somebody alive: {item['i']['S']}"


def _counters(sight: _Sight) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for item in sight.by_kind["counter"]:
        counted[item["sk"]["S"][0]] += int(item["n"]["N"])
    for letter, kind in (("U", "user"), ("G", "group")):
        if counted[letter] != len(sight.by_kind[kind]):
            yield f"{counted[letter]} {kind}s counted, {len(sight.by_kind[kind])} there"


def _pairs(sight: _Sight, kind: str) -> set[tuple[str, str]]:
    """Memberships, as (group, member), that items of one side stand for."""
    found = {(pk.split("#")[2], sk) for pk, sk in sight.keys(kind)}
    return found if kind == "member" else {(sk, pk) for pk, sk in found}


def _members(sight: _Sight) -> Iterator[str]:
    members, mirrors = _pairs(sight, "member"), _pairs(sight, "mirror")
    for pair in members ^ mirrors:
        yield f"membership on one side only: {pair}"
    for group, member in members | mirrors:
        for each in (group, member):
            if each not in sight.heads and each not in sight.gone():
                yield f"membership of nobody: {(group, member)}"


def _cells(sight: _Sight) -> Iterator[str]:
    counted: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for group, member in _pairs(sight, "member"):
        counted[group, cell_of(member)][resource_type_of(member)] += 1
    groups = {item["i"]["S"] for item in sight.by_kind["group"]}
    seen: Counter[str] = Counter()
    for item in sight.by_kind["version"]:
        group, cell = item["i"]["S"], items.cell_of(item)
        seen[group] += 1
        there = counted[group, cell.number]
        if (cell.users, cell.groups) != (there["User"], there["Group"]):
            yield f"cell {cell.number} of {group} counts {(cell.users, cell.groups)}, there are {dict(there)}"
    for group in groups | seen.keys():
        if seen[group] != (keys.VERSION_CELLS if group in groups else 0):
            yield f"{seen[group]} cells of {group}"


def _intents(sight: _Sight) -> Iterator[str]:
    pending: dict[str, set[str]] = defaultdict(set)
    for item in sight.by_kind["version"]:
        pending[item["i"]["S"]].add(item["p"]["S"] if "p" in item else "")
    named = {f"{group}#{intent}" for group, intents in pending.items() for intent in intents if intent}
    if any(len(intents) > 1 for intents in pending.values()):
        yield "an intent is in some cells of a group only"
    listed = {name for item in sight.by_kind["pending"] for name in item.get("g", {}).get("SS", ())}
    headers = {f"{pk.split('#')[2]}#{sk.split('#')[0]}" for pk, sk in sight.keys("header")}
    working = {item["i"]["S"] for item in sight.by_kind["work"] if item["sk"]["S"].startswith("apply#")}
    if named != listed or not named <= headers or {name.split("#")[0] for name in named} != working:
        yield f"intents in cells {named}, listed {listed}, with header {headers}, to be applied {working}"
    for header in headers - named:
        if header.split("#")[0] not in sight.gone():
            yield f"header of no intent: {header}"


def _events(sight: _Sight) -> Iterator[str]:
    """Every stream of events goes from 1 to the version of what it tells of, as long as no relay has taken any."""
    told: dict[str, list[int]] = defaultdict(list)
    for item in sight.by_kind["outbox"]:
        stream, _, sequence = item["sk"]["S"].rpartition("#")
        told[stream].append(int(sequence))
    last = {record.id: record.own_version for record in sight.heads.values()}
    last |= {f"{i['i']['S']}.{i['c']['N']}": int(i["n"]["N"]) for i in sight.by_kind["version"]}
    for stream, version in last.items():
        yield from _gaps(stream, told[stream], version)
    for stream in told.keys() - last.keys():
        yield from _gaps(stream, told[stream], len(told[stream]))


def _gaps(stream: str, told: Iterable[int], version: int) -> Iterator[str]:
    if sorted(told) != list(range(1, version + 1)):
        yield f"events of {stream}: {sorted(told)}, version {version}"
