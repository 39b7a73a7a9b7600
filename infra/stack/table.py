"""The table: one for all organizations, because a change to a person is one transaction over its items.

It has no index: what must be found is an item of its own, written in that transaction, so reads after writes are
exact, and a write costs what it says.

A restored table is a table of another name. The stack goes on with it by adopting it: the resource is imported instead
of created, with everything that `gangway restore` has given back to it. If it is protected, the one before leaves the
state only, and not AWS: somebody will want to look at it again.

A copy in a second region is a resource of its own. As a part of the table it would have to be there when a restored
table is adopted, which has none; and it would be deleted with a table that leaves the state.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.stack.replica import Replica


@dataclass(frozen=True, slots=True)
class TableArgs:
    """Arguments of Table.

    Attributes:
        table_name: name in AWS.
        key_arn: key that encrypts it.
        recovery_days: days back to which it can be restored.
        protect: refuse to delete it.
        adopt: take over the table that has this name already.
        replica: where a copy is; None: nowhere.
    """

    table_name: str
    key_arn: pulumi.Input[str]
    recovery_days: int
    protect: bool
    adopt: bool = False
    replica: Replica | None = None


class Table(pulumi.ComponentResource):
    """`gangway:stack:Table`: the DynamoDB table, on demand, with its stream, expiry and point-in-time recovery."""

    arn: pulumi.Output[str]
    table_name: pulumi.Output[str]
    stream_arn: pulumi.Output[str]

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Table", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect)
        adopted = pulumi.ResourceOptions(import_=args.table_name) if args.adopt else None
        copied = pulumi.ResourceOptions(ignore_changes=["replicas"]) if args.replica else None
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=args.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[
                aws.dynamodb.TableAttributeArgs(name="pk", type="S"),
                aws.dynamodb.TableAttributeArgs(name="sk", type="S"),
            ],
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl=aws.dynamodb.TableTtlArgs(attribute_name="ttl", enabled=True),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
                enabled=True, recovery_period_in_days=args.recovery_days
            ),
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=args.protect,
            opts=functools.reduce(pulumi.ResourceOptions.merge, filter(None, (adopted, copied)), kept),
        )
        if args.replica:
            aws.dynamodb.TableReplica(
                f"{name}-replica",
                global_table_arn=table.arn,
                region=args.replica.region,
                kms_key_arn=args.replica.key_arn,
                point_in_time_recovery=True,
                deletion_protection_enabled=args.protect,
                opts=kept,
            )
        self.arn = table.arn
        self.table_name = table.name
        self.stream_arn = table.stream_arn
        self.register_outputs({"arn": self.arn, "tableName": self.table_name, "streamArn": self.stream_arn})
