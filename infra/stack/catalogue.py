"""Every function of the stack: what it is for, what it is told, what it may, and how it is run.

What a function may is in `iam`; what it is told must be what its settings model asks for, and a test compares the two.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.stack import iam
from infra.stack.encryption import KeyUse
from infra.stack.function import Environment, FunctionArgs, Runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from infra.stack.naming import Names
    from infra.stack.settings import Settings

READS_TABLE = ("scim-api", "admin-api", "change-relay", "housekeeper", "webhook-dispatcher", "token-compactor")
READS_TOKENS = ("scim-api",)
WRITES_TOKENS = ("admin-api", "token-compactor")
LISTENING = ("change-relay", "housekeeper")
"""Woken by the table's stream."""
BACKGROUND = (*LISTENING, "token-compactor", "webhook-dispatcher")
"""Nobody waits for them; they have dead letters."""
DISPATCHER_SECONDS = 300
"""An endpoint that is slow to answer is waited for, and nobody waits for the dispatcher."""


def key_uses(names: Names, *, data_role: bool) -> list[KeyUse]:
    """What functions do with the encryption key, and the data role if there is one."""
    uses = (
        ("dynamodb", ("Decrypt",), READS_TABLE),
        ("secretsmanager", ("Decrypt",), READS_TOKENS),
        ("secretsmanager", ("Decrypt", "GenerateDataKey"), WRITES_TOKENS),
    )
    roles = {"dynamodb": [names.data_role] if data_role else []}
    return [
        KeyUse(service, operations, [*(names.function(f) for f in users), *roles.get(service, [])])
        for service, operations, users in uses
    ]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The functions of one stack.

    Attributes:
        settings: of the stack.
        names: of the stack.
        runtime: what the functions have in common.
        rights: what rights are granted on.
        table_name: the table's name, known when it exists.
        token_secrets: what the names of the secrets with token hashes begin with.
        bus_name: the event bus's name, known when it exists.
    """

    settings: Settings
    names: Names
    runtime: Runtime
    rights: iam.Resources
    table_name: pulumi.Input[str]
    token_secrets: str
    bus_name: pulumi.Input[str]

    def scim_api(self, public_url: str) -> FunctionArgs:
        """Behind the SCIM API. Without a URL of its own it takes the gateway's from each request."""
        told = {
            "GANGWAY_RATE_LIMIT": str(self.settings.rate_limit),
            "GANGWAY_TOMBSTONE_DAYS": str(self.settings.tombstone_days),
            **({"GANGWAY_PUBLIC_URL": public_url} if public_url else {}),
            **({"GANGWAY_DATA_ROLE": self.rights.data_role} if self.settings.sessions else {}),
        }
        return self._function(
            "scim-api",
            "answers SCIM",
            iam.scim_api_with_sessions(self.rights) if self.settings.sessions else iam.scim_api(self.rights),
            {**self._table, **self._vault, **told},
            reserved_concurrency=self.settings.scim_concurrency or None,
            snap_start=self.settings.snap_start,
        )

    def admin_api(self, public_url: pulumi.Input[str]) -> FunctionArgs:
        """Behind the admin API."""
        told = {
            "GANGWAY_PUBLIC_URL": public_url,
            "GANGWAY_TOMBSTONE_DAYS": str(self.settings.tombstone_days),
        }
        return self._function(
            "admin-api",
            "answers operators",
            iam.admin_api(self.rights),
            {**self._table, **self._vault, **self._dedicated, **self._webhooks, **told},
            snap_start=self.settings.snap_start,
        )

    def change_relay(self) -> FunctionArgs:
        """Publishes changes."""
        told = {**self._retention, **self._dispatcher, "GANGWAY_EVENT_BUS": self.bus_name}
        return self._function("change-relay", "publishes changes", iam.change_relay(self.rights), self._table | told)

    def webhook_dispatcher(self, public_url: pulumi.Input[str]) -> FunctionArgs:
        """Delivers changes to endpoints, in order."""
        told = {**self._signing, "GANGWAY_PUBLIC_URL": public_url}
        return self._function(
            "webhook-dispatcher",
            "delivers webhooks",
            iam.webhook_dispatcher(self.rights),
            {**self._table, **self._dispatcher, **self._sender, **told},
            timeout_seconds=DISPATCHER_SECONDS,
        )

    def webhook_sender(self) -> FunctionArgs:
        """Posts to addresses that customers choose, and therefore may nothing and knows nothing."""
        return self._function("webhook-sender", "posts webhooks", iam.webhook_sender(self.rights), self._networks)

    def housekeeper(self) -> FunctionArgs:
        """Finishes what requests began."""
        purpose = "finishes what requests began"
        return self._function("housekeeper", purpose, iam.housekeeper(self.rights), self._table)

    def token_compactor(self) -> FunctionArgs:
        """Drops the hashes of dead tokens; it knows no token, so how tokens look is not its business."""
        told = {name: value for name, value in self._vault.items() if name != "GANGWAY_TOKEN_PREFIX"}
        return self._function(
            "token-compactor",
            "keeps the token vault small",
            iam.token_compactor(self.rights),
            {**self._table, **told, **self._dedicated},
        )

    def _function(
        self, service: str, purpose: str, may: Sequence[iam.Statement], told: Environment, **more: Any
    ) -> FunctionArgs:
        # Whatever calls a function while its stack stands by (a client, a record, an operator), it does not run.
        rest = {"reserved_concurrency": 0} if self.settings.stands_by else {}
        return FunctionArgs(service, purpose, told, self.runtime, may, **(more | rest))

    @property
    def _table(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_TABLE": self.table_name}

    @property
    def _vault(self) -> dict[str, pulumi.Input[str]]:
        return {
            "GANGWAY_TOKEN_SECRETS": self.token_secrets,
            "GANGWAY_TOKEN_SHARDS": str(self.settings.token_shards),
            "GANGWAY_TOKEN_PREFIX": self.settings.token_prefix,
        }

    @property
    def _dedicated(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_DEDICATED_SECRETS": json.dumps(self.settings.dedicated_token_secrets)}

    @property
    def _retention(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_EVENT_RETENTION_DAYS": str(self.settings.event_retention_days)}

    @property
    def _dispatcher(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_WEBHOOK_DISPATCHER": self.names.callable("webhook-dispatcher")}

    @property
    def _sender(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_WEBHOOK_SENDER": self.names.callable("webhook-sender")}

    @property
    def _signing(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_EVENT_SIGNING_KEY": self.rights.event_signing_key}

    @property
    def _webhooks(self) -> dict[str, pulumi.Input[str]]:
        return {**self._dispatcher, **self._sender, **self._networks, **self._signing}

    @property
    def _networks(self) -> dict[str, pulumi.Input[str]]:
        return {"GANGWAY_WEBHOOK_NETWORKS": json.dumps(self.settings.webhook_networks)}
