"""Who is asking? Answered before anything else of a request is looked at.

In this order: the form of the one `Authorization` header and the token's checksum (no call to AWS; garbage ends here);
one strongly consistent read of organization and token; whether both are in order and fit the URL; and last the hash,
from the vault's copy in memory. Whatever is wrong, the answer is the same 401 after the same calls, so that it teaches
nothing; the reason goes to the log. A service that cannot be reached is a 503: identity providers disable a connection
that answers 401.

A paused organization is such a service, on purpose: 503 with `Retry-After` makes identity providers keep what they have
and send it again, while 401 would make them give the connection up, and accepting would mean to throw away or to queue.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from gangway.access.caller import REALM, Caller, is_initial_sync
from gangway.access.errors import VaultUnavailable
from gangway.access.organization import fold_name
from gangway.access.ports import HashLocation
from gangway.access.token import parse, token_hash
from gangway.scim.errors import Unauthorized, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.access.organization import Organization
    from gangway.access.ports import Credentials, TokenHashes
    from gangway.access.token import PresentedToken, TokenRecord
    from gangway.clock import Clock

__all__ = ["AuthenticationFailed", "Authenticator", "Caller", "OrganizationPaused", "Reason"]

MAX_HEADER_LENGTH = 256
GENERIC_PROVIDER = "generic"
PAUSE_SECONDS = 300
"""What a paused organization's identity provider is told to wait before it asks again."""

Reason = Literal[
    "missing",
    "malformed",
    "unknown organization",
    "unknown token",
    "dead token",
    "deleted organization",
    "other organization",
    "other provider",
    "source address",
    "wrong secret",
]

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE | re.ASCII)
_DETAIL = "Send a live bearer token of this organization: this one is missing, malformed, unknown, expired or revoked."
_NO_HASH = bytes(32)
_CURSOR_DOMAIN = b"gangway/cursor/v1\0"


class AuthenticationFailed(Unauthorized):
    """401. Two of them differ in nothing that the client sees, save the challenge when there was no token at all."""

    def __init__(self, reason: Reason, key_id: str | None = None, organization: Organization | None = None) -> None:
        error = "" if reason == "missing" else ', error="invalid_token"'
        super().__init__(_DETAIL, challenge=f'Bearer realm="{REALM}"{error}')
        self.reason = reason
        """For the log only."""
        self.key_id = key_id
        """The key id that was claimed, if the token was well formed; for the log only."""
        self.organization = organization
        """Whose token it is, if there is such a token; for the log only."""


class OrganizationPaused(Unavailable):
    """503, for as long as an operator wants it so. Only a token that would open the organization learns of it."""

    def __init__(self, caller: Caller) -> None:
        super().__init__("This organization is paused; try again later.", retry_after=PAUSE_SECONDS)
        self.caller = caller


class Authenticator:
    """Turns an `Authorization` header into a caller."""

    def __init__(self, records: Credentials, hashes: TokenHashes, clock: Clock, *, token_prefix: str) -> None:
        self._records = records
        self._hashes = hashes
        self._clock = clock
        self._prefix = token_prefix

    def authenticate(
        self,
        authorization: Sequence[str],
        *,
        organization_name: str | None = None,
        provider: str | None = None,
        source_address: str | None = None,
    ) -> Caller:
        """Find out who is asking (RFC 6750, RFC 7644 section 2).

        Args:
            authorization: all values of the `Authorization` header.
            organization_name: as in the URL; None when the URL names none.
            provider: identity provider as in the URL; None when the URL names none.
            source_address: IP address the gateway saw.

        Raises:
            AuthenticationFailed: anything is wrong with the token or its organization.
            OrganizationPaused: it is in order, and has to come back later.
            Unavailable: table or vault cannot be reached.
        """
        presented = self._parse(authorization)

        def vouch() -> tuple[Organization, TokenRecord]:
            return self._vouch(presented, organization_name, provider, source_address)

        organization, record = vouch()
        try:
            kept = self._hashes.find(_location(record), record.key_id)
        except VaultUnavailable:
            # Between the two reads the token may have been revoked, or its hash moved; the record says so by now.
            before, (organization, record) = _location(record), vouch()
            if _location(record) == before:
                raise
            kept = self._hashes.find(_location(record), record.key_id)
        if not hmac.compare_digest(token_hash(presented.key_id, presented.secret), kept):
            raise AuthenticationFailed("wrong secret", presented.key_id, organization)
        self._mark_used(organization, record)
        caller = Caller(
            organization,
            record.key_id,
            record.scopes,
            hashlib.sha256(_CURSOR_DOMAIN + kept).digest(),
            is_initial_sync(organization, record, self._clock.now()),
        )
        if organization.state == "paused":
            raise OrganizationPaused(caller)
        return caller

    def _vouch(
        self,
        presented: PresentedToken,
        organization_name: str | None,
        provider: str | None,
        source_address: str | None,
    ) -> tuple[Organization, TokenRecord]:
        """Organization and record, if everything but the secret is in order."""
        organization, record = self._records.credentials(presented.organization_id, presented.key_id)
        reason = self._objection(organization, record, organization_name, provider, source_address)
        if reason or organization is None or record is None:
            # Compared all the same: a dead token costs what a live one does.
            hmac.compare_digest(token_hash(presented.key_id, presented.secret), _NO_HASH)
            whose = organization if record is not None else None
            raise AuthenticationFailed(reason or "unknown token", presented.key_id, whose)
        return organization, record

    def _mark_used(self, organization: Organization, record: TokenRecord) -> None:
        """Remember the day: at most one write a day by each running function, and none that a request depends on."""
        today = self._clock.now().date()
        if record.last_used is None or record.last_used < today:
            with suppress(Unavailable):
                self._records.mark_used(organization.id, record.key_id, today)

    def _parse(self, authorization: Sequence[str]) -> PresentedToken:
        if not authorization:
            raise AuthenticationFailed("missing")
        if len(authorization) > 1 or len(authorization[0]) > MAX_HEADER_LENGTH:
            raise AuthenticationFailed("malformed")
        bearer = _BEARER.fullmatch(authorization[0])
        presented = parse(bearer[1], self._prefix) if bearer else None
        if presented is None:
            raise AuthenticationFailed("malformed")
        return presented

    def _objection(
        self,
        organization: Organization | None,
        record: TokenRecord | None,
        organization_name: str | None,
        provider: str | None,
        source_address: str | None,
    ) -> Reason | None:
        if organization is None:
            return "unknown organization"
        if record is None:
            return "unknown token"
        if not record.is_live(self._clock.now(), organization.auth_epoch):
            return "dead token"
        if organization.state in ("deleting", "deleted"):
            return "deleted organization"
        if organization_name is not None and fold_name(organization_name) != organization.name:
            return "other organization"
        if provider is not None and provider.lower() not in (organization.provider, GENERIC_PROVIDER):
            return "other provider"
        if record.source_ranges and not _inside(source_address, record.source_ranges):
            return "source address"
        return None


def _location(record: TokenRecord) -> HashLocation:
    return HashLocation(record.shard, record.revision)


def _inside(address: str | None, ranges: tuple[str, ...]) -> bool:
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - few tokens have source ranges, all would pay at start

    try:
        source = ip_address(address or "")
    except ValueError:
        return False
    return any(source in ip_network(network) for network in ranges)
