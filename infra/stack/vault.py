"""The vault: secrets that hold the hashes of tokens, a share of the organizations each.

The stack creates them empty and never writes a value: a value in the program would be in its state, and a later
`pulumi up` could put it back over hashes written since, locking every identity provider out. Functions write them,
and need no right to create or delete any.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, slots=True)
class TokenVaultArgs:
    """Arguments of TokenVault.

    Attributes:
        secrets_prefix: what the secrets' names begin with; the shard's number follows in two digits.
        shards: number of secrets.
        key_arn: key that encrypts them.
        protect: refuse to delete them, and keep them recoverable for 30 days if they are deleted all the same.
            Otherwise they are gone at once, so that a stack of the same name can be created again.
    """

    secrets_prefix: str
    shards: int
    key_arn: pulumi.Input[str]
    protect: bool


class TokenVault(pulumi.ComponentResource):
    """`gangway:stack:TokenVault`: Secrets Manager secrets without a value, one for each shard."""

    secrets_arn: pulumi.Output[str]
    """Pattern that matches the ARNs of all shards and nothing else; policies would be too long with a list."""

    def __init__(self, name: str, args: TokenVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:TokenVault", name, None, opts)
        secrets = [
            aws.secretsmanager.Secret(
                f"{name}-{shard:02}",
                name=f"{args.secrets_prefix}{shard:02}",
                description="Gangway: token hashes",
                kms_key_id=args.key_arn,
                recovery_window_in_days=30 if args.protect else 0,
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            for shard in range(args.shards)
        ]
        # Secrets Manager ends each ARN with a hyphen and characters of its own.
        self.secrets_arn = secrets[0].arn.apply(lambda arn: f"{arn.rpartition('/')[0]}/*")
        self.register_outputs({"secretsArn": self.secrets_arn})
