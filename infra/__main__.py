"""The whole stack, read from top to bottom: what is kept, what runs, the doors in front of it, and what watches it.

`pulumi up` runs this against AWS; `gangway local` and the tests run the same file and build what it declares in an
emulator, so there is no second description of the stack. Optional parts are imported only when they are on.
"""

import functools

import pulumi
import pulumi_aws as aws

from infra.stack import catalogue, iam, openapi
from infra.stack.api import AccessLogs, RestApi, RestApiArgs
from infra.stack.background import Background, BackgroundArgs, Doorbell
from infra.stack.callers import Callers, CallersArgs
from infra.stack.code import lambda_code
from infra.stack.function import Function, Runtime
from infra.stack.naming import Names, Place
from infra.stack.rotation import TokenRotation, TokenRotationArgs
from infra.stack.settings import Settings
from infra.stack.signing import SigningKey, SigningKeyArgs
from infra.stack.stores import find_copies, keep
from infra.stack.tags import tag_everything

settings = Settings.read()
names = Names.of(pulumi.get_project(), pulumi.get_stack())
place = Place(aws.get_caller_identity().account_id, aws.get_region().region)
code = lambda_code(settings)
protect = settings.deletion_protection
tag_everything({**settings.tag_map, "project": pulumi.get_project(), "stack": pulumi.get_stack()})


def role(service: str) -> str:
    """ARN of a function's role."""
    return place.arn("iam", f"role/{names.function(service)}")


def of_stack(stack: str) -> Names | None:
    """Names of another stack of this project, if one is named."""
    return Names.of(pulumi.get_project(), stack) if stack else None


# What is kept; in a second region, the copies of it.
primary = of_stack(settings.primary_stack)
if primary:
    kept = find_copies(settings, primary, names, place)
else:
    kept = keep(settings, names, of_stack(settings.second_stack), place)
signing_key = SigningKey(
    "events", SigningKeyArgs(names.signing_key_alias, place, role("webhook-dispatcher"), role("admin-api"), protect)
)
bus = aws.cloudwatch.EventBus("changes", name=names.prefix, description="Gangway: changes to directories")

# What runs.
functions = catalogue.Catalogue(
    settings=settings,
    names=names,
    runtime=Runtime(
        code=code,
        python_version=settings.python_version,
        memory_mb=settings.function_memory,
        log_level=settings.log_level,
        log_retention_days=settings.log_retention_days,
        log_key_arn=kept.key_arn,
    ),
    rights=iam.Resources(
        table=kept.table_arn,
        token_secrets=kept.secrets_arn,
        key=kept.key_arn,
        event_bus=bus.arn,
        webhook_dispatcher=place.arn("lambda", f"function:{names.callable('webhook-dispatcher')}"),
        webhook_sender=place.arn("lambda", f"function:{names.callable('webhook-sender')}"),
        event_signing_key=signing_key.arn,
        data_role=place.arn("iam", f"role/{names.data_role}"),
        region=place.region,
    ),
    table_name=kept.table_name,
    token_secrets=(primary or names).token_secrets,
    bus_name=bus.name,
)

# The doors.
api = functools.partial(
    RestApiArgs,
    throttle_rate=settings.throttle_rate,
    throttle_burst=settings.throttle_burst,
    access_logs=AccessLogs(settings.log_retention_days, kept.key_arn) if settings.access_logs else None,
)
own_url = settings.public_url or (f"https://{settings.domain_name}" if settings.domain_name else "")
scim_function = Function("scim-api", functions.scim_api(own_url), names)
if settings.sessions:
    from infra.stack.data_role import DataRole, DataRoleArgs

    DataRole("scim-data", DataRoleArgs(names.data_role, scim_function.role_arn, iam.scim_data(functions.rights)))
scim = RestApi(
    "scim",
    api(
        description="SCIM for identity providers",
        function=scim_function,
        body=functools.partial(openapi.scim_api, names.api("scim"), vpc_endpoints=settings.scim_vpc_endpoints),
        vpc_endpoints=settings.scim_vpc_endpoints,
        own_url=not settings.domain_name,
    ),
    names,
)
base_url = pulumi.Output.from_input(own_url or scim.url)
admin = RestApi(
    "admin",
    api(
        description="administration for operators",
        function=Function("admin-api", functions.admin_api(base_url), names),
        body=functools.partial(
            openapi.admin_api, names.api("admin"), account=place.account, vpc_endpoints=settings.admin_vpc_endpoints
        ),
        vpc_endpoints=settings.admin_vpc_endpoints,
    ),
    names,
)
callers = Callers("callers", CallersArgs(admin.execution_arn, settings.application_organizations), names)
if settings.manage_gateway_log_role:
    from infra.stack.gateway_log_role import GatewayLogRole

    GatewayLogRole("gateway-logs", names.function("gateway-logs"))
if settings.domain_name:
    from infra.stack.domain import Domain, DomainArgs

    domain = Domain(
        "domain", DomainArgs(settings.domain_name, settings.certificate_arn, settings.hosted_zone_id, scim.id), scim
    )
    pulumi.export("domainTarget", domain.target)
if settings.firewall:
    from infra.stack.firewall import Firewall, FirewallArgs

    Firewall(
        "firewall",
        FirewallArgs(
            firewall_name=names.prefix,
            rate=settings.firewall_rate,
            stage_arn=scim.stage_arn,
            log_group_name=names.firewall_logs,
            log_retention_days=settings.log_retention_days,
            log_key_arn=kept.key_arn,
        ),
    )

# What nobody waits for.
works = not settings.stands_by
background = functools.partial(BackgroundArgs, enabled=works)
outbox, work = (Doorbell(kept.stream_arn, kind) for kind in ("outbox", "work"))
Background("change-relay", background(functions.change_relay(), "rate(5 minutes)", outbox), names)
Background("housekeeper", background(functions.housekeeper(), "rate(5 minutes)", work), names)
Background("webhook-dispatcher", background(functions.webhook_dispatcher(base_url), "rate(1 minute)"), names)
Function("webhook-sender", functions.webhook_sender(), names)
# Copies of secrets are not written; their originals are compacted at home.
upkeep = BackgroundArgs(functions.token_compactor(), "rate(1 day)", enabled=works and not primary)
compactor = Background("token-compactor", upkeep, names)
if kept.secrets and works:
    TokenRotation("tokens", TokenRotationArgs(kept.secrets, compactor.function, place.account))

if settings.alarms:
    from infra.stack.alarms import Watched
    from infra.stack.observability import Observability, ObservabilityArgs

    observability = Observability(
        "watch",
        ObservabilityArgs(
            watched=Watched(
                names,
                kept.table,
                ("scim", "admin"),
                catalogue.LISTENING,
                catalogue.BACKGROUND,
                settings.second_region,
            ),
            place=place,
            key_arn=kept.key_arn,
            email=settings.alarm_email,
            monthly_budget=settings.monthly_budget,
        ),
    )
    pulumi.export("alarmTopicArn", observability.topic_arn)

pulumi.export("scimBaseUrl", pulumi.Output.concat(base_url, "/scim/v2"))
pulumi.export("provisioningBaseUrl", pulumi.Output.concat(base_url, "/provisioning"))
pulumi.export("adminUrl", pulumi.Output.concat(admin.url, "/admin/v1"))
pulumi.export("region", place.region)
pulumi.export("duty", "standby" if settings.stands_by else "active")
pulumi.export("tableName", kept.table_name)
pulumi.export("eventBusName", bus.name)
for who, policy_arn in callers.arns.items():
    pulumi.export(f"{who}PolicyArn", policy_arn)
