"""Tokens against the vault: every live token has its hash where its record says, and every hash is some token's.

The vault is no part of the table, so nothing is read at one moment. A hash is written before the record that names it,
and forgotten after the record has ended; so the record is read again after the vault, and a hash without a record must
be older than any function lives. A hash that is lost cannot be made anew: whoever has the token is told so by an
operator, who restores the secret's version or mints another token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.errors import VaultUnavailable
from gangway.access.ports import HashLocation
from gangway.access.vault_upkeep import ORPHAN_AGE
from gangway.directory.upkeep.fsck import Finding
from gangway.storage import keys, organization_items
from gangway.storage.fsck.access import is_key_id, record_in

if TYPE_CHECKING:
    from gangway.access.ports import TokenShards
    from gangway.access.token import TokenRecord
    from gangway.directory.upkeep.fsck import Outcome
    from gangway.storage.fsck.examiner import Examiner
    from gangway.storage.fsck.ground import Ground


def examine_hashes(ground: Ground, examiner: Examiner, hashes: TokenShards) -> list[Finding]:
    """Compare the organization's records with the hashes in all shards. Raises VaultUnavailable."""
    written = {shard: hashes.written(shard) for shard in hashes.shards()}
    records = _records(ground, examiner)
    findings = [
        found for record in records.values() if (found := _without_hash(ground, examiner, hashes, record)) is not None
    ]
    now = ground.clock.now().timestamp()
    for shard, entries in written.items():
        for key_id, at in entries.items():
            record = records.get(key_id)
            is_named = record is not None and record.shard == shard
            if is_key_id(ground, key_id) and not is_named and now - at >= ORPHAN_AGE.total_seconds():
                findings.append(_orphaned(examiner, hashes, shard, key_id))
    return findings


def _records(ground: Ground, examiner: Examiner) -> dict[str, TokenRecord]:
    found = examiner.table.query_all(keys.access(ground.organization, "").pk)
    return {record.key_id: record for item in found if (record := record_in(item)) is not None}


def _without_hash(ground: Ground, examiner: Examiner, hashes: TokenShards, record: TokenRecord) -> Finding | None:
    key = keys.access(ground.organization, record.key_id)
    settings = examiner.table.get(keys.access(ground.organization, organization_items.SETTINGS_KEY))
    epoch = organization_items.organization(settings).auth_epoch if settings else record.auth_epoch
    if not record.is_live(ground.clock.now(), epoch):
        return None
    try:
        hashes.find(HashLocation(record.shard, record.revision), record.key_id)
    except VaultUnavailable:
        if record_in(examiner.table.get(key)) != record or record.key_id in hashes.written(record.shard):
            return None
        right = f"there: restore the secret's version, or gangway token revoke {record.key_id} and mint another"
        wrong = f"shard {record.shard} of the vault has no hash of it"
        return Finding("hash", "missing", f"A / {record.key_id}", wrong, right, _outcome(examiner, "beyond repair"))
    return None


def _orphaned(examiner: Examiner, hashes: TokenShards, shard: str, key_id: str) -> Finding:
    if examiner.repairs:
        hashes.remove(shard, [key_id])
    where, wrong = f"shard {shard} of the vault / {key_id}", "no record names it"
    return Finding("hash", "orphaned", where, wrong, "not there", _outcome(examiner, "repaired"))


def _outcome(examiner: Examiner, repaired: Outcome) -> Outcome:
    return repaired if examiner.repairs else "found"
