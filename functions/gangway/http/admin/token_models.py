"""What the admin API takes and gives of tokens."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads annotations when the class is made
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, IPvAnyNetwork

from gangway.access.token import Scope  # noqa: TC001 - as above
from gangway.http.admin.models import AdminModel, Moment
from gangway.http.admin.paging import PageQuery

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.access.token import TokenRecord
    from gangway.access.tokens import Minted


class NewToken(AdminModel):
    """A token to mint."""

    label: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """For people, to tell tokens apart."""
    expires: AwareDatetime | None = None
    """From this moment on it is refused; null: never."""
    scopes: tuple[Scope, ...] = ()
    """What it is restricted to; none: everything the organization owns."""
    source_ranges: Annotated[tuple[IPvAnyNetwork, ...], Field(max_length=20)] = ()
    """Networks (CIDR) that it may be used from, by the address that the gateway sees; none: anywhere."""
    brief: bool = False
    """For a check that takes minutes: it must expire within 15 of them, does not count towards the organization's limit
    of live tokens (there may be three such at a time), is not warned of, and cannot be rotated."""


class Rotation(AdminModel):
    """How to rotate a token."""

    overlap_hours: Annotated[float, Field(ge=0, le=24 * 30)] = 24
    """How long the old token goes on working; 0: it is revoked at once."""
    expires: AwareDatetime | None = None
    """Of the new token; null: it lives as long as the old one was to live."""


class TokenView(AdminModel):
    """A token as operators see it: never its text, nor its hash."""

    key_id: str
    label: str
    creator: str
    """ARN of the AWS principal who minted it."""
    created: Moment
    expires: Moment | None
    scopes: tuple[str, ...]
    source_ranges: tuple[str, ...]
    last_used: date | None
    """The last day (UTC) on which it opened something."""
    successor: str | None
    """Key id of the token that takes its place."""
    state: str
    """active, suspended, revoked, or expired."""
    ended: Moment | None
    """When it was revoked."""
    brief: bool
    """Whether it was made for a few minutes."""

    @classmethod
    def of(cls, record: TokenRecord, now: datetime) -> TokenView:
        """The view of a token's record."""
        expired = record.state == "active" and record.expires is not None and record.expires <= now
        return cls(
            key_id=record.key_id,
            label=record.label,
            creator=record.creator,
            created=record.created,
            expires=record.expires,
            scopes=tuple(sorted(record.scopes)),
            source_ranges=record.source_ranges,
            last_used=record.last_used,
            successor=record.successor,
            state="expired" if expired else record.state,
            ended=record.ended,
            brief=record.brief,
        )


class MintedView(TokenView):
    """A new token, with its text: the only time that it is shown."""

    token: str

    @classmethod
    def minted(cls, minted: Minted, now: datetime) -> MintedView:
        """The view of a token that has just been minted."""
        return cls(**dict(TokenView.of(minted.record, now)), token=minted.token)


class TokenQuery(PageQuery):
    """Which tokens."""

    dead: bool = False
    """Whether those too that are revoked or expired; their records are kept for 90 days."""


class TokenList(AdminModel):
    """Tokens in the order they were minted."""

    tokens: tuple[TokenView, ...]
    next_cursor: str | None


class RevokedView(TokenView):
    """A token that is refused from now on."""

    hash_removed: bool
    """False: the token is refused already, but the vault could not be reached to remove its hash; repeat the call."""


class RotatedView(MintedView):
    """A token's successor, with its text, and the token it replaces."""

    replaced: RevokedView
    """`expires` is when the overlap ends; its hash stays in the vault until then."""


class RevokedAllView(AdminModel):
    """What the kill switch of an organization did."""

    revoked: int
    """Tokens that were marked as revoked by this call; all others were dead already."""
    hashes_removed: bool
    """False: all tokens are refused already, but the vault could not be reached; repeat the call."""


class SliceQuery(AdminModel):
    """Where long work goes on."""

    cursor: str | None = None
    """`nextCursor` of the answer before."""


class RevokedEverywhereView(AdminModel):
    """How far the kill switch of the stack has come."""

    organizations: int
    """Organizations whose tokens were revoked by this call."""
    next_cursor: str | None
    """Repeat the call with it until it is null."""


class MovedView(AdminModel):
    """How far the hashes have been moved to where they belong."""

    moved: int
    """Hashes that this call moved."""
    next_cursor: str | None
    """Repeat the call with it until it is null."""
