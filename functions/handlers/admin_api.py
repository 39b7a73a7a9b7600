"""The Lambda function behind the admin API: wiring and entry point."""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
import gc

gc.disable()

from gangway.access.organizations import Organizations
from gangway.access.tokens import Tokens
from gangway.clock import SystemClock
from gangway.http.admin_api import AdminApi
from gangway.settings import AdminApiSettings
from gangway.storage import aws
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault

settings = AdminApiSettings.from_environment()
clock = SystemClock()
records = OrganizationTable(aws.dynamodb(), settings.table)
vault = TokenVault(aws.secrets_manager(), secret_prefix=settings.token_secrets, shards=settings.token_shards)

handler = AdminApi(
    Organizations(records, clock),
    Tokens(records, vault, clock, token_prefix=settings.token_prefix),
    clock,
    public_url=settings.public_url,
).handle

gc.freeze()
gc.enable()
