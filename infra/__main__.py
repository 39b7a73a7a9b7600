"""The whole stack, read from top to bottom: what is kept, what runs, and the doors in front of it.

`pulumi up` runs this against AWS; `gangway local` and the tests run the same file and build what it declares in an
emulator, so there is no second description of the stack.
"""

import functools
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.stack import iam, openapi
from infra.stack.api import RestApi, RestApiArgs
from infra.stack.code import lambda_code
from infra.stack.encryption import EncryptionKey, EncryptionKeyArgs
from infra.stack.function import Environment, Function, FunctionArgs
from infra.stack.naming import Names
from infra.stack.settings import Settings
from infra.stack.stream_consumer import StreamConsumer, StreamConsumerArgs
from infra.stack.table import Table, TableArgs
from infra.stack.tags import tag_everything
from infra.stack.vault import TokenVault, TokenVaultArgs

settings = Settings.read()
names = Names.of(pulumi.get_project(), pulumi.get_stack())
code = lambda_code(settings)
tag_everything({**settings.tag_map, "project": pulumi.get_project(), "stack": pulumi.get_stack()})

# What is kept.
protect = settings.deletion_protection
key = EncryptionKey("encryption", EncryptionKeyArgs(names.key_alias, protect))
table = Table("directory", TableArgs(names.prefix, key.arn, protect))
vault = TokenVault("tokens", TokenVaultArgs(names.token_secrets, settings.token_shards, key.arn, protect))
bus = aws.cloudwatch.EventBus("changes", name=names.prefix, description="Gangway: changes to directories")

# What runs.
rights = iam.Resources(table.arn, vault.secrets_arn, key.arn, bus.arn, aws.get_region().region)
in_table = {"GANGWAY_TABLE": table.table_name}
in_vault = {
    "GANGWAY_TOKEN_SECRETS": names.token_secrets,
    "GANGWAY_TOKEN_SHARDS": str(settings.token_shards),
    "GANGWAY_TOKEN_PREFIX": settings.token_prefix,
}


def function(service: str, purpose: str, may: Sequence[iam.Statement], environment: Environment) -> FunctionArgs:
    """What all functions have in common."""
    return FunctionArgs(
        function_name=names.function(service),
        service=service,
        description=purpose,
        handler=f"handlers.{service.replace('-', '_')}.handler",
        code=code,
        environment={**in_table, **environment},
        memory_mb=settings.function_memory,
        log_retention_days=settings.log_retention_days,
        log_level=settings.log_level,
        statements=may,
    )


def woken_by(kind: str, consumer: FunctionArgs) -> StreamConsumer:
    """A function that runs when an item of a kind is inserted."""
    queue, sweep = names.dead_letters(consumer.service), names.sweep(consumer.service)
    return StreamConsumer(consumer.service, StreamConsumerArgs(consumer, table.stream_arn, kind, queue, sweep))


to_bus: Environment = {
    "GANGWAY_EVENT_BUS": bus.name,
    "GANGWAY_EVENT_RETENTION_DAYS": str(settings.event_retention_days),
}
woken_by("outbox", function("change-relay", "publishes changes", iam.change_relay(rights), to_bus))
woken_by("work", function("housekeeper", "finishes what requests began", iam.housekeeper(rights), {}))

# The doors.
in_front = {"GANGWAY_PUBLIC_URL": settings.public_url} if settings.public_url else {}
for_scim = {**in_vault, **in_front, "GANGWAY_RATE_LIMIT": str(settings.rate_limit)}
scim = RestApi(
    "scim",
    RestApiArgs(
        names.api("scim"),
        "SCIM for identity providers",
        Function("scim-api", function("scim-api", "answers SCIM", iam.scim_api(rights), for_scim)),
        functools.partial(openapi.scim_api, names.api("scim")),
    ),
)
base_url = pulumi.Output.from_input(settings.public_url or scim.url)

for_admin: Environment = {**in_vault, "GANGWAY_PUBLIC_URL": base_url}
admin = RestApi(
    "admin",
    RestApiArgs(
        names.api("admin"),
        "administration for operators",
        Function("admin-api", function("admin-api", "answers operators", iam.admin_api(rights), for_admin)),
        functools.partial(openapi.admin_api, names.api("admin"), account=aws.get_caller_identity().account_id),
    ),
)

pulumi.export("scimBaseUrl", pulumi.Output.concat(base_url, "/scim/v2"))
pulumi.export("provisioningBaseUrl", pulumi.Output.concat(base_url, "/provisioning"))
pulumi.export("adminUrl", pulumi.Output.concat(admin.url, "/admin/v1"))
pulumi.export("tableName", table.table_name)
pulumi.export("eventBusName", bus.name)
