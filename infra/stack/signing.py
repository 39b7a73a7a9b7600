"""The key pair that signs security event tokens (RFC 8417): receivers check them with its public half.

The private half never leaves KMS. It signs in the name of those who post: the dispatcher, and the admin API, which
posts snapshots and also hands out the public half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.encryption import allow, managed_by_account

if TYPE_CHECKING:
    from infra.stack.naming import Place

SPEC = "ECC_NIST_P256"
"""For ES256, which every library for JSON Web Tokens knows."""


@dataclass(frozen=True, slots=True)
class SigningKeyArgs:
    """Arguments of SigningKey.

    Attributes:
        alias: name of the key, beginning with `alias/`.
        place: where the stack lives.
        signer: ARN of the role that signs.
        publisher: ARN of the role that hands out the public half, and signs too.
        protect: refuse to delete the key.
    """

    alias: str
    place: Place
    signer: str
    publisher: str
    protect: bool


class SigningKey(pulumi.ComponentResource):
    """`gangway:stack:SigningKey`: an asymmetric KMS key, its policy and its alias."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SigningKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:SigningKey", name, None, opts)
        account = {"AWS": args.place.arn("iam", "root")}
        policy = iam.document(
            [
                managed_by_account(args.place),
                allow(
                    "PostersSign",
                    account,
                    ("Sign",),
                    {"ArnEquals": {"aws:PrincipalArn": [args.signer, args.publisher]}},
                ),
                allow(
                    "AdminApiPublishes", account, ("GetPublicKey",), {"ArnEquals": {"aws:PrincipalArn": args.publisher}}
                ),
            ]
        )
        key = aws.kms.Key(
            f"{name}-key",
            description="Gangway: signs security event tokens",
            customer_master_key_spec=SPEC,
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=30 if args.protect else 7,
            policy=pulumi.Output.json_dumps(policy),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-alias", name=args.alias, target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})
