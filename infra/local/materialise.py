"""Creates the program's table, secrets, keys, queues and buses in the emulator, and answers the program with them.

What holds data must exist; its ARNs, ids and URLs then reach the rest of the program as they would on AWS. Everything
else (functions, APIs, roles, rules, log groups) is played from the recorded inputs and only needs an ARN of the right
form. One small function per type translates Pulumi's inputs into one or two API calls; a property that would change
how the stack behaves and that a function does not know is an error, not a silent difference.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from infra.local.made_up import Answer, made_up

if TYPE_CHECKING:
    from infra.local.emulator import Emulator
    from infra.local.recorder import Resource

Inputs = Mapping[str, Any]


class Materialiser:
    """Answers registrations by creating what they describe; give its `answer` to the recorder."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def answer(self, resource: Resource) -> Answer:
        """Create the resource if it holds data, and return its id and computed outputs.

        Called from several threads, in an order that respects the program's dependencies.
        """
        creator = _CREATORS.get(resource.type)
        return creator(self.client, resource.inputs) if creator else made_up(resource)

    def client(self, service: str) -> Any:
        """The emulator's client for one service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._emulator.client(service)
            return self._clients[service]


Clients = Callable[[str], Any]


def create_table(clients: Clients, inputs: Inputs) -> Answer:
    """A DynamoDB table: keys, stream, expiry, recovery points. Gangway's table has no index, so none is translated."""
    for unknown in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        if inputs.get(unknown):
            raise NotImplementedError(f"the local stack does not create {unknown}")
    name = inputs["name"]
    keys = [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}]
    if "rangeKey" in inputs:
        keys.append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    stream = {"StreamEnabled": bool(inputs.get("streamEnabled"))}
    if stream["StreamEnabled"]:
        stream |= {"StreamViewType": inputs["streamViewType"]}
    table = clients("dynamodb").create_table(
        TableName=name,
        BillingMode=inputs.get("billingMode", "PROVISIONED"),
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": a["name"], "AttributeType": a["type"]} for a in inputs["attributes"]],
        StreamSpecification=stream,
        DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
    )["TableDescription"]
    ttl = inputs.get("ttl", {})
    if ttl.get("enabled"):
        clients("dynamodb").update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["attributeName"]}
        )
    recovery = inputs.get("pointInTimeRecovery", {})
    if recovery.get("enabled"):
        points = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": recovery["recoveryPeriodInDays"]}
        clients("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=points)
    return name, {"arn": table["TableArn"], "streamArn": table.get("LatestStreamArn", "")}


def create_secret(clients: Clients, inputs: Inputs) -> Answer:
    """A Secrets Manager secret without a value."""
    optional = {"KmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}
    secret = clients("secretsmanager").create_secret(Name=inputs["name"], **optional)
    return secret["ARN"], {"arn": secret["ARN"]}


def create_key(clients: Clients, inputs: Inputs) -> Answer:
    """A KMS key, or a key pair."""
    optional = {
        theirs: inputs[ours]
        for ours, theirs in (("customerMasterKeySpec", "KeySpec"), ("keyUsage", "KeyUsage"))
        if inputs.get(ours)
    }
    key = clients("kms").create_key(Description=inputs.get("description", ""), **optional)["KeyMetadata"]
    return key["KeyId"], {"keyId": key["KeyId"], "arn": key["Arn"]}


def create_alias(clients: Clients, inputs: Inputs) -> Answer:
    """The name of a KMS key."""
    clients("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    alias = clients("kms").describe_key(KeyId=inputs["targetKeyId"])["KeyMetadata"]["Arn"].rpartition(":key/")[0]
    return inputs["name"], {"arn": f"{alias}:{inputs['name']}"}


def create_queue(clients: Clients, inputs: Inputs) -> Answer:
    """An SQS queue with its retention and visibility time-out."""
    attributes = {
        theirs: str(inputs[ours])
        for ours, theirs in (
            ("messageRetentionSeconds", "MessageRetentionPeriod"),
            ("visibilityTimeoutSeconds", "VisibilityTimeout"),
        )
        if ours in inputs
    }
    sqs = clients("sqs")
    url = sqs.create_queue(QueueName=inputs["name"], Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {"url": url, "arn": arn}


def create_bus(clients: Clients, inputs: Inputs) -> Answer:
    """An EventBridge bus."""
    bus = clients("events").create_event_bus(Name=inputs["name"])
    return inputs["name"], {"arn": bus["EventBusArn"]}


_CREATORS: Mapping[str, Callable[[Clients, Inputs], Answer]] = {
    "aws:cloudwatch/eventBus:EventBus": create_bus,
    "aws:dynamodb/table:Table": create_table,
    "aws:kms/alias:Alias": create_alias,
    "aws:kms/key:Key": create_key,
    "aws:secretsmanager/secret:Secret": create_secret,
    "aws:sqs/queue:Queue": create_queue,
}
