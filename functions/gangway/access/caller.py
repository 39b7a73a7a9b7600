"""Who asked, once that is verified, and what their token lets them do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gangway.scim.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gangway.access.organization import Organization
    from gangway.access.token import Scope, TokenRecord

REALM = "gangway"

INITIAL_SYNC = timedelta(days=1)
"""How long an identity provider is given to fill an empty directory."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated token and its organization: the only source of tenancy for the rest of the request."""

    organization: Organization
    key_id: str
    scopes: frozenset[Scope]
    cursor_key: bytes = field(repr=False)
    """Secret of this token alone, for sealing page cursors."""
    initial_sync: bool = False
    """Whether an identity provider is taken to be filling an empty directory; see `is_initial_sync`."""

    def require(self, *, write: bool, resource_types: Collection[str]) -> None:
        """Check the token's scopes.

        Args:
            write: whether the request may change something.
            resource_types: names of the resource types it concerns.

        Raises:
            Forbidden: the token is restricted to something else.
        """
        if write and "read-only" in self.scopes:
            raise _insufficient("This token may only read.")
        if "users-only" in self.scopes and any(name != "User" for name in resource_types):
            raise _insufficient("This token may only be used for users.")


def is_initial_sync(organization: Organization, token: TokenRecord, now: datetime) -> bool:
    """Whether a change at this moment counts as part of an organization's first synchronisation.

    It does on the first day of the organization, and on the first day of its first token, as long as it has no other:
    that is when identity providers send everybody they have. It costs no read, as both are read to authenticate.
    """
    begins = token.created if organization.ledger <= 1 else organization.created
    return now - begins < INITIAL_SYNC


def _insufficient(detail: str) -> Forbidden:
    return Forbidden(detail, headers={"WWW-Authenticate": f'Bearer realm="{REALM}", error="insufficient_scope"'})
