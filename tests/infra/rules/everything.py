"""What holds for every resource, and for the stack as a whole."""

from collections import Counter
from collections.abc import Iterator

from infra.local.catalogue import properties
from tests.infra.program import Program
from tests.infra.rules.compare import differences

PREFIX = "gangway-local"
BACKGROUND = ("change-relay", "housekeeper", "token-compactor", "webhook-dispatcher")
FUNCTIONS = ("admin-api", *BACKGROUND, "scim-api", "webhook-sender")
LISTENING = ("change-relay", "housekeeper")
ALARMS = 2 * len(FUNCTIONS) + len(LISTENING) + len(BACKGROUND) + 4 + 1 + 10
"""Two over each function, one over each listener and queue, two over each API, the table, and the stack's own."""
APIS = ("admin", "scim")


def expected(program: Program) -> Counter[str]:
    """How many resources of each type there must be."""
    settings = program.settings
    functions, background = len(FUNCTIONS), len(BACKGROUND)
    second = bool(settings.primary_stack)
    secrets = 0 if second else settings.token_shards + len(settings.dedicated_token_secrets)
    rotated = 0 if settings.stands_by else secrets
    keys = 1 if second else 2 + bool(settings.second_region)
    count = Counter(
        {
            "apigateway/deployment:Deployment": len(APIS),
            "apigateway/methodSettings:MethodSettings": len(APIS),
            "apigateway/restApi:RestApi": len(APIS),
            "apigateway/stage:Stage": len(APIS),
            "cloudwatch/eventBus:EventBus": 1,
            "cloudwatch/eventRule:EventRule": background,
            "cloudwatch/eventTarget:EventTarget": background,
            "cloudwatch/logGroup:LogGroup": functions,
            "dynamodb/table:Table": 0 if second else 1,
            "iam/policy:Policy": 3,
            "iam/role:Role": functions,
            "iam/rolePolicy:RolePolicy": functions,
            "kms/alias:Alias": keys,
            "kms/key:Key": keys,
            "lambda/alias:Alias": functions,
            "lambda/eventSourceMapping:EventSourceMapping": len(LISTENING),
            "lambda/function:Function": functions,
            "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": background,
            "lambda/permission:Permission": len(APIS) + background + bool(rotated),
            "secretsmanager/secret:Secret": secrets,
            "secretsmanager/secretRotation:SecretRotation": rotated,
            "sqs/queue:Queue": background,
        }
    )
    if settings.sessions:
        count.update(("iam/role:Role", "iam/rolePolicy:RolePolicy"))
    if settings.second_region:
        count.update(("dynamodb/tableReplica:TableReplica",))
    if settings.access_logs:
        count["cloudwatch/logGroup:LogGroup"] += len(APIS)
    if settings.manage_gateway_log_role:
        count.update(("apigateway/account:Account", "iam/role:Role", "iam/rolePolicyAttachment:RolePolicyAttachment"))
    if settings.domain_name:
        count.update(("apigateway/domainName:DomainName", "apigateway/basePathMapping:BasePathMapping"))
    if settings.hosted_zone_id:
        count.update(("route53/record:Record",))
    if settings.firewall:
        count.update(("wafv2/webAcl:WebAcl", "wafv2/webAclAssociation:WebAclAssociation"))
        count.update(("wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "cloudwatch/logGroup:LogGroup"))
    return count + _watching(program)


def _watching(program: Program) -> Counter[str]:
    """How many resources there must be that watch the others."""
    settings, count = program.settings, Counter[str]()
    if settings.alarms:
        count["cloudwatch/metricAlarm:MetricAlarm"] = ALARMS + bool(settings.second_region)
        count["cloudwatch/queryDefinition:QueryDefinition"] = 8
        count.update(("sns/topic:Topic", "sns/topicPolicy:TopicPolicy", "cloudwatch/dashboard:Dashboard"))
    if settings.alarms and settings.alarm_email:
        count.update(("sns/topicSubscription:TopicSubscription",))
    if settings.alarms and settings.monthly_budget:
        count.update(("budgets/budget:Budget",))
    return count


def the_stack_is_complete(program: Program) -> Iterator[str]:
    found = Counter(resource.type.removeprefix("aws:") for resource in program.resources)
    wanted = expected(program)
    for kind in sorted(set(found) | set(wanted)):
        if found[kind] != wanted[kind]:
            yield f"there are {found[kind]} {kind}, not {wanted[kind]}"


def everything_that_takes_tags_has_them(program: Program) -> Iterator[str]:
    for resource in program.resources:
        if "tags" in properties(resource.type):
            tags = {"project": "gangway", "stack": "local", **program.settings.tag_map}
            yield from differences(f"{resource.name}: tags", resource.inputs.get("tags", {}), tags)


NAMES_OF_OTHERS = (":RolePolicy", "lambda/alias:Alias", "route53/record:Record")
"""Types whose names are within something that has the stack's, or are the deployer's."""
BEFORE_THE_NAME = ("alias/", "/aws/lambda/", "/aws/apigateway/", "aws-waf-logs-", "/")


def every_name_in_aws_begins_with_the_stacks(program: Program) -> Iterator[str]:
    for resource in program.resources:
        if "name" in properties(resource.type) and not resource.type.endswith(NAMES_OF_OTHERS):
            name = resource.inputs.get("name", "")
            for before in BEFORE_THE_NAME:
                name = name.removeprefix(before)
            if not name.startswith((PREFIX, f"gangway-{program.settings.second_stack or 'local'}")):
                yield f"{resource.name} is called {name!r}"


SILENT = (":Deployment", ":Stage", ":RolePolicyAttachment")


def people_are_told_what_things_are_for(program: Program) -> Iterator[str]:
    for resource in program.resources:
        speaks = "description" in properties(resource.type) and not resource.type.endswith(SILENT)
        if speaks and not resource.inputs.get("description", "").startswith("Gangway: "):
            yield f"{resource.name} has no description"


RULES = (
    the_stack_is_complete,
    everything_that_takes_tags_has_them,
    every_name_in_aws_begins_with_the_stacks,
    people_are_told_what_things_are_for,
)
