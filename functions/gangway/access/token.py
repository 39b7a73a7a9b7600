"""The form of a token, and the hash that is kept of it.

    <prefix>_<key id: 16><_><secret: 43><checksum: 6>          all base62

The key id may be shown and logged; its first 8 characters are the organization's id, so one read finds organization
and token from any URL form. The secret has 256 bits and exists only in the answer that mints it. The checksum (CRC-32
over everything before it) protects nothing; it lets scanners and this service tell a token from a typo without asking
anybody, so garbage costs no call to AWS.

SHA-256 is the right hash here: slow hashes buy back the entropy that passwords lack, and this secret lacks none. The
hash covers organization and key id, so a hash that is copied or merged into another entry opens nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from gangway.access.organization import BASE62, ORGANIZATION_ID_LENGTH

if TYPE_CHECKING:
    from datetime import date, datetime

KEY_ID_LENGTH = 16
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
SCANNER_PATTERN = rf"\b[a-z]{{2,16}}_[0-9A-Za-z]{{{KEY_ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}\b"
"""For secret scanners; a match is a token if its checksum is right."""

_FORM = re.compile(
    rf"([a-z]{{2,16}})_([0-9A-Za-z]{{{KEY_ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})",
    re.ASCII,
)
_DOMAIN = b"gangway/token/v1"

DEAD_KEPT = timedelta(days=90)
"""How long the record of a dead token is kept; what happened to it is told by events."""
BRIEF_KEPT = timedelta(days=1)
"""The same of brief ones, of which there may be many."""
BRIEF_LIFE = timedelta(minutes=15)
"""The longest that a brief token may live."""
BRIEF_LIMIT = 3
"""Brief tokens of one organization at a time."""

Scope = Literal["read-only", "users-only"]
TokenState = Literal["active", "suspended", "revoked"]


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token as it came with a request: well formed, and not yet believed."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def organization_id(self) -> str:
        """The organization the key id claims."""
        return self.key_id[:ORGANIZATION_ID_LENGTH]


class TokenRecord(NamedTuple):
    """What is kept of a token besides its hash."""

    key_id: str
    label: str
    creator: str
    """Who minted it, as an AWS principal."""
    created: datetime
    shard: str
    """Which secret of the vault holds the hash."""
    revision: int
    """The hash is in that secret's document from this revision on."""
    auth_epoch: int
    expires: datetime | None = None
    scopes: frozenset[Scope] = frozenset()
    """Restrictions; none of them: everything the organization owns."""
    source_ranges: tuple[str, ...] = ()
    """Networks (CIDR) it may be used from; none: anywhere."""
    state: TokenState = "active"
    version: int = 1
    """Counts changes of this record; events are numbered by it."""
    successor: str | None = None
    """Key id of the token that takes its place."""
    last_used: date | None = None
    """The last day on which it opened something, in UTC; not part of the version."""
    warned: int | None = None
    """Its approaching expiry was told when so many days were left, at the last."""
    ended: datetime | None = None
    """When it was revoked."""
    brief: bool = False
    """Made for a check that takes minutes: beside the limit of live tokens, and without a successor."""

    def is_live(self, now: datetime, auth_epoch: int) -> bool:
        """Whether it opens anything at this moment; at the instant it expires it no longer does."""
        return self.state == "active" and self.auth_epoch == auth_epoch and (self.expires is None or now < self.expires)

    def is_dead(self, now: datetime) -> bool:
        """Whether it is refused for good; a suspended one is not."""
        return self.state == "revoked" or (self.expires is not None and self.expires <= now)

    def revoked(self, now: datetime) -> TokenRecord:
        """The record of the same token, revoked; one that is already stays as it is."""
        return self if self.state == "revoked" else self._replace(state="revoked", ended=now)

    @property
    def kept_until(self) -> datetime | None:
        """When nothing needs to be known of it any more; None while it has no end."""
        ends = [end for end in (self.expires, self.ended) if end is not None]
        return min(ends) + (BRIEF_KEPT if self.brief else DEAD_KEPT) if ends else None

    def forgotten(self, now: datetime) -> bool:
        """Whether its record may be gone: DynamoDB removes it some time after `kept_until`."""
        return self.kept_until is not None and self.kept_until <= now


def new_key_id(organization_id: str) -> str:
    """A fresh key id of that organization."""
    return organization_id + _random(KEY_ID_LENGTH - ORGANIZATION_ID_LENGTH)


def new_secret() -> str:
    """256 random bits."""
    return _random(SECRET_LENGTH)


def compose(prefix: str, key_id: str, secret: str) -> str:
    """The text that the identity provider is given."""
    body = f"{prefix}_{key_id}_{secret}"
    return body + _checksum(body)


def parse(text: str, prefix: str) -> PresentedToken | None:
    """Take a token apart; None if it has another form or prefix, or its checksum is wrong."""
    match = _FORM.fullmatch(text)
    if match is None or match[1] != prefix or _checksum(text[:-CHECKSUM_LENGTH]) != match[4]:
        return None
    return PresentedToken(match[2], match[3])


def token_hash(key_id: str, secret: str) -> bytes:
    """SHA-256 over domain, organization, key id and secret, joined by NUL."""
    parts = (_DOMAIN, key_id[:ORGANIZATION_ID_LENGTH].encode(), key_id.encode(), secret.encode())
    return hashlib.sha256(b"\0".join(parts)).digest()


def _random(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))


def _checksum(text: str) -> str:
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(BASE62))
        digits = BASE62[digit] + digits
    return digits
