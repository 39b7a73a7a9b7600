"""The life of a token: mint, list, revoke.

Two services hold its two halves, so the order of writes is the protocol. Minting writes the hash first and the record
second: a crash in between leaves a hash that no record names, which opens nothing. Revoking writes the record first:
from that write on every request with the token is refused; the hash is removed afterwards, and whoever repeats the
revocation finishes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gangway.access.errors import InvalidToken, TokenLimitReached, UnknownOrganization, UnknownToken
from gangway.access.token import TokenRecord, compose, new_key_id, new_secret, token_hash
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, TokenHashes
    from gangway.access.token import Scope
    from gangway.clock import Clock

# Each lost race means that another minted or revoked; more of them than this is no race but a storm.
_LEDGER_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: the only moment at which its text exists."""

    record: TokenRecord
    token: str = field(repr=False)

    @property
    def key_id(self) -> str:
        """The part that may be shown."""
        return self.record.key_id


class Tokens:
    """The tokens of organizations."""

    def __init__(self, records: AccessRecords, hashes: TokenHashes, clock: Clock, *, token_prefix: str) -> None:
        self._records = records
        self._hashes = hashes
        self._clock = clock
        self._prefix = token_prefix

    def mint(
        self,
        organization: Organization,
        *,
        label: str,
        creator: str,
        expires: datetime | None = None,
        scopes: Iterable[Scope] = (),
    ) -> Minted:
        """Make a token; its text is in the answer and nowhere else.

        Args:
            organization: whose resources it opens.
            label: for people, to tell tokens apart.
            creator: the AWS principal who asked.
            expires: from this moment on it is refused; None: never.
            scopes: what it is restricted to.

        Raises:
            InvalidToken: it would have expired already.
            TokenLimitReached: the organization has as many live tokens as it may have.
            VaultFull: the secret for its hash has no room.
            Unavailable: table or vault cannot be reached, or too many others change this organization's tokens.
        """
        now = self._clock.now()
        if expires is not None and expires <= now:
            raise InvalidToken("The time of expiry must lie in the future.")
        current = self._with_room(organization, now)
        key_id, secret = new_key_id(organization.id), new_secret()
        location = self._hashes.add(key_id, token_hash(key_id, secret))
        record = TokenRecord(
            key_id=key_id,
            label=label,
            creator=creator,
            created=now,
            shard=location.shard,
            revision=location.revision,
            auth_epoch=current.auth_epoch,
            expires=expires,
            scopes=frozenset(scopes),
        )
        for _ in range(_LEDGER_ATTEMPTS):
            if self._records.add_token(current, record):
                return Minted(record, compose(self._prefix, key_id, secret))
            current = self._with_room(organization, now)
            record = replace(record, auth_epoch=current.auth_epoch)
        raise Unavailable("The organization's tokens are being changed by others; try again.", retry_after=1)

    def list(self, organization: Organization) -> tuple[TokenRecord, ...]:
        """The records of all its tokens, dead ones too, in the order they were minted."""
        _, records = self._records.access_of(organization.id)
        return tuple(sorted(records, key=lambda record: (record.created, record.key_id)))

    def revoke(self, organization: Organization, key_id: str) -> TokenRecord:
        """Refuse a token for good, from the next request on. Repeating it does no harm.

        Raises:
            UnknownToken: the organization has no such token.
            Unavailable: table or vault cannot be reached; if only the vault, the token is refused already.
        """
        record = self._records.set_token_state(organization.id, key_id, "revoked")
        if record is None:
            raise UnknownToken("The organization has no token with this key id.")
        self._hashes.remove(record.shard, key_id)
        return record

    def _with_room(self, organization: Organization, now: datetime) -> Organization:
        current, records = self._records.access_of(organization.id)
        if current is None:
            raise UnknownOrganization("The organization has been deleted.")
        live = sum(record.is_live(now, current.auth_epoch) for record in records)
        if live >= current.token_limit:
            raise TokenLimitReached(f"{live} tokens are live, which is the limit; revoke one first.")
        return current
