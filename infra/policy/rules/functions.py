"""What runs: on a current Python, with logs of its own, and with a place for what it gives up on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.policy.declared import UNKNOWN, at, is_a, missing, other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.policy.declared import Resource, ResourceRule, Stack, StackRule

RUNTIMES = ("python3.13", "python3.14")


def functions_run_what_was_tested(resource: Resource) -> Iterator[str]:
    """Functions run on the Python and processor that the bundle is built for, as versions, with logs in JSON."""
    if not is_a(resource, "lambda:Function"):
        return
    if resource.inputs.get("runtime") not in (*RUNTIMES, UNKNOWN):
        yield f"runs on {resource.inputs.get('runtime')}"
    for path, wanted in (
        (("architectures",), ["arm64"]),
        (("publish",), True),
        (("loggingConfig", "logFormat"), "JSON"),
    ):
        if other(at(resource.inputs, *path), wanted):
            yield f"has {'.'.join(path)} {at(resource.inputs, *path)!r}, not {wanted!r}"


def records_that_fail_hold_up_nothing_and_are_kept(resource: Resource) -> Iterator[str]:
    """A stream's record that always fails is isolated, given up after a while, and kept."""
    if not is_a(resource, "lambda:EventSourceMapping"):
        return
    if other(resource.inputs.get("functionResponseTypes"), ["ReportBatchItemFailures"]):
        yield "repeats a whole batch for one record"
    if other(resource.inputs.get("bisectBatchOnFunctionError"), True):
        yield "does not halve a batch that fails"
    for limit in ("maximumRetryAttempts", "maximumRecordAgeInSeconds"):
        value = resource.inputs.get(limit)
        if value is not UNKNOWN and not (isinstance(value, int | float) and value > 0):
            yield f"tries for ever: {limit} is {value!r}"
    if missing(at(resource.inputs, "destinationConfig", "onFailure", "destinationArn")):
        yield "loses what it gives up on: it has no failure destination"


def calls_that_fail_are_kept(resource: Resource) -> Iterator[str]:
    """An event that a function fails at is given up after a while, and kept."""
    kept = at(resource.inputs, "destinationConfig", "onFailure", "destination")
    if is_a(resource, "lambda:FunctionEventInvokeConfig") and missing(kept):
        yield "loses what it gives up on: it has no failure destination"


def every_function_has_logs_of_its_own(stack: Stack) -> Iterator[str]:
    """Every function's log group is declared, so that it has a retention and a key."""
    groups = {group.inputs.get("name") for group in stack.all("cloudwatch:LogGroup")}
    for function in stack.all("lambda:Function"):
        usual = f"/aws/lambda/{function.inputs.get('name')}"
        group = at(function.inputs, "loggingConfig", "logGroup") or usual
        if UNKNOWN not in (group, function.inputs.get("name")) and UNKNOWN not in groups and group not in groups:
            yield f"{function.name}: its log group {group} is not declared"


def every_function_that_is_woken_keeps_its_failures(stack: Stack) -> Iterator[str]:
    """Functions that schedules and streams wake have a place for what they fail at."""
    kept = {config.inputs.get("functionName") for config in stack.all("lambda:FunctionEventInvokeConfig")}
    woken = [(target, target.inputs.get("arn")) for target in stack.all("cloudwatch:EventTarget")]
    woken += [(mapping, mapping.inputs.get("functionName")) for mapping in stack.all("lambda:EventSourceMapping")]
    for waker, arn in woken:
        name = str(arn).partition(":function:")[2].partition(":")[0]
        if UNKNOWN not in kept and name and name not in kept:
            yield f"{waker.name}: wakes {name}, whose failures go nowhere"


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    functions_run_what_was_tested,
    records_that_fail_hold_up_nothing_and_are_kept,
    calls_that_fail_are_kept,
)
STACK_RULES: tuple[StackRule, ...] = (
    every_function_has_logs_of_its_own,
    every_function_that_is_woken_keeps_its_failures,
)
