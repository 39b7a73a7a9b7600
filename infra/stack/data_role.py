"""The data role: what the SCIM function takes for a request once it knows whose token it has been shown.

The function's own role finds tokens and cannot read or write a directory. The data role can, of the one organization
whose id the session is tagged with, and nobody but the function may take it, with that tag and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import iam

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class DataRoleArgs:
    """Arguments of DataRole.

    Attributes:
        role_name: name in AWS.
        taker: ARN of the role that may take it.
        statements: its rights.
    """

    role_name: str
    taker: pulumi.Input[str]
    statements: Sequence[iam.Statement]


class DataRole(pulumi.ComponentResource):
    """`gangway:stack:DataRole`: an IAM role for one organization at a time, with one policy."""

    def __init__(self, name: str, args: DataRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:DataRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description="Gangway: reaches the directory of one organization at a time",
            assume_role_policy=pulumi.Output.json_dumps(iam.trust_with_tag(args.taker)),
            opts=child,
        )
        aws.iam.RolePolicy(
            f"{name}-policy",
            name="data",
            role=role.name,
            policy=pulumi.Output.json_dumps(iam.document(args.statements)),
            opts=child,
        )
        self.register_outputs({})
