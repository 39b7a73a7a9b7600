"""Policies for those who call the admin API: operators, support staff, the company's own application.

Who may call what is said once, beside each operation in the code; the OpenAPI document carries it, and the policies
are derived from that document, so they cannot fall behind. IAM's `*` also matches slashes: what an allowed pattern
would let in beyond what it means is denied again by name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.api import STAGE_NAME
from infra.stack.dependencies import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.stack.naming import Names

type Role = Literal["operator", "support", "application"]

ADMIN_DOCUMENT = ROOT / "docs" / "admin-api.json"
ROLES: dict[Role, str] = {
    "operator": "everything in the admin API",
    "support": "look into organizations and help their identity providers; mint no tokens",
    "application": "read directories and events",
}


@dataclass(frozen=True, slots=True)
class AdminOperation:
    """A method and path template of the admin API, and who may call it."""

    method: str
    path: str
    roles: frozenset[str]

    def pattern(self, organization: str = "*") -> str:
        """As IAM names it, behind the stage."""
        return self.method + re.sub(r"\{[^}]+\}", "*", self.path.replace("{org}", organization))


def operations() -> Iterator[AdminOperation]:
    """All operations of the admin API."""
    for path, item in json.loads(ADMIN_DOCUMENT.read_text())["paths"].items():
        for method, operation in item.items():
            if "x-gangway-roles" in operation:
                yield AdminOperation(method.upper(), path, frozenset(operation["x-gangway-roles"]))


def policy(role: Role, api: str, organizations: Sequence[str] = ()) -> dict[str, Any]:
    """What a role may call.

    Args:
        role: whose policy.
        api: ARN under which the API is executed.
        organizations: names of those that it may look into; none: all.
    """
    if role == "operator":
        return iam.document([_statement("CallAll", "Allow", api, [f"*{_DOOR}*"])])
    named = organizations or ("*",)
    allowed = {o.pattern(name) for o in operations() if role in o.roles for name in named}
    others = {o.pattern(name) for o in operations() if role not in o.roles for name in named}
    beyond = {pattern for pattern in others if any(_like(wide, pattern) for wide in allowed)}
    statements = [_statement("Call", "Allow", api, _widest(allowed))]
    return iam.document([*statements, *([_statement("ButNot", "Deny", api, _widest(beyond))] if beyond else [])])


_DOOR = "/admin/v1/"


def _statement(sid: str, effect: str, api: str, patterns: Sequence[str]) -> dict[str, Any]:
    resources = [f"{api}/{STAGE_NAME}/{pattern}" for pattern in patterns]
    return {"Sid": sid, "Effect": effect, "Action": ["execute-api:Invoke"], "Resource": resources}


def _widest(patterns: set[str]) -> list[str]:
    """Without those that another one covers; a policy has room for so many characters only."""
    return sorted(p for p in patterns if not any(_like(wide, p) for wide in patterns - {p}))


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


@dataclass(frozen=True, slots=True)
class CallersArgs:
    """Arguments of Callers.

    Attributes:
        execution_arn: ARN under which the admin API is executed.
        application_organizations: organizations that the application may look into; none: all.
    """

    execution_arn: pulumi.Input[str]
    application_organizations: Sequence[str]


class Callers(pulumi.ComponentResource):
    """`gangway:stack:Callers`: managed policies to attach to the roles of people and programs."""

    arns: dict[Role, pulumi.Output[str]]

    def __init__(self, name: str, args: CallersArgs, names: Names, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Callers", name, None, opts)
        self.arns = {role: self._policy(name, role, args, names) for role in ROLES}
        self.register_outputs({f"{role}Arn": arn for role, arn in self.arns.items()})

    def _policy(self, name: str, role: Role, args: CallersArgs, names: Names) -> pulumi.Output[str]:
        organizations = args.application_organizations if role == "application" else ()
        api = pulumi.Output.from_input(args.execution_arn)
        return aws.iam.Policy(
            f"{name}-{role}",
            name=names.callers_policy(role),
            description=f"Gangway: {ROLES[role]}",
            policy=api.apply(lambda arn: json.dumps(policy(role, arn, organizations))),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
