"""Stand-ins for table, vault and clock that keep everything in memory and count what they are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gangway.access.errors import VaultUnavailable
from gangway.access.operator import Operator
from gangway.access.ports import HashLocation
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord
    from gangway.changes.event import ChangeEvent

ME = Operator("arn:aws:iam::123456789012:user/me", "request-1")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class MemoryRecords:
    """Implements AccessRecords and RequestCounter."""

    def __init__(self) -> None:
        self.by_id: dict[str, Organization] = {}
        self.names: dict[str, str] = {}
        self.tokens: dict[str, TokenRecord] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.told: list[ChangeEvent] = []
        self.calls: list[str] = []
        self.down = False

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise Unavailable("down", retry_after=5)

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        self._called("credentials")
        return self.by_id.get(organization_id), self.tokens.get(key_id)

    def mark_used(self, organization_id: str, key_id: str, day: date) -> None:
        self._called("mark_used")
        assert key_id.startswith(organization_id)
        self.tokens[key_id] = self.tokens[key_id]._replace(last_used=day)

    def organization_named(self, folded_name: str) -> Organization | None:
        self._called("organization_named")
        return self.by_id.get(self.names.get(folded_name, ""))

    def organizations_after(self, name: str, limit: int) -> tuple[tuple[Organization, ...], str | None]:
        self._called("organizations_after")
        following = [known for known in sorted(self.names) if known > name]
        found = [self.by_id[self.names[known]] for known in following[:limit]]
        present = tuple(organization for organization in found if organization.state != "deleted")
        return present, following[limit - 1] if len(following) > limit else None

    def add_organization(self, organization: Organization, events: Sequence[ChangeEvent] = ()) -> bool:
        self._called("add_organization")
        if organization.name in self.names:
            return False
        self.names[organization.name] = organization.id
        self.by_id[organization.id] = organization
        self.told += events
        return True

    def change_organization(self, before: Organization, after: Organization, events: Sequence[ChangeEvent]) -> bool:
        self._called("change_organization")
        current = self.by_id[before.id]
        if (current.version, current.ledger) != (before.version, before.ledger):
            return False
        self.by_id[before.id] = after
        self.told += events
        return True

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        self._called("access_of")
        records = (record for key_id, record in self.tokens.items() if key_id.startswith(organization_id))
        return self.by_id.get(organization_id), tuple(records)

    def change_tokens(
        self, organization: Organization, records: Sequence[TokenRecord], events: Sequence[ChangeEvent]
    ) -> bool:
        self._called("change_tokens")
        versions = {key_id: record.version for key_id, record in self.tokens.items()}
        if any(versions.get(record.key_id, 0) + 1 != record.version for record in records):
            return False
        if not self._counted(organization):
            return False
        self.tokens |= {record.key_id: record for record in records}
        self.told += events
        return True

    def relocate(self, organization: Organization, record: TokenRecord, location: HashLocation) -> bool:
        self._called("relocate")
        if not self._counted(organization):
            return False
        moved = self.tokens[record.key_id]._replace(shard=location.shard, revision=location.revision)
        self.tokens[record.key_id] = moved
        return True

    def _counted(self, organization: Organization) -> bool:
        current = self.by_id[organization.id]
        if current.ledger != organization.ledger:
            return False
        self.by_id[organization.id] = current._replace(ledger=current.ledger + 1)
        return True

    def change(self, organization: Organization, **settings: object) -> Organization:
        """Change settings behind everybody's back."""
        changed = self.by_id[organization.id]._replace(**settings)  # type: ignore[arg-type] # any field
        self.by_id[organization.id] = changed
        return changed

    def add(self, organization_id: str, second: int, requests: int) -> int:
        self._called("add")
        key = (organization_id, second)
        self.counts[key] = self.counts.get(key, 0) + requests
        return self.counts[key]


class MemoryHashes:
    """Implements TokenHashes, with one shard."""

    def __init__(self) -> None:
        self.hashes: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.down = False

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise VaultUnavailable("down", retry_after=5)

    def find(self, _location: HashLocation, key_id: str) -> bytes:
        self._called("find")
        if key_id not in self.hashes:
            raise VaultUnavailable("missing", retry_after=5)
        return self.hashes[key_id]

    def add(self, key_id: str, digest: bytes, _written: datetime) -> HashLocation:
        self._called("add")
        self.hashes[key_id] = digest
        return HashLocation("00", len(self.hashes))

    def remove(self, _shard: str, key_ids: Collection[str]) -> None:
        self._called("remove")
        for key_id in key_ids:
            self.hashes.pop(key_id, None)
