"""The vault: secrets that hold the hashes of tokens, a share of the organizations each, or one alone.

The stack creates them empty and never writes a value: a value in the program would be in its state, and a later
`pulumi up` could put it back over hashes written since, locking every identity provider out. Functions write them,
and need no right to create or delete any. Each secret's own policy refuses its value to everybody but the roles of
those functions, whatever other policies of the account say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.stack import iam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.stack.replica import Replica

VALUE_ACTIONS = ("BatchGetSecretValue", "GetSecretValue", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage")
"""What reads a value or puts another in its place."""


@dataclass(frozen=True, slots=True)
class TokenVaultArgs:
    """Arguments of TokenVault.

    Attributes:
        secrets_prefix: what the secrets' names begin with; the shard's number follows in two digits.
        shards: number of secrets.
        dedicated: ids of organizations that get a secret of their own.
        key_arn: key that encrypts them.
        users: ARNs of the roles that read or write token hashes.
        protect: refuse to delete them, and keep them recoverable for 30 days if they are deleted all the same.
            Otherwise they are gone at once, so that a stack of the same name can be created again.
        replica: where copies are; None: nowhere.
    """

    secrets_prefix: str
    shards: int
    dedicated: Sequence[str]
    key_arn: pulumi.Input[str]
    users: Sequence[str]
    protect: bool
    replica: Replica | None = None


class TokenVault(pulumi.ComponentResource):
    """`gangway:stack:TokenVault`: Secrets Manager secrets without a value, one for each shard."""

    secrets_arn: pulumi.Output[str]
    """Pattern that matches the ARNs of all shards and nothing else; policies would be too long with a list."""
    secrets: Sequence[tuple[str, aws.secretsmanager.Secret]]
    """Each shard by its name."""

    def __init__(self, name: str, args: TokenVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:TokenVault", name, None, opts)
        policy = pulumi.Output.json_dumps(secret_policy(args.users))
        copies = [args.replica] if args.replica else []
        shards = (*(f"{number:02}" for number in range(args.shards)), *(f"org-{each}" for each in args.dedicated))
        self.secrets = [
            (
                shard,
                aws.secretsmanager.Secret(
                    f"{name}-{shard}",
                    name=f"{args.secrets_prefix}{shard}",
                    description="Gangway: token hashes",
                    kms_key_id=args.key_arn,
                    policy=policy,
                    replicas=[
                        aws.secretsmanager.SecretReplicaArgs(region=copy.region, kms_key_id=copy.key_arn)
                        for copy in copies
                    ]
                    or None,
                    recovery_window_in_days=30 if args.protect else 0,
                    opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
                ),
            )
            for shard in shards
        ]
        # Secrets Manager ends each ARN with a hyphen and characters of its own.
        self.secrets_arn = self.secrets[0][1].arn.apply(lambda arn: f"{arn.rpartition('/')[0]}/*")
        self.register_outputs({"secretsArn": self.secrets_arn})


def secret_policy(users: Sequence[str]) -> dict[str, Any]:
    """Refuse the value to all but the roles with these ARNs."""
    statement = {
        "Sid": "TokenHashesAreForFunctions",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [f"secretsmanager:{action}" for action in VALUE_ACTIONS],
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": list(users)}},
    }
    return iam.document([statement])
