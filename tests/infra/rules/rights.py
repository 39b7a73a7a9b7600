"""Rights both ways: every call that functions make is allowed, and nothing is granted that no call needs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.stack.iam_evaluation import Decision, Request, evaluate, matches
from tests.infra.permissions import LEADING_KEYS, Call, needed, needed_to_run
from tests.infra.program import Declared, Program
from tests.infra.rules.functions import service

type Needs = Mapping[str, Sequence[Request]]
"""What functions were seen to need, by the function's short name."""

# What cannot be named more exactly: log streams and table streams that do not exist yet, the shards of the vault.
PATTERNS = (
    ":log-group:/aws/lambda/gangway-local-",
    ":log-group:/gangway-local/requests:*",
    "/stream/*",
    ":secret:gangway-local/tokens/*",
)


def needs(program: Program, calls: Mapping[str, Sequence[Call]]) -> Needs:
    """What functions need, given the calls they were seen making; each need once."""
    found = {}
    for function in program.all("lambda:Function"):
        requests = [*needed_to_run(function, program)]
        for call in calls.get(service(function), ()):
            requests += needed(call, program)
        found[service(function)] = list({_identity(request): request for request in requests}.values())
    return found


def _identity(request: Request) -> tuple[str, str, str]:
    """Partition keys differ with every call and no statement looks at them."""
    return request.action, request.resource, str({k: v for k, v in request.context.items() if k != LEADING_KEYS})


def broken_rights(program: Program, needs: Needs) -> list[str]:
    """What is wrong with the rights that a program gives its functions."""
    faults = [*policies_are_complete(program)]
    for function in program.all("lambda:Function"):
        requests = list(needs[service(function)])
        statements = [statement for statement in granted(program, function) if complete(statement)]
        faults += every_request_is_allowed(function, statements, requests)
        faults += every_grant_is_needed(function, statements, requests)
        faults += the_key_works_only_through_its_service(function, statements, requests)
        faults += patterns_are_listed(function, statements)
    return faults


def granted(program: Program, function: Declared) -> list[dict[str, Any]]:
    """The statements of a function's policies."""
    policies = [p for p in program.all("RolePolicy") if p.text.get("role") == function.text["name"]]
    return [statement for policy in policies for statement in policy.inputs.get("policy", {}).get("Statement", [])]


def complete(statement: Mapping[str, Any]) -> bool:
    return {"Sid", "Effect", "Action", "Resource"} <= set(statement)


def policies_are_complete(program: Program) -> Iterator[str]:
    for policy in program.all("RolePolicy"):
        document = policy.inputs.get("policy", {})
        if document.get("Version") != "2012-10-17":
            yield f"{policy.name} does not say which version of the policy language it is in"
        for statement in document.get("Statement", []):
            if not complete(statement):
                yield f"{policy.name} has an incomplete statement {statement}"


def every_request_is_allowed(
    function: Declared, statements: list[dict[str, Any]], requests: list[Request]
) -> Iterator[str]:
    for request in requests:
        if evaluate([{"Statement": statements}], request) is not Decision.ALLOWED:
            yield f"{function.name} may not {request.action} on {request.resource}"


def every_grant_is_needed(
    function: Declared, statements: list[dict[str, Any]], requests: list[Request]
) -> Iterator[str]:
    for statement in statements:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                alone = {**statement, "Action": action, "Resource": resource}
                if not any(matches(alone, request) for request in requests):
                    yield f"{function.name} is granted {action} on {resource}, which nothing uses"


def the_key_works_only_through_its_service(
    function: Declared, statements: list[dict[str, Any]], requests: list[Request]
) -> Iterator[str]:
    for request in requests:
        directly = Request(request.action, request.resource)
        # signing keys are used by themselves; what encrypts is used through the service that holds the data
        encrypts = request.action.startswith("kms:") and request.context
        if encrypts and evaluate([{"Statement": statements}], directly) is Decision.ALLOWED:
            yield f"{function.name} may {request.action} with data from anywhere"


def patterns_are_listed(function: Declared, statements: list[dict[str, Any]]) -> Iterator[str]:
    for statement in statements:
        for name in [*statement["Action"], *statement["Resource"]]:
            if "*" in name and not any(pattern in name for pattern in PATTERNS):
                yield f"{function.name} is granted {name}"
