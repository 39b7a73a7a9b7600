"""Who may do what: nothing for everybody, everything by name, and sessions no wider than their tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.policy.declared import UNKNOWN, at, is_a, missing, several, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.policy.declared import Resource, ResourceRule, Stack, StackRule

TAKERS = ("lambda.amazonaws.com", "apigateway.amazonaws.com")
"""Services that take roles of a stack."""
RESOURCE_POLICIES = {
    "secretsmanager:Secret": ("policy",),
    "kms:Key": ("policy",),
    "sns:TopicPolicy": ("policy",),
    "sqs:QueuePolicy": ("policy",),
    "apigateway:RestApi": ("body", "x-amazon-apigateway-policy"),
}
"""Where each kind of resource has a policy of its own."""


def policies_name_what_they_allow(resource: Resource) -> Iterator[str]:
    """Policies of roles and people name actions and resources; none allows everything, or all but something."""
    if not is_a(resource, "iam:RolePolicy", "iam:Policy"):
        return
    for statement in statements(resource.inputs.get("policy")):
        if statement.get("Effect") != "Allow":
            continue
        for element in ("Action", "Resource"):
            named = several(statement.get(element))
            if not named:
                yield f"allows by a statement without {element}"
            for each in named:
                if each == "*" or (element == "Action" and str(each).endswith(":*")):
                    yield f"allows the {element.lower()} {each}"


def nothing_is_open_to_everybody(resource: Resource) -> Iterator[str]:
    """Policies of resources let nobody in without a condition, or without a denial to all but some."""
    for kind, path in RESOURCE_POLICIES.items():
        if not is_a(resource, kind):
            continue
        found = statements(at(resource.inputs, *path))
        narrowed = any(s.get("Effect") == "Deny" and _everybody(s) and s.get("Condition") for s in found)
        for statement in found:
            limited = statement.get("Condition") or narrowed
            if statement.get("Effect") == "Allow" and _everybody(statement) and not limited:
                yield f"lets everybody {', '.join(several(statement.get('Action')))}"


def roles_trust_named_takers(resource: Resource) -> Iterator[str]:
    """Roles are taken by services that run what the stack declares, or by one role under conditions."""
    if not is_a(resource, "iam:Role"):
        return
    for statement in statements(resource.inputs.get("assumeRolePolicy")):
        who = statement.get("Principal")
        if isinstance(who, dict) and set(who) == {"Service"}:
            for service in several(who["Service"]):
                if service not in TAKERS:
                    yield f"is taken by {service}"
        elif isinstance(who, dict) and set(who) == {"AWS"} and all(":role/" in str(arn) for arn in several(who["AWS"])):
            if not statement.get("Condition"):
                yield "is taken by another role without a condition"
        else:
            yield f"is taken by {who}"


def functions_are_called_for_one_source(resource: Resource) -> Iterator[str]:
    """A service may call a function on behalf of one resource, or of this account."""
    if not is_a(resource, "lambda:Permission"):
        return
    principal = resource.inputs.get("principal")
    if principal is not UNKNOWN and not str(principal).endswith(".amazonaws.com"):
        yield f"lets {principal} call a function"
    if missing(resource.inputs.get("sourceArn")) and missing(resource.inputs.get("sourceAccount")):
        yield "lets a service call a function on anybody's behalf"


def tagged_sessions_reach_what_their_tag_says(stack: Stack) -> Iterator[str]:
    """A role that is taken with a session tag reaches items by that tag only."""
    for role in stack.all("iam:Role"):
        trust = statements(role.inputs.get("assumeRolePolicy"))
        if not any("sts:TagSession" in several(statement.get("Action")) for statement in trust):
            continue
        for policy in stack.all("iam:RolePolicy"):
            if policy.inputs.get("role") != role.inputs.get("name"):
                continue
            for statement in statements(policy.inputs.get("policy")):
                if any(str(action).startswith("dynamodb:") for action in several(statement.get("Action"))):
                    yield from _beyond_its_tag(policy.name, statement.get("Condition"))


def _beyond_its_tag(name: str, condition: Any) -> Iterator[str]:
    keys = several(at(condition, "ForAllValues:StringLike", "dynamodb:LeadingKeys"))
    if not keys or not all(str(key).startswith("${aws:PrincipalTag/") and "}#" in str(key) for key in keys):
        yield f"{name}: reaches items by other keys than those that begin with the session's tag"
    if at(condition, "Null", "dynamodb:LeadingKeys") != "false":
        yield f"{name}: admits requests without a key, for which ForAllValues holds"


def _everybody(statement: dict[str, Any]) -> bool:
    return statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    policies_name_what_they_allow,
    nothing_is_open_to_everybody,
    roles_trust_named_takers,
    functions_are_called_for_one_source,
)
STACK_RULES: tuple[StackRule, ...] = (tagged_sessions_reach_what_their_tag_says,)
