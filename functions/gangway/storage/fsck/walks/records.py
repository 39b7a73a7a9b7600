"""What stands beside users and groups: settings, tokens with their hashes, webhooks, notes, failed requests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.access import is_key_id, judge_settings, judge_token
from gangway.storage.fsck.records import judge_endpoint, judge_failure, judge_letter, judge_note
from gangway.storage.fsck.sight import Part, Sight, key_of
from gangway.storage.fsck.vault import examine_hashes
from gangway.storage.organization_items import SETTINGS_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.token import TokenRecord
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge
    from gangway.storage.fsck.walks.walk import Walk
    from gangway.storage.keys import Key

_JUDGES: Final[Mapping[str, Callable[[Ground, Key], Judge]]] = {
    "H": judge_endpoint,
    "X": judge_letter,
    "N": judge_note,
    "F": judge_failure,
}
"""By the letter of the partition."""


def access(walk: Walk, _after: str) -> Inspected:
    """Settings, tokens, and the hashes of tokens."""
    found = walk.whole(Part(keys.access(walk.organization, "").pk))
    findings = walk.examiner.certain(judge_settings(walk.ground))
    for item in found:
        if key_of(item).sk != SETTINGS_KEY:
            findings += walk.examiner.certain(judge_token(walk.ground, key_of(item), partial(_is_hashed, walk)))
    if walk.hashes is not None:
        findings += examine_hashes(walk.ground, walk.examiner, walk.hashes)
    return Inspected(len(found), tuple(findings), None)


def lost_tokens(walk: Walk, named: set[str]) -> list[Finding]:
    """Tokens that were told of, and have no record."""
    tokens = [keys.access(walk.organization, each) for each in sorted(named) if is_key_id(walk.ground, each)]
    there = walk.there(tokens)
    judges = [judge_token(walk.ground, key, partial(_is_hashed, walk)) for key in tokens if there[key] is None]
    return [finding for judge in judges for finding in walk.examiner.certain(judge)]


def _is_hashed(walk: Walk, record: TokenRecord) -> bool:
    """Whether the vault has the token's hash; without the vault, the record is believed."""
    return walk.hashes is None or record.key_id in walk.hashes.written(record.shard)


def records(walk: Walk, after: str) -> Inspected:
    """Whatever nothing implies: all that can be asked is whether it can be read, and about what it is."""
    found, following = walk.page([f"{walk.organization}#{letter}" for letter in _JUDGES], after)
    head = keys.log_head(walk.organization)
    sight = Sight(walk.there([head]) | {key_of(item): item for item in found})
    findings: list[Finding] = []
    for key in map(key_of, found):
        judge = _JUDGES[key.pk.rpartition("#")[2]](walk.ground, key)
        findings += walk.examiner.examine(judge, sight)
    return Inspected(len(found), tuple(findings), following)
