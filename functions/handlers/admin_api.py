"""The Lambda function behind the admin API: wiring and entry point."""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
import gc

gc.disable()

from gangway.access.organizations import Organizations
from gangway.access.tokens import Tokens
from gangway.clock import SystemClock
from gangway.http.admin.api import AdminApi
from gangway.http.admin.organizations import organization_area
from gangway.http.admin.tokens import token_area
from gangway.settings import AdminApiSettings
from gangway.storage import aws
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault

settings = AdminApiSettings.from_environment()
clock = SystemClock()
records = OrganizationTable(aws.dynamodb(), settings.table)
vault = TokenVault(aws.secrets_manager(), secret_prefix=settings.token_secrets, shards=settings.token_shards)

organizations = Organizations(records, clock)
tokens = Tokens(records, vault, clock, token_prefix=settings.token_prefix)

api = AdminApi(
    [
        organization_area(organizations, public_url=settings.public_url),
        token_area(organizations, tokens, clock),
    ]
)
handler = api.handle

gc.freeze()
gc.enable()
