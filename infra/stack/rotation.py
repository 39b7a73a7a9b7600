"""Rotation of the token secrets.

There is no credential to renew in them: rotating one drops the hashes of dead tokens, so that none outlives its token
by more than a rotation's interval, and reviewers who ask for rotation find it where they look for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack.naming import ALIAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.stack.function import Function

EVERY_DAYS = 30


@dataclass(frozen=True, slots=True)
class TokenRotationArgs:
    """Arguments of TokenRotation.

    Attributes:
        secrets: to rotate, each by the name of its shard.
        function: plays the steps of a rotation.
        account: whose secrets may call it.
    """

    secrets: Sequence[tuple[str, aws.secretsmanager.Secret]]
    function: Function
    account: str


class TokenRotation(pulumi.ComponentResource):
    """`gangway:stack:TokenRotation`: a schedule of rotation for each secret, and the right to call the function."""

    def __init__(self, name: str, args: TokenRotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:TokenRotation", name, None, opts)
        permission = aws.lambda_.Permission(
            f"{name}-rotation-permission",
            action="lambda:InvokeFunction",
            function=args.function.function_name,
            qualifier=ALIAS,
            principal="secretsmanager.amazonaws.com",
            source_account=args.account,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for shard, secret in args.secrets:
            aws.secretsmanager.SecretRotation(
                f"{name}-rotation-{shard}",
                secret_id=secret.id,
                rotation_lambda_arn=args.function.arn,
                # A rotation at once would write to secrets that the first mint expects empty.
                rotate_immediately=False,
                rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=EVERY_DAYS),
                # Secrets Manager tries the permission when it takes the rotation.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
            )
        self.register_outputs({})
