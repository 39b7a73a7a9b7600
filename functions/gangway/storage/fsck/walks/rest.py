"""The outbox with what was set aside, work for the housekeeper, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.counters import examine_counters
from gangway.storage.fsck.outbox import judge_waiting
from gangway.storage.fsck.sight import Part, Sight, key_of
from gangway.storage.fsck.work import judge_work

if TYPE_CHECKING:
    from gangway.storage.fsck.walks.walk import Walk


def outbox(walk: Walk, after: str) -> Inspected:
    """Changes that have no number yet."""
    lanes = [keys.outbox_partition(walk.organization, lane) for lane in range(keys.OUTBOX_LANES)]
    found, following = walk.page(lanes, after)
    sight = Sight({key_of(item): item for item in found})
    findings: list[Finding] = []
    for item in found:
        findings += walk.examiner.examine(judge_waiting(walk.ground, key_of(item)), sight)
    return Inspected(len(found), tuple(findings), following)


def work(walk: Walk, _after: str) -> Inspected:
    """What is to be done, and the list of groups with a pending intent."""
    found = walk.whole(Part(keys.pending_intents(walk.organization).pk))
    findings = [f for item in found for f in walk.examiner.certain(judge_work(walk.ground, key_of(item)))]
    return Inspected(len(found), tuple(findings), None)


def counters(walk: Walk, _after: str) -> Inspected:
    """How many users and groups there are."""
    return Inspected(0, tuple(examine_counters(walk.ground, walk.examiner)), None)
