"""The identity providers that an organization may name, and what the choice decides.

It decides the form of the base URL that its administrator is given, the guide that is printed, and which leniencies
are expected: the rules that this client is known to need. A rule that fires outside that profile is allowed all the
same (a client may change), and shows in the request log as something new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from gangway.scim import dialect

if TYPE_CHECKING:
    from collections.abc import Mapping

ProviderName = Literal[
    "generic",
    "jumpcloud",
    "entra",
    "okta",
    "onelogin",
    "google",
    "ping",
    "rippling",
    "cyberark",
    "sailpoint",
]


@dataclass(frozen=True, slots=True)
class Provider:
    """One identity provider."""

    name: ProviderName
    title: str
    guide: str
    """Page and section below `docs/idp`."""
    url_suffix: str = ""
    """Appended to the base URL that is entered there."""
    dialect: frozenset[str] = frozenset()
    """Names of the leniencies that it is known to need."""
    unknown_members: Literal["refuse", "skip"] = "refuse"
    """What its new organizations do with group members that do not exist."""

    def base_url(self, public_url: str, organization_name: str) -> str:
        """The base URL to enter at this provider."""
        return f"{public_url}/scim/v2/{organization_name}{self.url_suffix}"

    def provisioning_url(self, public_url: str) -> str:
        """The form without the organization's name; the token alone decides."""
        return f"{public_url}/provisioning/{self.name}/v2{self.url_suffix}"


def _rules(*rules: dialect.Rule) -> frozenset[str]:
    return frozenset(rule.name for rule in rules)


_ENTRA: Final = _rules(
    dialect.OPERATION_CASE,
    dialect.TEXT_BOOLEANS,
    dialect.EMPTY_TEXT,
    dialect.VALUE_FOR_COMPLEX,
    dialect.WRAPPED_VALUE,
    dialect.UNKNOWN_ATTRIBUTES,
    dialect.UNKNOWN_SCHEMAS,
    dialect.READ_ONLY_IN_PATCH,
    dialect.PATH_KEYS,
    dialect.CREATE_THROUGH_VALUE_PATH,
    dialect.REMOVE_WITH_VALUE,
    dialect.VALUE_PATH_COMPARISON,
)
_OKTA: Final = _rules(dialect.RELATIVE_REFERENCES, dialect.UNKNOWN_ATTRIBUTES, dialect.READ_ONLY_IN_PATCH)
_JUMPCLOUD: Final = _rules(dialect.RELATIVE_REFERENCES, dialect.REMOVE_WITH_VALUE)
_ONELOGIN: Final = _rules(
    dialect.UNWRAPPED_LIST, dialect.UNKNOWN_ATTRIBUTES, dialect.UNKNOWN_SCHEMAS, dialect.MISSING_SCHEMAS
)

PROVIDERS: Final[Mapping[str, Provider]] = {
    provider.name: provider
    for provider in (
        Provider("generic", "Any other SCIM 2.0 client", "README.md#any-other-scim-20-client"),
        Provider("jumpcloud", "JumpCloud", "jumpcloud.md", dialect=_JUMPCLOUD),
        # The flag makes Entra ID send what the RFC says instead of an older form.
        Provider("entra", "Microsoft Entra ID", "entra.md", url_suffix="?aadOptscim062020", dialect=_ENTRA),
        # It never repeats a change of members that was refused, so refusing one would lose all the others.
        Provider("okta", "Okta", "okta.md", dialect=_OKTA, unknown_members="skip"),
        Provider("onelogin", "OneLogin", "README.md#onelogin", dialect=_ONELOGIN),
        Provider("google", "Google Workspace", "README.md#google-workspace"),
        Provider("ping", "PingFederate, PingOne", "README.md#ping"),
        Provider("rippling", "Rippling", "README.md#rippling"),
        Provider("cyberark", "CyberArk Identity", "README.md#cyberark-identity"),
        Provider("sailpoint", "SailPoint", "README.md#sailpoint"),
    )
}
"""Every provider by its name."""
