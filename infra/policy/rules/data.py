"""What is kept: encrypted, restorable, without secrets in the program, and logs not for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.policy.declared import UNKNOWN, at, is_a, missing, other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.policy.declared import Resource, ResourceRule

KEY_INPUTS = {
    "dynamodb:Table": ("serverSideEncryption", "kmsKeyArn"),
    "dynamodb:TableReplica": ("kmsKeyArn",),
    "secretsmanager:Secret": ("kmsKeyId",),
    "cloudwatch:LogGroup": ("kmsKeyId",),
    "sns:Topic": ("kmsMasterKeyId",),
}
"""Where each kind of resource that holds data names the key that encrypts it."""


def data_is_encrypted_with_the_stacks_key(resource: Resource) -> Iterator[str]:
    """Tables, secrets, logs and topics are encrypted with a key whose policy is ours."""
    for kind, path in KEY_INPUTS.items():
        if is_a(resource, kind) and missing(at(resource.inputs, *path)):
            yield f"names no key in {'.'.join(path)}"
    if is_a(resource, "dynamodb:Table") and other(at(resource.inputs, "serverSideEncryption", "enabled"), True):
        yield "is not encrypted with the key it names: serverSideEncryption.enabled is not true"


def queues_are_encrypted(resource: Resource) -> Iterator[str]:
    """Queues are encrypted, by SQS or with a key."""
    if is_a(resource, "sqs:Queue"):
        with_key = not missing(resource.inputs.get("kmsMasterKeyId"))
        if not with_key and other(resource.inputs.get("sqsManagedSseEnabled"), True):
            yield "is not encrypted"


def tables_can_be_restored(resource: Resource) -> Iterator[str]:
    """Tables and their replicas have point-in-time recovery."""
    enabled = resource.inputs.get("pointInTimeRecovery")
    if is_a(resource, "dynamodb:Table"):
        enabled = at(enabled, "enabled")
    elif not is_a(resource, "dynamodb:TableReplica"):
        return
    if other(enabled, True):
        yield "cannot be restored: pointInTimeRecovery is not enabled"


def copies_are_encrypted_with_a_key_of_their_region(resource: Resource) -> Iterator[str]:
    """Copies of secrets in another region name the key that encrypts them there."""
    copies = resource.inputs.get("replicas")
    if is_a(resource, "secretsmanager:Secret") and isinstance(copies, list):
        for copy in copies:
            if missing(at(copy, "kmsKeyId")):
                yield f"names no key for its copy in {at(copy, 'region')}"


def indexes_are_over_attributes(resource: Resource) -> Iterator[str]:
    """Keys and indexes of tables are over attributes that the table defines."""
    if not is_a(resource, "dynamodb:Table") or resource.inputs.get("attributes") is UNKNOWN:
        return
    defined = {attribute.get("name") for attribute in resource.inputs.get("attributes", [])}
    indexes = [
        index
        for kind in ("globalSecondaryIndexes", "localSecondaryIndexes")
        for index in resource.inputs.get(kind) or []
    ]
    for keyed in (resource.inputs, *indexes):
        for end in ("hashKey", "rangeKey"):
            if keyed.get(end) not in (None, UNKNOWN, *defined):
                yield f"has the {end} {keyed[end]!r}, which is no attribute"


def keys_rotate(resource: Resource) -> Iterator[str]:
    """Keys that encrypt rotate every year."""
    signs = resource.inputs.get("keyUsage") == "SIGN_VERIFY"
    if is_a(resource, "kms:Key") and not signs and other(resource.inputs.get("enableKeyRotation"), True):
        yield "never rotates"


def secrets_have_no_value_in_the_program(resource: Resource) -> Iterator[str]:
    """No value of a secret is in the program, and with it in the state."""
    if is_a(resource, "secretsmanager:SecretVersion"):
        yield "would put a value into the state, and back over later ones"


def logs_end(resource: Resource) -> Iterator[str]:
    """Logs are kept for a number of days."""
    days = resource.inputs.get("retentionInDays")
    if is_a(resource, "cloudwatch:LogGroup") and (missing(days) or days == 0):
        yield "keeps logs for ever: retentionInDays is not set"


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    data_is_encrypted_with_the_stacks_key,
    queues_are_encrypted,
    tables_can_be_restored,
    copies_are_encrypted_with_a_key_of_their_region,
    indexes_are_over_attributes,
    keys_rotate,
    secrets_have_no_value_in_the_program,
    logs_end,
)
