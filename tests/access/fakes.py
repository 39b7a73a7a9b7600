"""Stand-ins for table, vault and clock that keep everything in memory and count what they are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gangway.access.ports import HashLocation
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord, TokenState

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
        self.calls: list[str] = []
        self.down = False

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise Unavailable("down", retry_after=5)

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        self._called("credentials")
        return self.by_id.get(organization_id), self.tokens.get(key_id)

    def organization_named(self, folded_name: str) -> Organization | None:
        self._called("organization_named")
        return self.by_id.get(self.names.get(folded_name, ""))

    def organizations(self) -> tuple[Organization, ...]:
        self._called("organizations")
        return tuple(self.by_id[self.names[name]] for name in sorted(self.names))

    def add_organization(self, organization: Organization) -> bool:
        self._called("add_organization")
        if organization.name in self.names:
            return False
        self.names[organization.name] = organization.id
        self.by_id[organization.id] = organization
        return True

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        self._called("access_of")
        records = (record for key_id, record in self.tokens.items() if key_id.startswith(organization_id))
        return self.by_id.get(organization_id), tuple(records)

    def add_token(self, organization: Organization, record: TokenRecord) -> bool:
        self._called("add_token")
        current = self.by_id[organization.id]
        if current.ledger != organization.ledger:
            return False
        self.by_id[organization.id] = replace(current, ledger=current.ledger + 1)
        self.tokens[record.key_id] = record
        return True

    def set_token_state(self, organization_id: str, key_id: str, state: TokenState) -> TokenRecord | None:
        self._called("set_token_state")
        record = self.tokens.get(key_id)
        if record is None or not key_id.startswith(organization_id):
            return None
        self.tokens[key_id] = replace(record, state=state)
        return self.tokens[key_id]

    def change(self, organization: Organization, **settings: object) -> Organization:
        """Change settings behind everybody's back."""
        changed = replace(self.by_id[organization.id], **settings)  # type: ignore[arg-type] # any field
        self.by_id[organization.id] = changed
        return changed

    def add(self, organization_id: str, second: int, requests: int) -> int:
        self._called("add")
        key = (organization_id, second)
        self.counts[key] = self.counts.get(key, 0) + requests
        return self.counts[key]


class MemoryHashes:
    """Implements TokenHashes."""

    def __init__(self) -> None:
        self.hashes: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.down = False

    def find(self, location: HashLocation, key_id: str) -> bytes:
        self.calls.append("find")
        if self.down or key_id not in self.hashes:
            raise Unavailable("down", retry_after=5)
        return self.hashes[key_id]

    def add(self, key_id: str, digest: bytes) -> HashLocation:
        self.calls.append("add")
        self.hashes[key_id] = digest
        return HashLocation("00", len(self.hashes))

    def remove(self, shard: str, key_id: str) -> None:
        self.calls.append("remove")
        self.hashes.pop(key_id, None)
