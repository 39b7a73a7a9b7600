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
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord, TokenState


class HashLocation(NamedTuple):
    """Where a hash was written: which secret, and which revision of its document holds it first."""

    shard: str
    revision: int


class AccessRecords(Protocol):
    """Organizations and the records of their tokens."""

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        """Organization and token in one strongly consistent read; the same call whether or not they exist."""
        ...

    def organization_named(self, folded_name: str) -> Organization | None:
        """The organization of that login name."""
        ...

    def organizations(self) -> tuple[Organization, ...]:
        """All of them, in the order of their names."""
        ...

    def add_organization(self, organization: Organization) -> bool:
        """Write it and take its name for good; False when the name is or was taken."""
        ...

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        """The organization with all its token records, in one consistent read."""
        ...

    def add_token(self, organization: Organization, record: TokenRecord) -> bool:
        """Write the record; False when the organization's ledger moved since it was read."""
        ...

    def set_token_state(self, organization_id: str, key_id: str, state: TokenState) -> TokenRecord | None:
        """Change the state and return the record; None when there is no such token."""
        ...


class TokenHashes(Protocol):
    """The vault of token hashes."""

    def find(self, location: HashLocation, key_id: str) -> bytes:
        """The hash of a live token. One that cannot be found is a failure of ours, hence `Unavailable`."""
        ...

    def add(self, key_id: str, digest: bytes) -> HashLocation:
        """Write a hash once; `VaultFull` when there is no room."""
        ...

    def remove(self, shard: str, key_id: str) -> None:
        """Forget a hash; it is no mistake if it is not there."""
        ...


class RequestCounter(Protocol):
    """A counter that all running functions share."""

    def add(self, organization_id: str, second: int, requests: int) -> int:
        """Count requests of an organization in one second of the epoch; returns the sum so far."""
        ...
