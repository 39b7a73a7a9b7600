"""What is left of those who are not there any more: whom the log still names, the outbox, or a tombstone.

Their partitions can be computed from their ids alone, and nobody else would ever come by: values of a person among
them would stay for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.groups import judge_group
from gangway.storage.fsck.memberships import Pair
from gangway.storage.fsck.resources import judge_absent
from gangway.storage.fsck.sight import Part, text_of
from gangway.storage.fsck.values import resource_of
from gangway.storage.fsck.walks.log import stretch
from gangway.storage.fsck.walks.memberships import examined
from gangway.storage.fsck.walks.records import lost_tokens
from gangway.storage.fsck.walks.resources import as_told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.storage.fsck.walks.walk import Walk

_IN_THE_OUTBOX = "outbox:"


def deleted(walk: Walk, after: str) -> Inspected:
    """Those whom the log names, and then those whom the outbox does."""
    if after.startswith(_IN_THE_OUTBOX):
        return _named_in_the_outbox(walk, after.removeprefix(_IN_THE_OUTBOX))
    numbers, following = stretch(walk, after)
    entries = walk.there(keys.log_entry(walk.organization, each) for each in numbers)
    named = {each for item in entries.values() if item and (each := resource_of(item))}
    findings = remains(walk, named) + lost_tokens(walk, named)
    return Inspected(0, tuple(findings), following if numbers else f"{_IN_THE_OUTBOX}0/")


def _named_in_the_outbox(walk: Walk, after: str) -> Inspected:
    lanes = [keys.outbox_partition(walk.organization, lane) for lane in range(keys.OUTBOX_LANES)]
    found, following = walk.page(lanes, after)
    named = {text_of(item, "i") for item in found}
    findings = remains(walk, named) + lost_tokens(walk, named)
    return Inspected(0, tuple(findings), following and f"{_IN_THE_OUTBOX}{following}")


def remains(walk: Walk, named: Iterable[str]) -> list[Finding]:
    """Memberships, slices, values, and a deletion that was never told, of those of the named who are not there."""
    ids = sorted(set(filter(is_id, named)))
    heads = walk.there(keys.head(walk.organization, each) for each in ids)
    gone = [each for each in ids if heads[keys.head(walk.organization, each)] is None]
    findings = _memberships(walk, gone)
    slices = {
        each: Part(keys.intent(walk.organization, each, "", 0).pk) for each in gone if resource_type_of(each) == "Group"
    }
    left = walk.wholes(slices.values())
    for each, part in slices.items():
        if left[part]:
            findings += walk.examiner.certain(judge_group(walk.ground, each))
    sight = as_told(walk, gone)
    sight.items |= {keys.head(walk.organization, each): None for each in gone}
    for each in gone:
        findings += walk.examiner.examine(judge_absent(walk.ground, each), sight)
    return findings


def _memberships(walk: Walk, gone: Iterable[str]) -> list[Finding]:
    members = {each: Part(keys.member(walk.organization, each, "").pk) for each in gone}
    mirrors = {each: Part(keys.mirror(walk.organization, "", each).pk) for each in gone}
    listed = walk.wholes([*members.values(), *mirrors.values()])
    pairs = [Pair(each, item["sk"]["S"]) for each, part in members.items() for item in listed[part]]
    pairs += [Pair(item["sk"]["S"], each) for each, part in mirrors.items() for item in listed[part]]
    return examined(walk, pairs)
