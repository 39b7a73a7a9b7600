"""The role with which API Gateway writes logs: a setting of an account and region, not of an API.

A new account has none, and refuses access logs until it does. Only one stack may manage it: deleting the resource
takes the role away from every API there.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.stack import iam

PUSH_LOGS = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
"""AWS's own policy for this; API Gateway refuses a role that allows less."""


class GatewayLogRole(pulumi.ComponentResource):
    """`gangway:stack:GatewayLogRole`: the account's role for API Gateway's logs."""

    def __init__(self, name: str, role_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:GatewayLogRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            name=role_name,
            description="Gangway: API Gateway writes logs",
            assume_role_policy=pulumi.Output.json_dumps(iam.trust("apigateway.amazonaws.com")),
            opts=child,
        )
        attached = aws.iam.RolePolicyAttachment(f"{name}-policy", role=role.name, policy_arn=PUSH_LOGS, opts=child)
        ready = pulumi.ResourceOptions(parent=self, depends_on=[attached])
        aws.apigateway.Account(f"{name}-account", cloudwatch_role_arn=role.arn, opts=ready)
        self.register_outputs({})
