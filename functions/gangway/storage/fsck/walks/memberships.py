"""Memberships, seen from groups and seen from members."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id
from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.memberships import Pair, judge_membership
from gangway.storage.fsck.sight import Part, Sight
from gangway.storage.fsck.walks.walk import PAGE, ids_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.storage.fsck.walks.walk import Phase, Walk
    from gangway.storage.keys import Key


def members(walk: Walk, after: str) -> Inspected:
    """The members of a page of groups; one group at a time, as it may have many."""
    found, following = walk.page(keys.head_partitions(walk.organization, "Group"), after)
    findings: list[Finding] = []
    for group in ids_in(found):
        listed = walk.table.query_all(keys.member(walk.organization, group, "").pk)
        findings += examined(walk, (Pair(group, item["sk"]["S"]) for item in listed))
    return Inspected(len(found), tuple(findings), following)


def groups_of(resource_type: str) -> Phase:
    """What users, or groups, are members of."""
    return partial(_groups_of, resource_type)


def _groups_of(resource_type: str, walk: Walk, after: str) -> Inspected:
    found, following = walk.page(keys.head_partitions(walk.organization, resource_type), after)
    parts = {each: Part(keys.mirror(walk.organization, "", each).pk) for each in ids_in(found)}
    listed = walk.wholes(parts.values())
    pairs = [Pair(item["sk"]["S"], each) for each, part in parts.items() for item in listed[part]]
    return Inspected(len(found), tuple(examined(walk, pairs)), following)


def examined(walk: Walk, pairs: Iterable[Pair]) -> list[Finding]:
    """Examine memberships, some hundreds at a time."""
    known = list(pairs)
    findings: list[Finding] = []
    for start in range(0, len(known), 10 * PAGE):
        some = known[start : start + 10 * PAGE]
        pending = keys.pending_intents(walk.organization)
        sight = Sight(walk.there([pending, *(key for pair in some for key in _keys_of(walk, pair))]))
        for pair in some:
            findings += walk.examiner.examine(judge_membership(walk.ground, pair), sight)
    return findings


def _keys_of(walk: Walk, pair: Pair) -> list[Key]:
    both = [keys.member(walk.organization, *pair), keys.mirror(walk.organization, *pair)]
    return both + [keys.head(walk.organization, each) for each in pair if is_id(each)]
