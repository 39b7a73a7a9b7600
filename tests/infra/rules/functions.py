"""What runs: functions, what they are told, their roles and logs."""

import functools
from collections.abc import Iterator, Mapping

from gangway import settings
from infra.stack.openapi import INTEGRATION_TIMEOUT_MILLIS
from tests.infra.handlers import imported
from tests.infra.program import CODE, Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX

SETTINGS: Mapping[str, type[settings.FunctionSettings]] = {
    "scim-api": settings.ScimApiSettings,
    "admin-api": settings.AdminApiSettings,
    "change-relay": settings.ChangeRelaySettings,
    "housekeeper": settings.HousekeeperSettings,
}
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
# Without it the SCIM function takes its URL from the gateway's domain name.
ONLY_IF_SET = {("scim-api", "GANGWAY_PUBLIC_URL")}


def service(function: Declared) -> str:
    """Short name of a function."""
    return function.name.removesuffix("-function")


def variables(function: Declared) -> dict[str, str]:
    found: dict[str, str] = function.inputs.get("environment", {}).get("variables", {})
    return found


def every_function_runs_its_handler_on_arm(program: Program) -> Iterator[str]:
    functions = {service(function): function for function in program.all("lambda:Function")}
    for name in sorted(set(functions) ^ set(SETTINGS)):
        yield f"{name} is a function only in one of program and settings"
    for name, function in functions.items():
        expected = {
            "name": f"{PREFIX}-{name}",
            "handler": f"handlers.{name.replace('-', '_')}.handler",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "memorySize": 1024,
            "code": CODE,
            "loggingConfig": {"logFormat": "JSON", "systemLogLevel": "WARN"},
        }
        yield from differences(name, function.inputs, expected)
        if not 0 < function.inputs.get("timeout", 0) < INTEGRATION_TIMEOUT_MILLIS / 1000:
            yield f"{name} could outlast the gateway"


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


def every_function_is_told_what_it_asks_for_and_nothing_else(program: Program) -> Iterator[str]:
    for function in program.all("lambda:Function"):
        model = SETTINGS.get(service(function), settings.FunctionSettings)
        asked = {f"{settings.VARIABLE_PREFIX}{field.upper()}" for field in model.model_fields} | POWERTOOLS
        told = variables(function)
        for name in sorted(asked - set(told)):
            if (service(function), name) not in ONLY_IF_SET:
                yield f"{function.name} is not told {name}"
        for name in sorted(set(told) - asked):
            yield f"{function.name} is told {name}, which it does not ask for"
        try:
            model.from_environment(told)
        except settings.SettingsError as error:
            yield f"{function.name}: {error}"


def what_functions_are_told_is_true(program: Program) -> Iterator[str]:
    shards = len(program.all("Secret"))
    true = {
        "GANGWAY_TABLE": program.one("Table").inputs.get("name"),
        "GANGWAY_EVENT_BUS": program.one("EventBus").inputs.get("name"),
        "GANGWAY_TOKEN_SECRETS": f"{PREFIX}/tokens/",
        "GANGWAY_TOKEN_SHARDS": str(shards),
        "POWERTOOLS_METRICS_NAMESPACE": "Gangway",
    }
    for function in program.all("lambda:Function"):
        told = variables(function)
        facts = {**true, "POWERTOOLS_SERVICE_NAME": service(function)}
        yield from differences(function.name, told, {name: fact for name, fact in facts.items() if name in told})


def every_function_has_a_role_of_its_own_that_lambda_takes(program: Program) -> Iterator[str]:
    roles = {role.inputs.get("name"): role for role in program.all("Role")}
    for function in program.all("lambda:Function"):
        role = roles.get(function.inputs.get("name"))
        if role is None or function.inputs.get("role") != role.arn:
            yield f"{function.name} has no role of its own"
        policies = [p for p in program.all("RolePolicy") if role and p.inputs.get("role") == role.inputs.get("name")]
        if [policy.inputs.get("name") for policy in policies] != ["function"]:
            yield f"{function.name} has {len(policies)} policies"
    for role in roles.values():
        who = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        expected = {"Version": "2012-10-17", "Statement": [who]}
        yield from differences(role.name, role.inputs, {"assumeRolePolicy": expected})


def every_function_has_logs_that_end(program: Program) -> Iterator[str]:
    groups = {group.inputs.get("name"): group for group in program.all("LogGroup")}
    for function in program.all("lambda:Function"):
        group = groups.get(f"/aws/lambda/{function.inputs.get('name')}")
        if group is None:
            yield f"{function.name} has no log group"
        else:
            yield from differences(group.name, group.inputs, {"retentionInDays": 30})


RULES = (
    every_function_runs_its_handler_on_arm,
    every_handler_exists,
    every_function_is_told_what_it_asks_for_and_nothing_else,
    what_functions_are_told_is_true,
    every_function_has_a_role_of_its_own_that_lambda_takes,
    every_function_has_logs_that_end,
)
