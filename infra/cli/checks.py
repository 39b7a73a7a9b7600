"""What is looked at before a stack is deployed for the first time: what makes `pulumi up` fail half-way, or later.

Each check asks AWS for one thing and answers with a sentence, and with what to do if it is not as it should be. None
changes anything. A check that may not ask says which right it lacks, and the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.stack.naming import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.stack.settings import Settings

    type Clients = Callable[[str], Any]
    """A client of AWS by the name of its service."""

KEPT_UNRESERVED = 100
"""Concurrent executions that Lambda keeps for functions without a reservation; with fewer, all functions starve."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is going to be deployed.

    Attributes:
        settings: of the stack.
        names: of its resources.
        tags: by which AWS shows that something belongs to this stack already.
        region: where.
    """

    settings: Settings
    names: Names
    tags: dict[str, str]
    region: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        check: its name.
        says: what is so, as a sentence.
        next_step: what to do about it; empty: it is as it should be.
    """

    check: str
    says: str
    next_step: str = ""


def findings(clients: Clients, plan: Plan) -> Iterator[Finding]:
    """Everything that asks AWS."""
    for name, check in CHECKS.items():
        try:
            says, next_step = check(clients, plan)
        except ClientError as error:
            says = f"{error.operation_name} was refused: {error.response['Error']['Code']}."
            next_step = f"Ask for the right to {error.operation_name}, or let somebody check who has it."
        yield Finding(name, says, next_step)


def caller(clients: Clients, _plan: Plan) -> tuple[str, str]:
    """Who deploys, and into which account."""
    found = clients("sts").get_caller_identity()
    says = f"You are {found['Arn']} in account {found['Account']}."
    root = found["Arn"].endswith(":root")
    return says, "Deploy as a role or a user: whoever has the root user's keys has the account." if root else ""


def concurrency(clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether Lambda runs enough at a time; a new account may start with ten."""
    limit = clients("lambda").get_account_settings()["AccountLimit"]
    free, wanted = limit["UnreservedConcurrentExecutions"], plan.settings.scim_concurrency
    says = f"Lambda runs {limit['ConcurrentExecutions']} at a time in {plan.region}; {free} are not reserved."
    if free - wanted >= KEPT_UNRESERVED:
        return says, ""
    lower = "set scimConcurrency lower, or " if wanted else ""
    needed = f"{KEPT_UNRESERVED + wanted} are needed: "
    return says, f"{needed}{lower}ask for more in Service Quotas (AWS Lambda, Concurrent executions)."


def gateway_log_role(clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether API Gateway may write the logs that are asked for, and whose role would be replaced."""
    role = clients("apigateway").get_account().get("cloudwatchRoleArn", "")
    says = f"API Gateway writes logs as {role}." if role else "API Gateway has no role for logs in this region."
    manages = plan.settings.manage_gateway_log_role
    if plan.settings.access_logs and not role and not manages:
        return says, "pulumi config set manageGatewayLogRole true"
    if manages and role and not role.endswith(f"role/{plan.names.function('gateway-logs')}"):
        return says, "pulumi config set manageGatewayLogRole false, or every API here loses that role with this stack."
    return says, ""


def certificate(_clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether the certificate is where a regional API can use it."""
    if not plan.settings.certificate_arn:
        return "There is no domain of your own; the gateway's URL is used.", ""
    found = plan.settings.certificate_arn.split(":")[3]
    says = f"The certificate of {plan.settings.domain_name} is in {found}."
    return says, "" if found == plan.region else f"Request one in {plan.region}, and set certificateArn to it."


def table_name(clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether the table's name is free, or this stack's."""
    if plan.settings.primary_stack:
        return f"The table is that of {plan.settings.primary_stack}.", ""
    name, dynamodb = plan.names.prefix, clients("dynamodb")
    try:
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return f"The name {name} is free for the table.", ""
    tags = {tag["Key"]: tag["Value"] for tag in dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    if plan.tags.items() <= tags.items():
        return f"The table {name} is this stack's.", ""
    return f"There is a table {name}, which is not this stack's.", "Choose another stack name with `pulumi stack init`."


def secret_names(clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether secrets of a stack of this name wait for their deletion, and so hold their names for up to 30 days."""
    pages = (
        clients("secretsmanager")
        .get_paginator("list_secrets")
        .paginate(IncludePlannedDeletion=True, Filters=[{"Key": "name", "Values": [plan.names.token_secrets]}])
    )
    doomed = sorted(each["Name"] for page in pages for each in page["SecretList"] if each.get("DeletedDate"))
    if not doomed:
        return f"No secret below {plan.names.token_secrets} waits for its deletion.", ""
    says = f"{len(doomed)} secrets wait for their deletion, the first is {doomed[0]}; their names are taken until then."
    return says, f"aws secretsmanager restore-secret --secret-id {doomed[0]} (and so on), or choose another stack name."


def second_region(clients: Clients, plan: Plan) -> tuple[str, str]:
    """Whether copies go elsewhere, or are there for the stack that is to work with them."""
    settings, primary = plan.settings, plan.settings.primary_stack
    if settings.second_region:
        says = f"Copies go to {settings.second_region}, for the stack {settings.second_stack}."
        return says, "" if settings.second_region != plan.region else "Set secondRegion to another region."
    if not primary:
        return "There is no second region.", ""
    of_primary, dynamodb = Names.of(plan.tags["project"], primary), clients("dynamodb")
    try:
        dynamodb.describe_table(TableName=settings.restored_table or of_primary.prefix)
    except dynamodb.exceptions.ResourceNotFoundException:
        says = f"There is no copy of the table of {primary} in {plan.region}."
        return says, f"Deploy {primary} first, with secondRegion {plan.region} and secondStack {plan.tags['stack']}."
    filters = [{"Key": "name", "Values": [of_primary.token_secrets]}]
    pages = clients("secretsmanager").get_paginator("list_secrets").paginate(Filters=filters)
    copies = sum(len(page["SecretList"]) for page in pages)
    wanted = settings.token_shards + len(settings.dedicated_token_secrets)
    says = f"There are copies of the table and of {copies} token secrets of {primary}."
    return says, "" if copies == wanted else f"Set tokenShards and dedicatedTokenSecrets as {primary} has them."


CHECKS = {
    "caller": caller,
    "concurrency": concurrency,
    "gateway log role": gateway_log_role,
    "certificate": certificate,
    "table name": table_name,
    "secret names": secret_names,
    "second region": second_region,
}
"""By name, in the order in which they are made."""
