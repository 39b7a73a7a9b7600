"""Decides whether IAM policies allow a request, as AWS does for one account.

Rights can only be tried on AWS, or decided here: emulators ignore resources and conditions. The tests ask it whether
every call that the functions make is allowed, and the stack that runs on this machine asks it who may use the admin
API. What it does not know (an operator, a key of a policy) is an error and not a silent yes or no.

The logic is that of the IAM user guide, "Policy evaluation logic": an explicit deny wins, then an allow, and what
nothing allows is denied. Permission boundaries, service control and session policies are not part of this stack.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_STATEMENT_KEYS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Decision(enum.Enum):
    """What a set of policies says to a request."""

    ALLOWED = "allowed"
    DENIED = "denied by a statement"
    NOT_ALLOWED = "allowed by no statement"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that somebody wants to do.

    Attributes:
        action: `service:Operation`; case does not matter.
        resource: ARN.
        context: condition keys with their values. A key that is absent has no value in the request.
        principal: ARN of the role or user that asks; only policies of resources look at it.
    """

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    principal: str = ""


def evaluate(policies: Iterable[Mapping[str, Any]], request: Request) -> Decision:
    """Decide a request by policy documents.

    Raises:
        NotImplementedError: a policy uses something that is not understood here.
    """
    matching = [statement["Effect"] for statement in statements(policies) if matches(statement, request)]
    if "Deny" in matching:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in matching else Decision.NOT_ALLOWED


def statements(policies: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All statements of policy documents."""
    for policy in policies:
        yield from _several(policy["Statement"])


def matches(statement: Mapping[str, Any], request: Request) -> bool:
    """Whether a statement, of either effect, is about a request."""
    if unknown := set(statement) - _STATEMENT_KEYS:
        raise NotImplementedError(f"a policy statement has {', '.join(sorted(unknown))}")
    return (
        _asks(statement, request.principal)
        and _listed(statement, "Action", request.action.lower(), request, fold=True)
        and (_is_of_role(statement) or _listed(statement, "Resource", request.resource, request))
        and all(_condition(*clause, request) for clause in _clauses(statement))
    )


def _is_of_role(statement: Mapping[str, Any]) -> bool:
    """Whether it says who may take a role: the only policy that names no resource, as it lies on one."""
    return "Principal" in statement and not {"Resource", "NotResource"} & set(statement)


def _asks(statement: Mapping[str, Any], principal: str) -> bool:
    """Whether a statement of a resource's policy is about who asks; one of an identity's policy is about itself."""
    named = statement.get("Principal", "*")
    if named in ("*", {"AWS": "*"}):
        return True
    if set(named) - {"AWS", "Service"} or any(arn.endswith(":root") for arn in _several(named.get("AWS", []))):
        raise NotImplementedError(f"a policy statement names the principals {named}")
    return principal in _several(named.get("AWS", []))


def _listed(statement: Mapping[str, Any], element: str, value: str, request: Request, *, fold: bool = False) -> bool:
    """Whether an element names the value, or its negation does not."""
    negated = f"Not{element}" in statement
    patterns = _several(statement[f"Not{element}" if negated else element])
    found = any(_like(pattern.lower() if fold else pattern, value, request) for pattern in patterns)
    return found != negated


def _clauses(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            yield operator, key, [str(value) for value in _several(wanted)]


def _condition(operator: str, key: str, wanted: Sequence[str], request: Request) -> bool:
    """One key of one operator; the values wanted are alternatives."""
    qualifier, _, name = operator.rpartition(":")
    base = name.removesuffix("IfExists")
    present = {context.lower(): values for context, values in request.context.items()}.get(key.lower())
    if base == "Null":
        return (present is None) == (wanted == ["true"])
    negated = base.replace("Not", "") != base
    holds = _OPERATORS.get(base.replace("Not", ""))
    if holds is None or qualifier not in ("", "ForAllValues", "ForAnyValue"):
        raise NotImplementedError(f"a policy has the condition operator {operator}")
    if present is None:
        return qualifier == "ForAllValues" or base != name or (negated and not qualifier)
    verdicts = [any(holds(pattern, value, request) for pattern in wanted) != negated for value in present]
    return all(verdicts) if qualifier != "ForAnyValue" else any(verdicts)


def _like(pattern: str, value: str, request: Request) -> bool:
    """Compare with `*` and `?` as wildcards."""
    return _matches_text(pattern, value, request, wildcards=True)


def _equal(pattern: str, value: str, request: Request) -> bool:
    return _matches_text(pattern, value, request, wildcards=False)


def _ignoring_case(pattern: str, value: str, request: Request) -> bool:
    return _equal(pattern.lower(), value.lower(), request)


def _matches_text(pattern: str, value: str, request: Request, *, wildcards: bool) -> bool:
    """Compare a pattern, in which policy variables stand for values that are taken as they are."""
    expression = ""
    for position, part in enumerate(_VARIABLE.split(pattern)):
        if position % 2:  # what the split captured: the name of a variable
            values = request.context.get(part, ())
            if len(values) != 1:
                return False
            expression += re.escape(values[0])
        else:
            expression += _expression(part, wildcards=wildcards)
    return re.fullmatch(expression, value, re.DOTALL) is not None


@functools.cache
def _expression(literal: str, *, wildcards: bool) -> str:
    escaped = re.escape(literal)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".") if wildcards else escaped


_OPERATORS = {
    "StringEquals": _equal,
    "StringLike": _like,
    "StringEqualsIgnoreCase": _ignoring_case,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": _ignoring_case,
}


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
