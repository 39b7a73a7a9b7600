"""Keeping the vault small and its hashes where they belong: compaction, and moves after a re-sharding.

Both work while tokens are minted, used and revoked. Only what is dead for good is dropped: a token that is revoked,
expired, of an epoch that is over or of a deleted organization never opens anything again, and neither does a hash that
no record names, once it is too old to be of a token that is just being minted. A hash is moved by writing it to its new
home first, then letting the record name it, then dropping the old copy: whichever the record names is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gangway.access.organization import ORGANIZATION_ID_LENGTH
from gangway.access.ports import HashLocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, TokenShards
    from gangway.access.token import TokenRecord
    from gangway.clock import Clock

ORPHAN_AGE = timedelta(hours=1)
"""No function lives as long as this between writing a hash and writing the record that names it."""

_PAGE = 25
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Compacted:
    """What came of compacting the vault."""

    dropped: int
    """Hashes of dead tokens that are gone now."""
    fill: float
    """How much of its secret the fullest shard takes up, from 0 to 1."""


class VaultUpkeep:
    """Looks after the vault of token hashes."""

    def __init__(self, records: AccessRecords, hashes: TokenShards, clock: Clock) -> None:
        self._records = records
        self._hashes = hashes
        self._clock = clock

    def compact(self) -> Compacted:
        """Drop the hashes of dead tokens from every shard that has some. Raises Unavailable."""
        dropped, fullest = 0, 0.0
        for shard in self._hashes.shards():
            if dead := self.dead(shard):
                self._hashes.remove(shard, dead)
                dropped += len(dead)
            fullest = max(fullest, self._hashes.fill(shard))
        return Compacted(dropped, fullest)

    def dead(self, shard: str) -> frozenset[str]:
        """The key ids of a shard whose tokens will never open anything again. Raises Unavailable."""
        now = self._clock.now()
        # Read before the records: a hash that is written later is not looked at.
        written = self._hashes.written(shard)
        by_organization: dict[str, list[str]] = {}
        for key_id in written:
            by_organization.setdefault(key_id[:ORGANIZATION_ID_LENGTH], []).append(key_id)
        dead: set[str] = set()
        for organization_id, key_ids in by_organization.items():
            organization, records = self._records.access_of(organization_id)
            known = {record.key_id: record for record in records}
            for key_id in key_ids:
                record = known.get(key_id)
                young = now.timestamp() - written[key_id] < ORPHAN_AGE.total_seconds()
                if record is None or record.shard != shard:
                    if not young:
                        dead.add(key_id)
                elif organization is None or _is_over(record, organization, now):
                    dead.add(key_id)
        return frozenset(dead)

    def move_home(self, after: str, *, has_time: Callable[[], bool]) -> tuple[int, str | None]:
        """Move hashes to where they belong, a slice of the stack's organizations at a time.

        Args:
            after: name to go on after; empty at the beginning.
            has_time: whether another organization may be begun.

        Returns:
            How many hashes were moved, and the name to go on after; None at the end.

        Raises:
            VaultFull: a new home has no room.
            Unavailable: table or vault cannot be reached; what is moved is moved.
        """
        moved = 0
        while True:
            organizations, following = self._records.organizations_after(after, _PAGE)
            for organization in organizations:
                if not has_time():
                    return moved, after
                moved += self._move_those_of(organization.id)
                after = organization.name
            if following is None:
                return moved, None
            after = following

    def _move_those_of(self, organization_id: str) -> int:
        _organization, records = self._records.access_of(organization_id)
        astray = [r.key_id for r in records if r.state != "revoked" and r.shard != self._hashes.home(r.key_id)]
        return sum(self._move(organization_id, key_id) for key_id in astray)

    def _move(self, organization_id: str, key_id: str) -> bool:
        for _ in range(_ATTEMPTS):
            organization, records = self._records.access_of(organization_id)
            record = next((r for r in records if r.key_id == key_id), None)
            if organization is None or record is None or _is_over(record, organization, self._clock.now()):
                return False
            if record.shard == self._hashes.home(key_id):
                return False
            digest = self._hashes.find(HashLocation(record.shard, record.revision), key_id)
            location = self._hashes.add(key_id, digest, self._clock.now())
            if self._records.relocate(organization, record, location):
                self._hashes.remove(record.shard, [key_id])
                return True
        return False  # its organization's tokens are being changed; the next round moves it


def _is_over(record: TokenRecord, organization: Organization, now: datetime) -> bool:
    """Whether a token can never open anything again."""
    return (
        organization.state == "deleted"
        or record.state == "revoked"
        or record.auth_epoch != organization.auth_epoch
        or (record.expires is not None and record.expires <= now)
    )
