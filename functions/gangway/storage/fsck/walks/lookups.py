"""Lookups and tombstones, several partitions at a time: most hold little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.lookups import ATTRIBUTES, judge_lookup
from gangway.storage.fsck.sight import Part, key_of, kind_of
from gangway.storage.fsck.walks.deleted import remains
from gangway.storage.fsck.walks.resources import as_told
from gangway.storage.fsck.walks.walk import named_in, no_place, number_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.storage.fsck.sight import Sight
    from gangway.storage.fsck.walks.walk import Walk
    from gangway.storage.items import Item

_OF_AN_ATTRIBUTE: Final = 256
_AT_ONCE: Final = 32

PARTITIONS: Final = len(ATTRIBUTES) * _OF_AN_ATTRIBUTE


def lookups(walk: Walk, after: str) -> Inspected:
    """All lookups, and what is left of those who are buried."""
    start = number_in(after or "0")
    if start >= PARTITIONS:
        raise no_place()
    end = min(start + _AT_ONCE, PARTITIONS)
    names = [f"{ATTRIBUTES[at // _OF_AN_ATTRIBUTE]}#{at % _OF_AN_ATTRIBUTE:02x}" for at in range(start, end)]
    listed = walk.wholes(Part(f"{walk.organization}#L#{name}") for name in names)
    found = [item for part in listed.values() for item in part]
    sight = _sight_of(walk, found)
    findings: list[Finding] = []
    for item in found:
        findings += walk.examiner.examine(judge_lookup(walk.ground, key_of(item)), sight)
    findings += remains(walk, _buried(found))
    return Inspected(end - start, tuple(findings), str(end) if end < PARTITIONS else None)


def _sight_of(walk: Walk, found: Sequence[Item]) -> Sight:
    sight = as_told(walk, _buried(found))
    # The partitions were read whole: whoever shares a value would be seen to have it alone as well.
    sight.items |= {keys.Key(key.pk, key.sk.partition("#")[0]): None for key in map(key_of, found)}
    sight.items |= walk.there(keys.head(walk.organization, each) for item in found if (each := named_in(item)))
    sight.items |= {key_of(item): item for item in found}
    return sight


def _buried(found: Sequence[Item]) -> list[str]:
    return sorted({each for item in found if kind_of(item) == "tombstone" and (each := named_in(item))})
