"""What functions are: modules of this repository, told by their environment what their settings ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gangway.settings import admin_api, background, base, scim_api
from infra.policy.declared import UNKNOWN, at, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.policy.declared import Resource, ResourceRule, Stack, StackRule

HANDLERS = Path(__file__).resolve().parents[3] / "functions" / "handlers"
SETTINGS: Mapping[str, type[base.FunctionSettings]] = {
    "scim_api": scim_api.ScimApiSettings,
    "admin_api": admin_api.AdminApiSettings,
    "change_relay": background.ChangeRelaySettings,
    "housekeeper": background.HousekeeperSettings,
    "webhook_dispatcher": background.WebhookDispatcherSettings,
    "webhook_sender": background.WebhookSenderSettings,
    "token_compactor": background.TokenCompactorSettings,
}
"""What each handler's module reads from its environment."""
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
ONLY_IF_SET = {
    ("scim_api", "GANGWAY_PUBLIC_URL"),  # without it the function takes its URL from the gateway's domain name
    ("scim_api", "GANGWAY_DATA_ROLE"),  # without it the function uses its own role for everything
}


def handlers_are_modules_of_ours(resource: Resource) -> Iterator[str]:
    """Every function's handler is one of `functions/handlers`."""
    if is_a(resource, "lambda:Function") and not (HANDLERS / f"{_module(resource)}.py").is_file():
        yield f"has the handler {resource.inputs.get('handler')!r}, which is not in functions/handlers"


def every_function_is_told_what_it_asks_for_and_nothing_else(resource: Resource) -> Iterator[str]:
    """Every variable of a function is known to its settings, and none is missing."""
    told = at(resource.inputs, "environment", "variables")
    if not is_a(resource, "lambda:Function") or told is UNKNOWN:
        return
    module = _module(resource)
    model = SETTINGS.get(module, base.FunctionSettings)
    asked = {f"{base.VARIABLE_PREFIX}{field.upper()}" for field in model.model_fields} | POWERTOOLS
    for name in sorted(asked - set(told or {})):
        if (module, name) not in ONLY_IF_SET:
            yield f"is not told {name}"
    for name in sorted(set(told or {}) - asked):
        yield f"is told {name}, which it does not ask for"


def calls_are_allowed_of_functions_that_exist(stack: Stack) -> Iterator[str]:
    """Every permission to call a function names one that the stack declares."""
    functions = {function.inputs.get("name") for function in stack.all("lambda:Function")}
    for permission in stack.all("lambda:Permission"):
        called = permission.inputs.get("function")
        if UNKNOWN not in (called, *functions) and called not in functions:
            yield f"{permission.name}: lets somebody call {called}, which is not declared"


def _module(function: Resource) -> str:
    package, _, rest = str(function.inputs.get("handler")).partition(".")
    module, _, name = rest.partition(".")
    return module if (package, name) == ("handlers", "handler") else ""


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    handlers_are_modules_of_ours,
    every_function_is_told_what_it_asks_for_and_nothing_else,
)
STACK_RULES: tuple[StackRule, ...] = (calls_are_allowed_of_functions_that_exist,)
