"""An organization: one customer of the company that deploys Gangway.

Its id is random, never changes and begins every key of everything it owns, and the key id of each of its tokens; so a
token names its organization before anything has been looked up. Its name is what people see in the URL. Names are
compared case-folded and are plain ASCII, so that no two of them look alike.
"""

from __future__ import annotations

import re
import secrets
import string
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

from gangway.access.errors import InvalidOrganizationName
from gangway.access.providers import PROVIDERS
from gangway.scim.dialect import STRICT

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.access.providers import ProviderName
    from gangway.scim.dialect import Profile

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ORGANIZATION_ID_LENGTH = 8
# Names that a customer could pass off as the service itself, or that tools take as a default.
RESERVED_NAMES = frozenset({"admin", "api", "default", "gangway", "null", "root", "scim", "system", "undefined"})
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

OrganizationState = Literal["active", "paused", "deleting", "deleted"]
"""active; paused: requests are told to come back later; deleting: refused, and can be restored until it is due;
deleted: nothing is left but the name, which nobody gets again."""
Remains = Literal["delete", "remove"]
"""What happens to the users and groups of a deleted organization: each is deleted as if its identity provider had done
it, with an event; or they are removed without a word."""


class Settings(TypedDict, total=False):
    """What operators may set; see `Organization` for the meaning."""

    display_name: str
    provider: ProviderName
    strict: bool
    unknown_members: Literal["refuse", "skip"]
    required_attributes: tuple[str, ...]
    token_limit: int
    rate_limit: int | None
    tombstone_days: int | None
    unique_group_names: bool
    failure_days: int


class Deletion(NamedTuple):
    """A deletion that is under way."""

    due: datetime
    """Until then it can be taken back."""
    users: Remains
    was: OrganizationState
    """The state that restoring leads back to."""


class Organization(NamedTuple):
    """One tenant and its settings."""

    id: str
    """Random and immutable, 8 characters of base62."""
    name: str
    """Login name as in the URL, case-folded; never given to another organization, even after deletion."""
    display_name: str
    created: datetime
    provider: ProviderName = "generic"
    strict: bool = False
    """True: no leniency towards dialects of identity providers."""
    state: OrganizationState = "active"
    deletion: Deletion | None = None
    auth_epoch: int = 0
    """Tokens minted under an older epoch are refused: raising it is the kill switch."""
    unknown_members: Literal["refuse", "skip"] = "refuse"
    """What to do with group members that do not exist."""
    required_attributes: tuple[str, ...] = ()
    """Attributes required at creation beyond those the schema requires."""
    token_limit: int = 2
    """Live tokens at a time."""
    rate_limit: int | None = None
    """Requests a second; None: the limit of the deployment."""
    tombstone_days: int | None = None
    """For how many days the same person's return restores a deleted user; None: as the deployment says."""
    unique_group_names: bool = True
    """Whether two groups may not share a displayName."""
    failure_days: int = 30
    """For how many days failed requests are kept."""
    version: int = 1
    """Counts changes of the settings; events are numbered by it."""
    ledger: int = 0
    """Counts changes to the set of tokens; of two that were decided on the same count only one happens."""

    @property
    def profile(self) -> Profile:
        """The leniencies that its requests may use: those of its provider, or none."""
        return STRICT if self.strict else PROVIDERS[self.provider].profile


def new_organization_id() -> str:
    """A random id, 47 bits: enough to be unique, and no secret."""
    return "".join(secrets.choice(BASE62) for _ in range(ORGANIZATION_ID_LENGTH))


def fold_name(name: str) -> str:
    """How organization names compare."""
    return name.casefold()


def checked_name(name: str) -> str:
    """The folded form of a name that a new organization may have.

    Raises:
        InvalidOrganizationName: characters or length are wrong, or the name is reserved.
    """
    folded = fold_name(name)
    if not _NAME.fullmatch(folded):
        raise InvalidOrganizationName(
            "A name has 1 to 63 letters, digits and hyphens (ASCII), and neither begins nor ends with a hyphen."
        )
    if folded in RESERVED_NAMES:
        raise InvalidOrganizationName("This name is reserved.")
    return folded
