"""What can go wrong when organizations and tokens are administered.

These are answers to operators, through the admin API; identity providers meet SCIM errors instead.
"""

# ruff: noqa: N818 - the names say what happened; all of them are errors
from __future__ import annotations

from gangway.scim.errors import Unavailable


class AccessError(Exception):
    """Base of all; the message is a sentence for the operator."""


class InvalidOrganizationName(AccessError):
    """The name cannot be that of an organization."""


class OrganizationNameTaken(AccessError):
    """The name belongs, or once belonged, to another organization."""


class UnknownOrganization(AccessError):
    """There is no organization of that name."""


class UnknownToken(AccessError):
    """The organization has no token with that key id."""


class TokenLimitReached(AccessError):
    """As many tokens are live as the organization may have."""


class InvalidToken(AccessError):
    """What was asked for cannot be a token, for example one that has expired before it is minted."""


class VaultFull(AccessError):
    """The secret that would hold the token's hash has no room left."""


class WrongState(AccessError):
    """What was asked for cannot be done in the state that organization or token is in."""


class InvalidSetting(AccessError):
    """A setting cannot have the value that was asked for."""


class VaultUnavailable(Unavailable):
    """503: the vault of token hashes does not answer, or not as it must. A fault of ours, counted and alarmed."""
