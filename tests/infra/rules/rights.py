"""Rights both ways: every call that functions make is allowed, and nothing is granted that no call needs."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gangway.diagnosis.recorder import NOBODY
from infra.stack.iam_evaluation import Decision, Request, evaluate, matches
from tests.infra.permissions import LEADING_KEYS, TAG, Call, needed, needed_to_run
from tests.infra.program import Declared, Program
from tests.infra.rules.functions import service

type Needs = Mapping[str, Sequence[Request]]
"""What was seen to be needed, by the short name of the role: a function's, or the data role's."""

DATA = "scim-data"
OTHER = "0therOrg"
"""Id of an organization that nothing was done for."""

# What cannot be named more exactly: log streams and table streams that do not exist yet, the shards of the vault.
PATTERNS = (
    ":log-group:/aws/lambda/gangway-local-",
    ":log-group:/gangway-local/requests:*",
    "/stream/*",
    ":secret:gangway-local/tokens/*",
)


def needs(program: Program, calls: Mapping[str, Sequence[Call]]) -> Needs:
    """What roles need, given the calls that functions were seen making; each need once.

    Where there is no data role, functions make in their own name what they would otherwise make in sessions.
    """
    found: dict[str, dict[object, Request]] = defaultdict(dict)
    for function in program.all("lambda:Function"):
        own = service(function)
        for request in needed_to_run(function, program):
            found[own][_identity(request)] = request
        for call in calls.get(own, ()):
            if program.settings.sessions:
                role, made = DATA if call.organization else own, call
            else:
                role, made = own, dataclasses.replace(call, organization=None)
            if program.settings.sessions or call.service != "sts":
                for request in needed(made, program):
                    found[role][_identity(request)] = request
    return {role: list(requests.values()) for role, requests in found.items()}


def _identity(request: Request) -> object:
    """Organizations and ids differ with every call; statements tell apart what kinds of items the keys are of."""
    context = {key: values for key, values in request.context.items() if key not in (LEADING_KEYS, TAG)}
    kinds = frozenset(map(_kind, request.context.get(LEADING_KEYS, ())))
    return request.action, request.resource, str(context), kinds


def _kind(partition: str) -> str:
    owner, _, rest = partition.partition("#")
    return f"{owner if owner == NOBODY or not rest else 'T'}#{rest[:1]}"


def broken_rights(program: Program, needs: Needs) -> list[str]:
    """What is wrong with the rights that a program gives its functions."""
    faults = [*policies_are_complete(program)]
    for name, role in holders(program).items():
        requests = list(needs[name])
        statements = [statement for statement in granted(program, role) if complete(statement)]
        faults += every_request_is_allowed(name, statements, requests)
        faults += every_grant_is_needed(name, statements, requests)
        faults += the_key_works_only_through_its_service(name, statements, requests)
        faults += patterns_are_listed(name, statements)
        if program.settings.sessions and name in (DATA, "scim-api"):
            faults += no_further_items_are_reached(name, statements, requests)
    return faults


def holders(program: Program) -> dict[str, Declared]:
    """The roles whose rights are ours to write, by short name."""
    return {r.name.removesuffix("-role"): r for r in program.all("Role") if r.name != "gateway-logs-role"}


def granted(program: Program, role: Declared) -> list[dict[str, Any]]:
    """The statements of a role's policies."""
    policies = [p for p in program.all("RolePolicy") if p.text.get("role") == role.text["name"]]
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


def every_request_is_allowed(name: str, statements: list[dict[str, Any]], requests: list[Request]) -> Iterator[str]:
    for request in requests:
        if evaluate([{"Statement": statements}], request) is not Decision.ALLOWED:
            yield f"{name} may not {request.action} on {request.resource}"


def every_grant_is_needed(name: str, statements: list[dict[str, Any]], requests: list[Request]) -> Iterator[str]:
    for statement in statements:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                alone = {**statement, "Action": action, "Resource": resource}
                if not any(matches(alone, request) for request in requests):
                    yield f"{name} is granted {action} on {resource}, which nothing uses"


def the_key_works_only_through_its_service(
    name: str, statements: list[dict[str, Any]], requests: list[Request]
) -> Iterator[str]:
    for request in requests:
        directly = Request(request.action, request.resource)
        # signing keys are used by themselves; what encrypts is used through the service that holds the data
        encrypts = request.action.startswith("kms:") and request.context
        if encrypts and evaluate([{"Statement": statements}], directly) is Decision.ALLOWED:
            yield f"{name} may {request.action} with data from anywhere"


def no_further_items_are_reached(name: str, statements: list[dict[str, Any]], requests: list[Request]) -> Iterator[str]:
    """The data role reaches its session's organization; the function itself tokens, and counts of refused ones."""
    for request in requests:
        for what, beyond in further(request):
            if evaluate([{"Statement": statements}], beyond) is Decision.ALLOWED:
                yield f"{name} may {request.action} {what}"


def further(request: Request) -> Iterator[tuple[str, Request]]:
    """Requests for items that go beyond one that is needed, and in what."""
    if LEADING_KEYS not in request.context:
        return
    own = list(request.context[LEADING_KEYS])
    theirs = [f"{OTHER}#{partition.partition('#')[2]}" for partition in own] if TAG in request.context else []
    heads = [f"{partition.partition('#')[0]}#U#00" for partition in own] if TAG not in request.context else []
    foreign = theirs or heads
    yield "on items of others", _about(request, foreign)
    yield "on items of others beside its own", _about(request, [*own, *foreign])
    yield "without a key", _about(request, None)
    if TAG in request.context:
        untagged = {key: values for key, values in request.context.items() if key != TAG}
        yield "without a tag", dataclasses.replace(request, context=untagged)


def _about(request: Request, partitions: list[str] | None) -> Request:
    rest = {key: values for key, values in request.context.items() if key != LEADING_KEYS}
    return dataclasses.replace(request, context={**rest, **({LEADING_KEYS: partitions} if partitions else {})})


def patterns_are_listed(name: str, statements: list[dict[str, Any]]) -> Iterator[str]:
    for statement in statements:
        for granted in [*statement["Action"], *statement["Resource"]]:
            if "*" in granted and not any(pattern in granted for pattern in PATTERNS):
                yield f"{name} is granted {granted}"
