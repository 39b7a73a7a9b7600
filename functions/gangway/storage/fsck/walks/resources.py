"""Users and groups, page by page in order of their ids, with everything that hangs on them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.groups import judge_cell, judge_group
from gangway.storage.fsck.history import beginning_of_log, entry_keys, parts_of
from gangway.storage.fsck.resources import judge_resource
from gangway.storage.fsck.sight import Part, Sight, key_of, text_of
from gangway.storage.fsck.walks.walk import ids_in
from gangway.storage.heads import group_keys
from gangway.storage.table import together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.storage.fsck.walks.walk import Phase, Walk
    from gangway.storage.items import Item


def resources(resource_type: str) -> Phase:
    """The items of users, or of groups, with their lookups and what was told of them."""
    return partial(_resources, resource_type)


def _resources(resource_type: str, walk: Walk, after: str) -> Inspected:
    found, following = walk.page(keys.head_partitions(walk.organization, resource_type), after)
    judged = [walk.ground.record_in(item, item["sk"]["S"]) for item in found]
    records = [record for record in judged if record]
    sight = as_told(walk, [record.id for record in records])
    sight.items |= {key_of(item): item for item in found}
    sight.items |= walk.there(key for record in records for each in walk.ground.lookups(record) for key in each.keys)
    findings: list[Finding] = []
    for item in found:
        findings += walk.examiner.examine(judge_resource(walk.ground, key_of(item)), sight)
    return Inspected(len(found), tuple(findings), following)


def as_told(walk: Walk, ids: Iterable[str]) -> Sight:
    """All that was told of some resources, if nothing of it was set aside."""
    parts = {each: parts_of(walk.organization, each) for each in ids}
    # Before the values, which is the way that events take.
    outbox = _outbox(walk) if parts else {}
    values = walk.wholes(own for _waiting, _letters, own in parts.values())
    entries = [key for part in values.values() for key in entry_keys(walk.organization, part)]
    sight = Sight(lasting=walk.there([*entries, *beginning_of_log(walk.organization)]))
    sight.items |= sight.lasting
    for each, (waiting, letters, own) in parts.items():
        damage = Part(*keys.log_damage(walk.organization, each, None))
        sight.parts |= {waiting: outbox.get(each, ()), letters: (), damage: (), own: values[own]}
    return sight


def _outbox(walk: Walk) -> dict[str, list[Item]]:
    """What waits, by resource. Usually that is next to nothing; of very much the first megabytes must do."""
    lanes = [keys.outbox_partition(walk.organization, lane) for lane in range(keys.OUTBOX_LANES)]
    waiting: dict[str, list[Item]] = {}
    for rows in together([partial(walk.table.query, lane) for lane in lanes]):
        for item in rows.items:
            waiting.setdefault(text_of(item, "i"), []).append(item)
    return waiting


def cells(walk: Walk, after: str) -> Inspected:
    """Cells without a group, or in no place of one; those of groups that are there are judged with them."""
    partitions = [part.replace("#G#", "#V#") for part in keys.head_partitions(walk.organization, "Group")]
    found, following = walk.page(partitions, after)
    findings: list[Finding] = []
    for item in found:
        findings += walk.examiner.examine(judge_cell(walk.ground, key_of(item)), Sight({key_of(item): item}))
    groups = sorted(set(ids_in({"sk": {"S": item["sk"]["S"].partition("#")[0]}} for item in found)))
    heads = walk.there(keys.head(walk.organization, group) for group in groups)
    for group in groups:
        if heads[keys.head(walk.organization, group)] is None:
            findings += walk.examiner.certain(judge_group(walk.ground, group))
    return Inspected(0, tuple(findings), following)


def groups(walk: Walk, after: str) -> Inspected:
    """The cells of groups, which count their members, and pending changes of members."""
    found, following = walk.page(keys.head_partitions(walk.organization, "Group"), after)
    ids = ids_in(found)
    there = walk.there(key for group in ids for key in group_keys(walk.organization, group))
    findings: list[Finding] = []
    for group in ids:
        parts = [
            Part(keys.member(walk.organization, group, "").pk),
            Part(keys.intent(walk.organization, group, "", 0).pk),
        ]
        own = {key: there[key] for key in group_keys(walk.organization, group)}
        findings += walk.examiner.examine(judge_group(walk.ground, group), Sight(own, dict(walk.wholes(parts))))
    return Inspected(len(found), tuple(findings), following)
