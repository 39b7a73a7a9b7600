"""What all areas of the admin API share, made at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.organizations import Organizations
from gangway.access.tokens import Tokens
from gangway.clock import SystemClock
from gangway.scim.schema import load_registry
from gangway.settings.base import extension_files
from gangway.storage import aws
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault

if TYPE_CHECKING:
    from gangway.settings.admin_api import AdminApiSettings


class Shared:
    """Settings, clock and schemas, and the use cases that every area looks organizations up with."""

    def __init__(self, settings: AdminApiSettings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.registry = load_registry(extension_files())
        self.records = OrganizationTable(aws.dynamodb(), settings.table)
        self.vault = TokenVault(
            aws.secrets_manager(),
            secret_prefix=settings.token_secrets,
            shards=settings.token_shards,
            dedicated=settings.dedicated_secrets,
        )
        self.organizations = Organizations(self.records, self.clock)
        self.tokens = Tokens(self.records, self.vault, self.clock, token_prefix=settings.token_prefix)
