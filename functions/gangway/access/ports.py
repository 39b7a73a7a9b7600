"""What this room needs from storage.

Liveness and hash of a token are kept apart on purpose: the table says whether a token is live, strongly consistent
and on every request, so a revocation holds from the next request on; the vault says what its hash is, which never
changes once written and may therefore be cached for as long as a function lives.

Every method raises `gangway.scim.errors.Unavailable` when its service cannot be reached: a failure of ours must never
look like a wrong token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord
    from gangway.changes.event import ChangeEvent


class HashLocation(NamedTuple):
    """Where a hash was written: which secret, and which revision of its document holds it first."""

    shard: str
    revision: int


class Credentials(Protocol):
    """What a request is checked against."""

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        """Organization and token in one strongly consistent read; the same call whether or not they exist."""
        ...

    def mark_used(self, organization_id: str, key_id: str, day: date) -> None:
        """Remember the day on which a token opened something."""
        ...


class AccessRecords(Protocol):
    """Organizations and the records of their tokens, as operators change them.

    A change is written together with the events that tell of it, and only if nothing has changed since the state was
    read that it was decided on: False means read again and decide anew.
    """

    def organization_named(self, folded_name: str) -> Organization | None:
        """The organization of that login name."""
        ...

    def organizations_after(self, name: str, limit: int) -> tuple[tuple[Organization, ...], str | None]:
        """Those whose names follow, in order, and the name to go on after; None at the end.

        At most `limit` names are looked at; those of deleted organizations are left out.
        """
        ...

    def add_organization(self, organization: Organization, events: Sequence[ChangeEvent]) -> bool:
        """Write it and take its name for good; False when the name is or was taken."""
        ...

    def change_organization(self, before: Organization, after: Organization, events: Sequence[ChangeEvent]) -> bool:
        """Write new settings; False when settings or tokens have changed since `before` was read."""
        ...

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        """The organization with all its token records, in one consistent read."""
        ...

    def change_tokens(
        self, organization: Organization, records: Sequence[TokenRecord], events: Sequence[ChangeEvent]
    ) -> bool:
        """Write records, each new or one version later; False when the ledger or a record has moved since."""
        ...

    def relocate(self, organization: Organization, record: TokenRecord, location: HashLocation) -> bool:
        """Let a record name another place of its hash; False when the ledger has moved since. Tells nothing."""
        ...


class TokenHashes(Protocol):
    """The vault of token hashes.

    Every method raises `VaultUnavailable` when the vault does not answer.
    """

    def find(self, location: HashLocation, key_id: str) -> bytes:
        """The hash of a live token. One that cannot be found is a failure of ours, hence `VaultUnavailable`."""
        ...

    def add(self, key_id: str, digest: bytes, written: datetime) -> HashLocation:
        """Write a hash where its organization's hashes belong; `VaultFull` when there is no room."""
        ...

    def remove(self, shard: str, key_ids: Collection[str]) -> None:
        """Forget hashes; it is no mistake if some are not there."""
        ...


class TokenShards(TokenHashes, Protocol):
    """The vault, as those see it who look after it."""

    def home(self, key_id: str) -> str:
        """The shard that a hash belongs into, which after a re-sharding may be another than it is in."""
        ...

    def shards(self) -> tuple[str, ...]:
        """The names of all shards."""
        ...

    def written(self, shard: str) -> Mapping[str, int]:
        """The key ids of a shard, each with the second of the epoch at which its hash was written."""
        ...

    def fill(self, shard: str) -> float:
        """How much of its secret a shard takes up, from 0 to 1."""
        ...


class RequestCounter(Protocol):
    """A counter that all running functions share."""

    def add(self, organization_id: str, second: int, requests: int) -> int:
        """Count requests of an organization in one second of the epoch; returns the sum so far."""
        ...
