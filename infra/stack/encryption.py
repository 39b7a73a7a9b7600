"""The key under which everything is kept that says something about people or their tokens.

Its policy tells apart who may do what with it. The account's administrators manage it and, through the services that
hold the data, deploy and restore; whether a person may, their IAM policies decide. Functions may use it only as far as
each is listed here, only through the service that holds the data: a role that somebody creates later gets nothing by
calling itself one of ours, and a function's wider IAM policy would not help it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.stack import iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.stack.naming import Place

PUBLISHERS = ("cloudwatch", "budgets")
"""Services that send what wakes somebody, through the encrypted topic."""

SERVICES = ("dynamodb", "secretsmanager")
"""Those that hold what the key encrypts and use it in the caller's name."""
MANAGE = (
    *("CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DescribeKey", "DisableKey", "EnableKey", "EnableKeyRotation"),
    *("GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListResourceTags", "PutKeyPolicy"),
    *("RevokeGrant", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
)
USE = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
"""What services ask for in the name of who creates, restores or copies what they encrypt."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What some functions do with the key through one service.

    Attributes:
        service: name of the service as in `kms:ViaService`.
        operations: of KMS.
        roles: names of the functions' roles.
    """

    service: str
    operations: Sequence[str]
    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class EncryptionKeyArgs:
    """Arguments of EncryptionKey.

    Attributes:
        alias: name of the key, beginning with `alias/`.
        place: where the stack lives.
        prefix: what names of the stack's roles begin with.
        uses: what functions do with the key.
        log_groups: patterns of names of log groups that it encrypts.
        publishers: AWS services that publish to its encrypted topics.
        protect: refuse to delete the key, and with it everything it encrypts.
        home: region of the stack, when the key is for copies in another one; what is copied there is sent from home.
    """

    alias: str
    place: Place
    prefix: str
    uses: Sequence[KeyUse]
    log_groups: Sequence[str]
    publishers: Sequence[str]
    protect: bool
    home: str | None = None


class EncryptionKey(pulumi.ComponentResource):
    """`gangway:stack:EncryptionKey`: a KMS key that rotates every year, its policy and its alias."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:EncryptionKey", name, None, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description="Gangway: the directory, token hashes and logs",
            enable_key_rotation=True,
            deletion_window_in_days=30 if args.protect else 7,
            policy=pulumi.Output.json_dumps(key_policy(args)),
            region=args.place.region if args.home else None,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-alias",
            name=args.alias,
            target_key_id=key.key_id,
            region=args.place.region if args.home else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def key_policy(args: EncryptionKeyArgs) -> dict[str, Any]:
    """Who may do what with the key."""
    place = args.place
    account = {"AWS": place.arn("iam", "root")}
    our_roles = {"aws:PrincipalArn": place.arn("iam", f"role/{args.prefix}-*")}
    regions = [place.region, *([args.home] if args.home else [])]
    through = {"kms:ViaService": [f"{service}.{region}.amazonaws.com" for region in regions for service in SERVICES]}
    statements = [
        managed_by_account(place),
        allow("AccountDeploys", account, USE, {"StringEquals": through, "ArnNotLike": our_roles}),
        *(_by_functions(use, account, place) for use in args.uses),
        _by_logs(args),
        *(_by_publisher(service, place) for service in args.publishers),
    ]
    return iam.document(statements)


def _by_functions(use: KeyUse, account: Mapping[str, str], place: Place) -> iam.Statement:
    # A role named as a principal would have to exist before the key does, and its policy speaks of the key.
    callers = {"aws:PrincipalArn": [place.arn("iam", f"role/{role}") for role in use.roles]}
    through = {"kms:ViaService": f"{use.service}.{place.region}.amazonaws.com"}
    sid = f"FunctionsThrough{use.service.capitalize()}{''.join(use.operations)}"
    return allow(sid, account, use.operations, {"StringEquals": through, "ArnEquals": callers})


def _by_logs(args: EncryptionKeyArgs) -> iam.Statement:
    principal = {"Service": f"logs.{args.place.region}.amazonaws.com"}
    groups = [args.place.arn("logs", f"log-group:{pattern}") for pattern in args.log_groups]
    operations = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")
    return allow("LogGroups", principal, operations, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}})


def _by_publisher(service: str, place: Place) -> iam.Statement:
    only_ours = {"StringEquals": {"aws:SourceAccount": place.account}}
    sid = f"PublishedBy{service.capitalize()}"
    return allow(sid, {"Service": f"{service}.amazonaws.com"}, ("Decrypt", "GenerateDataKey"), only_ours)


def managed_by_account(place: Place) -> iam.Statement:
    """Let the account's administrators manage a key, without which nobody could, and use it for nothing."""
    return allow("AccountManages", {"AWS": place.arn("iam", "root")}, MANAGE)


def allow(
    sid: str, principal: Mapping[str, str], operations: Sequence[str], condition: Mapping[str, Any] | None = None
) -> iam.Statement:
    """A statement of a key's policy."""
    actions = [f"kms:{operation}" for operation in operations]
    # In a key's policy, every resource is the key.
    statement = {"Sid": sid, "Effect": "Allow", "Principal": dict(principal), "Action": actions, "Resource": "*"}
    return {**statement, "Condition": dict(condition)} if condition else statement
