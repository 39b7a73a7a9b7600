"""Creates the organizations of a local stack, with the code the admin API runs, and a token for each.

Table, secrets and prefix come from the admin function's own declared variables, so a token minted here is one the SCIM
function finds where it looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gangway.access.errors import AccessError
from gangway.access.operator import Operator
from gangway.access.organizations import Organizations
from gangway.access.providers import PROVIDERS
from gangway.access.tokens import Tokens
from gangway.clock import SystemClock
from gangway.settings.admin_api import AdminApiSettings
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault
from infra.local.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


@dataclass(frozen=True, slots=True)
class LocalOrganization:
    """An organization and the token it was given; the token is shown once, by the command that started the stack."""

    id: str
    name: str
    scim_base_url: str
    provider: str
    token: str = field(repr=False)


def create_organizations(
    names: Iterable[str],
    clients: Callable[[str], Any],
    environment: Mapping[str, str],
    base_url: str,
    *,
    strict: bool = False,
    creator: str = "gangway local",
) -> list[LocalOrganization]:
    """Create organizations in the order of their names' appearance and mint a token for each.

    Args:
        names: login names; `name=provider` where it is another than the generic one.
        clients: gives an AWS client for a service.
        environment: the admin function's variables.
        base_url: in front of `/scim/v2`.
        strict: switch every leniency towards identity providers off.
        creator: who the token's record names.

    Raises:
        StartError: a name cannot be one or is given twice, or there is no such provider.
    """
    settings = AdminApiSettings.from_environment(environment)
    clock = SystemClock()
    table = OrganizationTable(clients("dynamodb"), settings.table)
    vault = TokenVault(clients("secretsmanager"), secret_prefix=settings.token_secrets, shards=settings.token_shards)
    organizations = Organizations(table, clock)
    tokens = Tokens(table, vault, clock, token_prefix=settings.token_prefix)
    operator = Operator(creator, request_id="start")
    made = []
    for wanted in names:
        name, _, provider = wanted.partition("=")
        known = PROVIDERS.get(provider or "generic")
        if known is None:
            raise StartError(
                f"There is no provider {provider!r} for {name!r}; the known ones are {', '.join(PROVIDERS)}."
            )
        try:
            organization = organizations.create(name, by=operator, strict=strict, provider=known.name)
        except AccessError as error:
            raise StartError(f"The organization {name!r} cannot be created: {error}") from None
        minted = tokens.mint(organization, by=operator, label="local")
        url = f"{base_url}/scim/v2/{organization.name}"
        made.append(LocalOrganization(organization.id, organization.name, url, known.name, minted.token))
    return made
