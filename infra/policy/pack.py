"""The rules as policies of Pulumi: each becomes one, under the rule's own name and description.

Rules about one resource are asked before it is created; rules about all of them when the preview, or the deployment, is
through. Each of them is mandatory: a preview that breaks one fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_policy import Policy, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from infra.policy.declared import UNKNOWN, Declared, DeclaredStack, decoded
from infra.policy.rules import RESOURCE_RULES, STACK_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_policy import ReportViolation, ResourceValidationArgs, StackValidationArgs

    from infra.policy.declared import ResourceRule, StackRule

NAME = "gangway"
AWS = "aws:"
"""What the types of resources that rules are about begin with; components have no inputs."""


def policies() -> list[Policy]:
    """All rules as policies."""
    return [*map(_about_one, RESOURCE_RULES), *map(_about_all, STACK_RULES)]


def policy_name(rule: ResourceRule | StackRule) -> str:
    """What a rule is called in Pulumi's reports."""
    return rule.__name__.replace("_", "-")


def _about_one(rule: ResourceRule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type.startswith(AWS):
            for fault in rule(Declared(args.resource_type, args.name, _inputs(args.props))):
                report(f"{args.name}: {fault}", None)

    return ResourceValidationPolicy(policy_name(rule), _description(rule), validate)


def _about_all(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        of_aws = [each for each in args.resources if each.resource_type.startswith(AWS)]
        stack = DeclaredStack([Declared(each.resource_type, each.name, _inputs(each.props)) for each in of_aws])
        for fault in rule(stack):
            report(fault, None)

    return StackValidationPolicy(policy_name(rule), _description(rule), validate)


def _description(rule: ResourceRule | StackRule) -> str:
    return (rule.__doc__ or "").strip().splitlines()[0]


def _inputs(properties: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = decoded(_known(properties))
    return found


def _known(value: Any) -> Any:
    """A copy of what Pulumi hands over, whose every access to something unknown raises."""
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return value
    mapping = hasattr(value, "keys")
    found = {}
    for key in value if mapping else range(len(value)):
        try:
            found[key] = _known(value[key])
        except UnknownValueError:
            found[key] = UNKNOWN
    return found if mapping else list(found.values())
