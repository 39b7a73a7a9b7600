"""What runs: functions, what they are told, their roles and logs."""

import functools
import json
from collections.abc import Iterator

from gangway.settings.base import FunctionSettings, SettingsError
from infra.policy.rules.environment import SETTINGS
from infra.stack.openapi import INTEGRATION_TIMEOUT_MILLIS
from tests.infra.handlers import imported
from tests.infra.program import CODE, Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.data import ROLE, home, in_second_region, key, table
from tests.infra.rules.everything import PREFIX

SECONDS = {"webhook-dispatcher": 300}
"""Longest runs, where they are not those of what somebody waits for."""


def service(function: Declared) -> str:
    """Short name of a function."""
    return function.name.removesuffix("-function")


def variables(function: Declared) -> dict[str, str]:
    found: dict[str, str] = function.inputs.get("environment", {}).get("variables", {})
    return found


def every_function_runs_its_handler_on_arm(program: Program) -> Iterator[str]:
    functions = {service(function): function for function in program.all("lambda:Function")}
    for name in sorted(set(functions) ^ {module.replace("_", "-") for module in SETTINGS}):
        yield f"{name} is a function only in one of program and settings"
    for name, function in functions.items():
        expected = {
            "name": f"{PREFIX}-{name}",
            "handler": f"handlers.{name.replace('-', '_')}.handler",
            "runtime": f"python{program.settings.python_version}",
            "architectures": ["arm64"],
            "memorySize": program.settings.function_memory,
            "publish": True,
            "code": CODE,
            "loggingConfig": {"logFormat": "JSON", "logGroup": log_group_of(function), "systemLogLevel": "WARN"},
        }
        yield from differences(name, function.inputs, expected)
        seconds = function.inputs.get("timeout", 0)
        if name in SECONDS:
            yield from differences(name, function.inputs, {"timeout": SECONDS[name]})
        elif not 0 < seconds < INTEGRATION_TIMEOUT_MILLIS / 1000:
            yield f"{name} could outlast the gateway"


def every_function_is_called_through_an_alias(program: Program) -> Iterator[str]:
    aliases = {alias.inputs.get("functionName"): alias for alias in program.all("lambda:Alias")}
    for function in program.all("lambda:Function"):
        alias = aliases.get(function.inputs.get("name"))
        expected = {"name": "live", "functionVersion": function.outputs.get("version")}
        yield from differences(f"alias of {function.name}", alias.inputs if alias else {}, expected)


def functions_reserve_and_snapshot_what_was_asked_for(program: Program) -> Iterator[str]:
    for name, function in ((service(f), f) for f in program.all("lambda:Function")):
        reserved = program.settings.scim_concurrency or None if name == "scim-api" else None
        reserved = 0 if program.settings.stands_by else reserved
        yield from only(name, function, "reservedConcurrentExecutions", reserved)
        snapshot = {"applyOn": "PublishedVersions"} if program.settings.snap_start and name.endswith("-api") else None
        yield from only(name, function, "snapStart", snapshot)


def only(where: str, resource: Declared, name: str, value: object) -> Iterator[str]:
    """An optional input is there exactly if it should be."""
    if resource.inputs.get(name) != value:
        yield f"{where} has {name} {resource.inputs.get(name)!r}, not {value!r}"


def every_handler_exists(program: Program) -> Iterator[str]:
    for function in program.all("lambda:Function"):
        if fault := handler_fault(
            function.inputs.get("handler", ""), tuple(sorted(function.text["environment"]["variables"].items()))
        ):
            yield f"{function.name}: {fault}"


@functools.cache
def handler_fault(handler: str, told: tuple[tuple[str, str], ...]) -> str | None:
    """Why Lambda could not call a handler."""
    try:
        with imported(handler, dict(told)) as found:
            return None if callable(found) else f"{handler} cannot be called"
    except (ImportError, AttributeError, ValueError) as error:
        return f"{handler!r}: {error}"


def what_functions_are_told_fits_their_settings(program: Program) -> Iterator[str]:
    for function in program.all("lambda:Function"):
        model = SETTINGS.get(service(function).replace("-", "_"), FunctionSettings)
        try:
            model.from_environment(variables(function))
        except SettingsError as error:
            yield f"{function.name}: {error}"


def what_functions_are_told_is_true(program: Program) -> Iterator[str]:
    dedicated = list(program.settings.dedicated_token_secrets)
    made = len(program.all("Secret")) - len(dedicated)
    shards = program.settings.token_shards if in_second_region(program) else made
    true = {
        "GANGWAY_TABLE": table(program).get("name"),
        "GANGWAY_EVENT_BUS": program.one("EventBus").inputs.get("name"),
        "GANGWAY_TOKEN_SECRETS": f"{home(program)}/tokens/",
        "GANGWAY_TOKEN_SHARDS": str(shards),
        "GANGWAY_DEDICATED_SECRETS": json.dumps(dedicated),
        "GANGWAY_WEBHOOK_NETWORKS": json.dumps(list(program.settings.webhook_networks)),
        "GANGWAY_WEBHOOK_DISPATCHER": f"{PREFIX}-webhook-dispatcher:live",
        "GANGWAY_WEBHOOK_SENDER": f"{PREFIX}-webhook-sender:live",
        "GANGWAY_EVENT_SIGNING_KEY": key(program, "events").arn,
        "POWERTOOLS_METRICS_NAMESPACE": "Gangway",
    }
    for function in program.all("lambda:Function"):
        told = variables(function)
        facts = {**true, "POWERTOOLS_SERVICE_NAME": service(function)}
        yield from differences(function.name, told, {name: fact for name, fact in facts.items() if name in told})
        if service(function) == "scim-api":
            url = own_url(program)
            yield from differences(function.name, told, {"GANGWAY_PUBLIC_URL": url} if url else {})
            role = {"GANGWAY_DATA_ROLE": f"{ROLE}scim-data"} if program.settings.sessions else {}
            yield from differences(function.name, told, role)


def own_url(program: Program) -> str:
    """The URL in front of the doors, when it is not the gateway's."""
    settings = program.settings
    return settings.public_url or (f"https://{settings.domain_name}" if settings.domain_name else "")


def every_function_has_a_role_of_its_own_that_lambda_takes(program: Program) -> Iterator[str]:
    roles = {role.inputs.get("name"): role for role in program.all("Role")}
    for function in program.all("lambda:Function"):
        role = roles.get(function.inputs.get("name"))
        if role is None or function.inputs.get("role") != role.arn:
            yield f"{function.name} has no role of its own"
        policies = [p for p in program.all("RolePolicy") if role and p.inputs.get("role") == role.inputs.get("name")]
        if [policy.inputs.get("name") for policy in policies] != ["function"]:
            yield f"{function.name} has {len(policies)} policies"


TAKERS = {f"{PREFIX}-gateway-logs": "apigateway.amazonaws.com"}
"""Who takes a role that is no function's."""


ONE_ORGANIZATION = {
    "StringLike": {"aws:RequestTag/organization": "????????"},
    "ForAllValues:StringEquals": {"aws:TagKeys": ["organization"]},
}


def the_data_role_trusts_the_scim_function_for_one_organization_at_a_time(program: Program) -> Iterator[str]:
    found = [role for role in program.all("Role") if role.inputs.get("name") == f"{PREFIX}-scim-data"]
    if len(found) != program.settings.sessions:
        yield f"there are {len(found)} data roles"
    for role in found:
        who = {
            "Effect": "Allow",
            "Principal": {"AWS": f"{ROLE}scim-api"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": ONE_ORGANIZATION,
        }
        expected = {"Version": "2012-10-17", "Statement": [who]}
        yield from differences(role.name, role.inputs, {"assumeRolePolicy": expected})
        policies = [p for p in program.all("RolePolicy") if p.inputs.get("role") == role.inputs.get("name")]
        if [policy.inputs.get("name") for policy in policies] != ["data"]:
            yield f"{role.name} has {len(policies)} policies"


def every_role_trusts_the_service_that_takes_it_and_nobody_else(program: Program) -> Iterator[str]:
    for role in program.all("Role"):
        if role.name == "scim-data-role":
            continue
        taker = TAKERS.get(role.inputs.get("name", ""), "lambda.amazonaws.com")
        who = {"Effect": "Allow", "Principal": {"Service": taker}, "Action": "sts:AssumeRole"}
        expected = {"Version": "2012-10-17", "Statement": [who]}
        yield from differences(role.name, role.inputs, {"assumeRolePolicy": expected})


def log_group_of(function: Declared) -> str:
    """Where a function's lines go; those of the SCIM function are the log of requests."""
    name = str(function.inputs.get("name"))
    return f"/{PREFIX}/requests" if name == f"{PREFIX}-scim-api" else f"/aws/lambda/{name}"


def every_function_has_a_log_group(program: Program) -> Iterator[str]:
    groups = {group.inputs.get("name"): group for group in program.all("LogGroup")}
    for function in program.all("lambda:Function"):
        group = groups.get(log_group_of(function))
        if group is None:
            yield f"{function.name} has no log group"


RULES = (
    every_function_runs_its_handler_on_arm,
    every_function_is_called_through_an_alias,
    functions_reserve_and_snapshot_what_was_asked_for,
    every_handler_exists,
    what_functions_are_told_fits_their_settings,
    what_functions_are_told_is_true,
    every_function_has_a_role_of_its_own_that_lambda_takes,
    every_role_trusts_the_service_that_takes_it_and_nobody_else,
    the_data_role_trusts_the_scim_function_for_one_organization_at_a_time,
    every_function_has_a_log_group,
)
