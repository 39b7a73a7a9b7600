"""Tokens come to be: mint and rotate.

Two services hold a token's two halves, so the order of writes is the protocol. The hash is written first and the record
second: a crash in between leaves a hash that no record names, which opens nothing and is removed when the vault is
compacted. Rotating writes the new record and the old one's end in one transaction, so there is no moment without a
token, nor one with two beyond the overlap. The overlap is the old token's expiry: it ends by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gangway.access.errors import InvalidToken, WrongState
from gangway.access.event_documents import token_document
from gangway.access.ledger import Ledger, TokenChange, TokenSet
from gangway.access.organization import ORGANIZATION_ID_LENGTH
from gangway.access.revocation import forget_hashes
from gangway.access.token import BRIEF_LIFE, TokenRecord, compose, new_key_id, new_secret, token_hash
from gangway.changes.tell import change
from gangway.changes.tell_access import token_changed, token_created

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.access.ports import AccessRecords, HashLocation, TokenHashes
    from gangway.access.token import Scope
    from gangway.changes.event import ChangeEvent
    from gangway.clock import Clock

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: the only moment at which its text exists."""

    record: TokenRecord
    token: str = field(repr=False)

    @property
    def key_id(self) -> str:
        """The part that may be shown."""
        return self.record.key_id


@dataclass(frozen=True, slots=True)
class Rotated:
    """A token's successor, and what became of the token."""

    minted: Minted
    old: TokenRecord
    hash_removed: bool
    """Whether the old token's hash is gone from the vault, which it is not during an overlap."""


class Tokens:
    """The tokens of organizations."""

    def __init__(self, records: AccessRecords, hashes: TokenHashes, clock: Clock, *, token_prefix: str) -> None:
        self._ledger = Ledger(records)
        self._hashes = hashes
        self._clock = clock
        self._prefix = token_prefix

    def list(self, organization: Organization) -> tuple[TokenRecord, ...]:
        """The records of all its tokens, also of those that died lately, in the order they were minted."""
        now = self._clock.now()
        records = (record for record in self._ledger.read(organization.id).records if not record.forgotten(now))
        return tuple(sorted(records, key=lambda record: (record.created, record.key_id)))

    def get(self, organization: Organization, key_id: str) -> TokenRecord:
        """The record of one token. Raises UnknownToken."""
        return self._ledger.read(organization.id).token(key_id)

    def mint(
        self,
        organization: Organization,
        *,
        by: Operator,
        label: str,
        expires: datetime | None = None,
        scopes: Iterable[Scope] = (),
        source_ranges: Iterable[str] = (),
        brief: bool = False,
    ) -> Minted:
        """Make a token; its text is in the answer and nowhere else.

        Args:
            organization: whose resources it opens.
            by: who asked; kept as its creator.
            label: for people, to tell tokens apart.
            expires: from this moment on it is refused; None: never.
            scopes: what it is restricted to.
            source_ranges: networks (CIDR) that it may be used from; none: anywhere.
            brief: for a check that takes minutes; it does not count towards the limit of live tokens.

        Raises:
            InvalidToken: it would have expired already, or is to be brief and would live longer than that.
            TokenLimitReached: the organization has as many live tokens as it may have.
            WrongState: the organization is being deleted.
            VaultFull: the secret for its hash has no room.
            Unavailable: table or vault cannot be reached, or too many others change this organization's tokens.
        """
        now = self._clock.now()
        if expires is not None and expires <= now:
            raise InvalidToken("The time of expiry must lie in the future.")
        if brief and (expires is None or expires - now > BRIEF_LIFE):
            raise InvalidToken("A brief token must expire within 15 minutes.")
        # Asked before as well as when it counts: a refused wish should not cost the vault a version.
        self._ledger.read(organization.id).require_room(now, brief=brief)
        draft, token = self._draft(organization, by, now)
        draft = draft._replace(
            label=label,
            expires=expires,
            scopes=frozenset(scopes),
            source_ranges=tuple(source_ranges),
            brief=brief,
        )

        def decide(tokens: TokenSet) -> TokenChange:
            tokens.require_room(now, brief=brief)
            record = draft._replace(auth_epoch=tokens.organization.auth_epoch)
            return TokenChange((record,), (_created(record, by, now),))

        (record,) = self._ledger.change(organization.id, decide)
        return Minted(record, token)

    def rotate(
        self,
        organization: Organization,
        key_id: str,
        *,
        by: Operator,
        overlap: timedelta,
        expires: datetime | None = None,
    ) -> Rotated:
        """Put a new token in the place of one, with its label, scopes and source ranges.

        Args:
            organization: whose token it is.
            key_id: the token to replace.
            by: who asked.
            overlap: how long the old token goes on working; `AT_ONCE`: it is revoked with the same write.
            expires: of the new token; None: it lives as long as the old one was to live, counted from now.

        Raises:
            UnknownToken: the organization has no such token.
            WrongState: the token is not live, has a successor already, or the organization is being deleted.
            TokenLimitReached: there is no room for both; rotate at once.
            InvalidToken, VaultFull, Unavailable: as `mint`.
        """
        now = self._clock.now()
        if expires is not None and expires <= now:
            raise InvalidToken("The time of expiry must lie in the future.")
        _require_rotatable(self._ledger.read(organization.id), key_id, now, overlap)
        draft, token = self._draft(organization, by, now)

        def decide(tokens: TokenSet) -> TokenChange:
            old = _require_rotatable(tokens, key_id, now, overlap)
            new = draft._replace(
                label=old.label,
                scopes=old.scopes,
                source_ranges=old.source_ranges,
                expires=expires or (now + (old.expires - old.created) if old.expires else None),
                auth_epoch=tokens.organization.auth_epoch,
            )
            ended = _ended(old, now, overlap, successor=new.key_id)
            told = token_changed(
                by.cause(organization.id, now),
                "token.rotated",
                key_id,
                ended.version,
                token_document(old),
                token_document(ended),
            )
            return TokenChange((new, ended), (_created(new, by, now), *change(told)))

        new, ended = self._ledger.change(organization.id, decide)
        removed = overlap == AT_ONCE and forget_hashes(self._hashes, (ended,))
        return Rotated(Minted(new, token), ended, removed)

    def _draft(self, organization: Organization, by: Operator, now: datetime) -> tuple[TokenRecord, str]:
        """A record whose hash is in the vault, and the token's text."""
        key_id, secret = new_key_id(organization.id), new_secret()
        location: HashLocation = self._hashes.add(key_id, token_hash(key_id, secret), now)
        record = TokenRecord(
            key_id=key_id,
            label="",
            creator=by.principal,
            created=now,
            shard=location.shard,
            revision=location.revision,
            auth_epoch=organization.auth_epoch,
        )
        return record, compose(self._prefix, key_id, secret)


def _require_rotatable(tokens: TokenSet, key_id: str, now: datetime, overlap: timedelta) -> TokenRecord:
    old = tokens.token(key_id)
    if old.brief:
        raise WrongState("The token was made for a few minutes; mint another instead.")
    if tokens.is_followed(old, now):
        raise WrongState(f"The token has a successor already: {old.successor}.")
    if not old.is_live(now, tokens.organization.auth_epoch):
        raise WrongState("The token is not live; mint another.")
    tokens.require_room(now, besides=key_id if overlap == AT_ONCE else None)
    return old


def _ended(old: TokenRecord, now: datetime, overlap: timedelta, *, successor: str) -> TokenRecord:
    ended = old._replace(successor=successor, version=old.version + 1)
    if overlap == AT_ONCE:
        return ended.revoked(now)
    end = now + overlap
    return ended._replace(expires=min(old.expires, end) if old.expires else end)


def _created(record: TokenRecord, by: Operator, now: datetime) -> ChangeEvent:
    organization_id = record.key_id[:ORGANIZATION_ID_LENGTH]
    return token_created(by.cause(organization_id, now), record.key_id, token_document(record))
