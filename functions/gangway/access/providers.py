"""The identity providers that an organization may name, and what the choice decides.

It decides the form of the base URL that its administrator is given, the guide that is printed, and the dialect profile:
which leniencies the organization's requests may use. Most of them every lenient organization has, because a client may
change, and many are no provider on this list; those that other clients would stumble over are given to whom needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gangway.scim.dialect import CREATE_BY_REPLACE, LENIENT, Profile

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


class Provider(NamedTuple):
    """One identity provider."""

    name: ProviderName
    title: str
    guide: str
    """Page and section below `docs/idp`."""
    url_suffix: str = ""
    """Appended to the base URL that is entered there."""
    profile: Profile = LENIENT
    """The leniencies of its organizations, unless they are strict."""
    unknown_members: Literal["refuse", "skip"] = "refuse"
    """What its new organizations do with group members that do not exist."""
    repeats_after: Literal[429, 503] = 503
    """The status that makes it send again what failed for a fault of ours; some do so after no other than 429."""

    def base_url(self, public_url: str, organization_name: str) -> str:
        """The base URL to enter at this provider."""
        return f"{public_url}/scim/v2/{organization_name}{self.url_suffix}"


_ENTRA: Final[Profile] = LENIENT | {CREATE_BY_REPLACE.name}

PROVIDERS: Final[Mapping[str, Provider]] = {
    provider.name: provider
    for provider in (
        Provider("generic", "Any other SCIM 2.0 client", "README.md#any-other-scim-20-client"),
        Provider("jumpcloud", "JumpCloud", "jumpcloud.md"),
        # The flag makes Entra ID send what the RFC says instead of an older form.
        Provider("entra", "Microsoft Entra ID", "entra.md", url_suffix="?aadOptscim062020", profile=_ENTRA),
        # It never repeats a change of members that was refused, so refusing one would lose all the others.
        Provider("okta", "Okta", "okta.md", unknown_members="skip", repeats_after=429),
        Provider("onelogin", "OneLogin", "README.md#onelogin"),
        Provider("google", "Google Workspace", "README.md#google-workspace"),
        Provider("ping", "PingFederate, PingOne", "README.md#ping"),
        Provider("rippling", "Rippling", "README.md#rippling"),
        Provider("cyberark", "CyberArk Identity", "README.md#cyberark-identity"),
        Provider("sailpoint", "SailPoint", "README.md#sailpoint"),
    )
}
"""Every provider by its name."""
