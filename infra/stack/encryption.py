"""The key under which everything is kept that says something about people or their tokens."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, slots=True)
class EncryptionKeyArgs:
    """Arguments of EncryptionKey.

    Attributes:
        alias: name of the key, beginning with `alias/`.
        protect: refuse to delete the key, and with it everything it encrypts.
    """

    alias: str
    protect: bool


class EncryptionKey(pulumi.ComponentResource):
    """`gangway:stack:EncryptionKey`: a KMS key that rotates every year, and its alias.

    Its policy is AWS's default: the account's IAM policies decide, and those of the functions allow the key only
    through the service that holds the data.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:EncryptionKey", name, None, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description="Gangway: the directory and token hashes",
            enable_key_rotation=True,
            deletion_window_in_days=30 if args.protect else 7,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-alias", name=args.alias, target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
