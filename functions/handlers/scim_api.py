"""The Lambda function behind the SCIM API: wiring and entry point.

What nearly every request needs is made here once, before the first one; the rest is imported by the first request that
needs it. Until that is done there is no garbage worth collecting, and afterwards none of it ever becomes any, so the
collector is off first and told to forget last; that is a quarter of a cold start.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported
from __future__ import annotations

import gc

gc.disable()

from typing import TYPE_CHECKING

from gangway.access.authentication import Authenticator
from gangway.access.rate_limit import RateLimit
from gangway.clock import SystemClock
from gangway.directory.resources import Directory
from gangway.http.failure_log import FailureLog
from gangway.http.scim_api import ScimApi
from gangway.scim.schema import load_registry
from gangway.settings.base import extension_files
from gangway.settings.scim_api import ScimApiSettings
from gangway.storage import aws
from gangway.storage.data_sessions import DataSessions
from gangway.storage.directory_store import open_directory
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault

if TYPE_CHECKING:
    from gangway.diagnosis.recorder import FailureRecorder
    from gangway.directory.context import RequestContext

settings = ScimApiSettings.from_environment()
clock = SystemClock()
registry = load_registry(extension_files())
sessions = (
    DataSessions(aws.security_tokens(), settings.data_role, aws.dynamodb_as, clock) if settings.data_role else None
)
client_of = sessions.client if sessions else lambda _organization_id: aws.dynamodb()
dynamodb = aws.dynamodb()
records = OrganizationTable(dynamodb, settings.table, client_of)
vault = TokenVault(aws.secrets_manager(), secret_prefix=settings.token_secrets, shards=settings.token_shards)


def directory_of(context: RequestContext) -> Directory:
    """The directory of the organization that a request belongs to."""
    store = open_directory(client_of(context.organization_id), settings.table, context.organization_id, clock)
    return Directory(store, registry, context, clock)


def failure_recorder() -> FailureRecorder:
    """Keeps failed requests; imported by the first of them."""
    from gangway.diagnosis.recorder import FailureRecorder  # noqa: PLC0415 - as it says
    from gangway.storage.failures import FailureTable  # noqa: PLC0415

    return FailureRecorder(FailureTable(dynamodb, settings.table, clock, client_of), clock)


handler = ScimApi(
    registry=registry,
    authenticator=Authenticator(records, vault, clock, token_prefix=settings.token_prefix),
    rate_limit=RateLimit(records, clock, requests_per_second=settings.rate_limit),
    open_directory=directory_of,
    failures=FailureLog(failure_recorder),
    public_url=settings.public_url,
    tombstone_days=settings.tombstone_days,
).handle

gc.freeze()
gc.enable()
