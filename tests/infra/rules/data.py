"""What is kept: the table, the token secrets, the keys, the bus, the logs."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.local.made_up import found
from tests.infra.program import Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX

type Rule = Callable[[Program], Iterator[str]]

ACCOUNT = "123456789012"
REGION = "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-"
IN_TABLE = ("scim-api", "admin-api", "change-relay", "housekeeper", "webhook-dispatcher", "token-compactor")
WITH_TOKENS = ("scim-api", "admin-api", "token-compactor")


def in_second_region(program: Program) -> bool:
    """Whether the stack is that of a second region, which makes nothing that is kept."""
    return bool(program.settings.primary_stack)


def at_home(rule: Rule) -> Rule:
    """A rule about what is kept, which is made by the stack of the first region only."""

    @functools.wraps(rule)
    def judged(program: Program) -> Iterator[str]:
        if not in_second_region(program):
            yield from rule(program)

    return judged


def home(program: Program) -> str:
    """What names of the kept begin with."""
    return f"gangway-{program.settings.primary_stack}" if in_second_region(program) else PREFIX


def key_arn(program: Program) -> str:
    """The key that encrypts what this stack works with."""
    if in_second_region(program):
        return str(found(f"alias/{PREFIX}")["aws:kms/getAlias:getAlias"]["targetKeyArn"])
    return key(program, "encryption").arn


def table(program: Program) -> Mapping[str, Any]:
    """Name, ARN and stream of the table, whoever made it."""
    if in_second_region(program):
        return found(home(program))["aws:dynamodb/getTable:getTable"]
    declared = program.one("Table")
    return {"name": declared.inputs.get("name"), **declared.outputs}


def key(program: Program, name: str) -> Declared:
    """A key by the name of its component; a missing one has no inputs."""
    missing = Declared("Key", f"{name}-key", "missing", {}, {"arn": "missing"}, {})
    return next((k for k in program.all("kms:Key") if k.name == f"{name}-key"), missing)


@at_home
def the_table_keeps_items_by_partition_and_sort_key(program: Program) -> Iterator[str]:
    table = program.one("Table")
    name = program.settings.restored_table or PREFIX
    expected = {"name": name, "hashKey": "pk", "rangeKey": "sk", "billingMode": "PAY_PER_REQUEST"}
    yield from differences(table.name, table.inputs, expected)
    attributes = [(a.get("name"), a.get("type")) for a in table.inputs.get("attributes", [])]
    if attributes != [("pk", "S"), ("sk", "S")]:
        yield f"{table.name} defines the key attributes {attributes}"
    indexed = {
        index.get(end)
        for kind in ("globalSecondaryIndexes", "localSecondaryIndexes")
        for index in table.inputs.get(kind, [])
        for end in ("hashKey", "rangeKey")
    }
    for attribute in sorted(indexed - {None} - {name for name, _ in attributes}):
        yield f"{table.name} has an index over {attribute}, which is no attribute"


@at_home
def the_table_has_a_stream_expiry_and_a_way_back(program: Program) -> Iterator[str]:
    table, settings = program.one("Table"), program.settings
    expected = {
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "ttl": {"attributeName": "ttl", "enabled": True},
        "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": settings.recovery_days},
        "deletionProtectionEnabled": settings.deletion_protection,
    }
    yield from differences(table.name, table.inputs, expected)


@at_home
def the_stacks_key_encrypts_table_and_secrets(program: Program) -> Iterator[str]:
    own, table = key(program, "encryption"), program.one("Table")
    for each in (own, *([key(program, "second-region")] if program.settings.second_region else [])):
        kept = {"enableKeyRotation": True, "deletionWindowInDays": _days_to_repent(program)}
        yield from differences(each.name, each.inputs, kept)
    expected = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": own.arn}}
    yield from differences(table.name, table.inputs, expected)
    for secret in program.all("Secret"):
        yield from differences(secret.name, secret.inputs, {"kmsKeyId": own.arn})


def every_key_has_an_alias(program: Program) -> Iterator[str]:
    aliases = {alias.inputs.get("name"): alias for alias in program.all("kms:Alias")}
    for component, name, region in _keys(program):
        own, named = key(program, component), f"alias/{name}"
        found = aliases[named].inputs if named in aliases else {}
        expected = {"targetKeyId": own.outputs.get("keyId"), **({"region": region} if region else {})}
        yield from differences(named, found, expected)
        yield from differences(own.name, own.inputs, {"region": region} if region else {})


def _keys(program: Program) -> Iterator[tuple[str, str, str | None]]:
    """Component, name in AWS and region, where that is not the stack's, of each key that there must be."""
    settings = program.settings
    yield "events", f"{PREFIX}-events", None
    if not in_second_region(program):
        yield "encryption", PREFIX, None
    if settings.second_region:
        yield "second-region", f"gangway-{settings.second_stack}", settings.second_region


def the_signing_key_signs_and_does_nothing_else(program: Program) -> Iterator[str]:
    own = key(program, "events")
    expected = {
        "customerMasterKeySpec": "ECC_NIST_P256",
        "keyUsage": "SIGN_VERIFY",
        "deletionWindowInDays": _days_to_repent(program),
    }
    yield from differences(own.name, own.inputs, expected)


def _days_to_repent(program: Program) -> int:
    return 30 if program.settings.deletion_protection else 7


@at_home
def there_is_a_secret_for_every_shard_and_no_value(program: Program) -> Iterator[str]:
    names = sorted(secret.inputs.get("name", "") for secret in program.all("Secret"))
    shards = [f"{shard:02}" for shard in range(program.settings.token_shards)]
    shards += [f"org-{organization}" for organization in program.settings.dedicated_token_secrets]
    expected = [f"{PREFIX}/tokens/{shard}" for shard in shards]
    if names != expected:
        yield f"the secrets are called {names}"
    days = 30 if program.settings.deletion_protection else 0
    for secret in program.all("Secret"):
        yield from differences(secret.name, secret.inputs, {"recoveryWindowInDays": days})
    for version in program.all("SecretVersion"):
        yield f"{version.name} would put a value into the state, and back over later ones"


@at_home
def token_hashes_are_refused_to_all_but_the_functions_that_need_them(program: Program) -> Iterator[str]:
    actions = ("BatchGetSecretValue", "GetSecretValue", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage")
    second = program.settings.second_stack
    roles = [ROLE, *([f"arn:aws:iam::{ACCOUNT}:role/gangway-{second}-"] if second else [])]
    statement = {
        "Sid": "TokenHashesAreForFunctions",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [f"secretsmanager:{action}" for action in actions],
        "Resource": "*",
        "Condition": {
            "ArnNotEquals": {"aws:PrincipalArn": [f"{role}{function}" for role in roles for function in WITH_TOKENS]}
        },
    }
    for secret in program.all("Secret"):
        expected = {"policy": {"Version": "2012-10-17", "Statement": [statement]}}
        yield from differences(secret.name, secret.inputs, expected)


MANAGE = {
    *("CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DescribeKey", "DisableKey", "EnableKey", "EnableKeyRotation"),
    *("GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListResourceTags", "PutKeyPolicy"),
    *("RevokeGrant", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
}
SERVICES_USE = {"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def the_keys_are_for_those_who_need_them(program: Program) -> Iterator[str]:
    """Functions by role and service, services by what they encrypt, people as far as their own policies go."""
    for name, expected in _policies(program).items():
        own = key(program, name)
        policy = own.inputs.get("policy", {})
        yield from differences(own.name, policy, {"Version": "2012-10-17"})
        found = {statement.get("Sid"): statement for statement in policy.get("Statement", [])}
        for sid in sorted(set(expected) ^ set(found), key=str):
            yield f"{own.name}: {sid} is a statement only in one of policy and rule"
        for sid in set(expected) & set(found):
            statement = {**found[sid], "Action": set(found[sid].get("Action", []))}
            principal, actions, condition = expected[sid]
            wanted = {"Effect": "Allow", "Resource": "*", "Principal": principal}
            wanted["Action"] = {f"kms:{action}" for action in actions}
            wanted |= {"Condition": condition} if condition else {}
            yield from differences(f"{own.name}: {sid}", statement, wanted)


type Statement = tuple[dict[str, str], set[str], dict[str, Any] | None]
"""Principal, operations and condition."""


def _policies(program: Program) -> dict[str, dict[str, Statement]]:
    """The statements of each key's policy, by component."""
    settings = program.settings
    policies = {"events": _signing()}
    if not in_second_region(program):
        policies["encryption"] = _encryption(program, PREFIX, REGION, [REGION], alarms=settings.alarms)
    if settings.second_region:
        place = settings.second_region, [settings.second_region, REGION]
        policies["second-region"] = _encryption(program, f"gangway-{settings.second_stack}", *place, alarms=True)
    return policies


def _encryption(program: Program, prefix: str, region: str, copied: list[str], *, alarms: bool) -> dict[str, Statement]:
    """`copied`: regions through whose services data is encrypted for whoever deploys."""
    role, services = f"arn:aws:iam::{ACCOUNT}:role/{prefix}-", ("dynamodb", "secretsmanager")
    through = {service: f"{service}.{region}.amazonaws.com" for service in services}
    deployed = [f"{service}.{each}.amazonaws.com" for each in copied for service in services]

    def functions(service: str, *names: str) -> dict[str, Any]:
        callers = [f"{role}{name}" for name in names]
        return {"StringEquals": {"kms:ViaService": through[service]}, "ArnEquals": {"aws:PrincipalArn": callers}}

    deploy = {"StringEquals": {"kms:ViaService": deployed}, "ArnNotLike": {"aws:PrincipalArn": f"{role}*"}}
    groups = [f"/{prefix}/requests", f"/aws/lambda/{prefix}-*", f"/aws/apigateway/{prefix}-*", f"aws-waf-logs-{prefix}"]
    arns = [f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}" for group in groups]
    of_logs = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns}}
    own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    statements: dict[str, Statement] = {
        "AccountManages": (ROOT, MANAGE, None),
        "AccountDeploys": (ROOT, {*SERVICES_USE, "CreateGrant"}, deploy),
        "FunctionsThroughDynamodbDecrypt": (
            ROOT,
            {"Decrypt"},
            functions("dynamodb", *IN_TABLE, *(["scim-data"] if program.settings.sessions else [])),
        ),
        "FunctionsThroughSecretsmanagerDecrypt": (ROOT, {"Decrypt"}, functions("secretsmanager", "scim-api")),
        "FunctionsThroughSecretsmanagerDecryptGenerateDataKey": (
            ROOT,
            {"Decrypt", "GenerateDataKey"},
            functions("secretsmanager", "admin-api", "token-compactor"),
        ),
        "LogGroups": ({"Service": f"logs.{region}.amazonaws.com"}, SERVICES_USE, of_logs),
    }
    if alarms:
        for service in ("cloudwatch", "budgets"):
            principal = {"Service": f"{service}.amazonaws.com"}
            statements[f"PublishedBy{service.capitalize()}"] = (principal, {"Decrypt", "GenerateDataKey"}, own)
    return statements


def _signing() -> dict[str, Statement]:
    posters = [f"{ROLE}webhook-dispatcher", f"{ROLE}admin-api"]
    return {
        "AccountManages": (ROOT, MANAGE, None),
        "PostersSign": (ROOT, {"Sign"}, {"ArnEquals": {"aws:PrincipalArn": posters}}),
        "AdminApiPublishes": (ROOT, {"GetPublicKey"}, {"ArnEquals": {"aws:PrincipalArn": f"{ROLE}admin-api"}}),
    }


def there_is_a_bus_for_change_events(program: Program) -> Iterator[str]:
    bus = program.one("EventBus")
    yield from differences(bus.name, bus.inputs, {"name": PREFIX})


def logs_end_and_are_encrypted(program: Program) -> Iterator[str]:
    for group in program.all("LogGroup"):
        wanted = {"retentionInDays": program.settings.log_retention_days, "kmsKeyId": key_arn(program)}
        yield from differences(group.name, group.inputs, wanted)


RULES = (
    the_table_keeps_items_by_partition_and_sort_key,
    the_table_has_a_stream_expiry_and_a_way_back,
    the_stacks_key_encrypts_table_and_secrets,
    every_key_has_an_alias,
    the_signing_key_signs_and_does_nothing_else,
    there_is_a_secret_for_every_shard_and_no_value,
    token_hashes_are_refused_to_all_but_the_functions_that_need_them,
    the_keys_are_for_those_who_need_them,
    there_is_a_bus_for_change_events,
    logs_end_and_are_encrypted,
)
