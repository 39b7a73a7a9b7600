"""Who may do what: the rights of every function, in one place to read and review.

Each function has a role of its own that allows exactly the calls its code makes, on this stack's resources only. What
the code calls is watched while the tests drive it: a call that is not allowed fails them, and so does a right that
nothing uses. A transaction needs the rights of the operations in it, and reading or writing what the key encrypts
needs the key, but only through the service that holds the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Statement = Mapping[str, Any]

POLICY_VERSION = "2012-10-17"
ORGANIZATION = "${aws:PrincipalTag/organization}"
"""Stands in policies for the id of the organization that a session of the data role is for."""
SETTINGS_AND_TOKENS = "????????#A"
REFUSED_TOKENS = ("????????#F", "UNKNOWN#F")
"""Partitions, as `gangway.storage.keys` names them, of whichever organization a token claims to belong to. Ids have
eight characters, so these patterns fit no others."""


@dataclass(frozen=True, slots=True)
class Resources:
    """ARNs that rights are granted on.

    Attributes:
        table: the table.
        token_secrets: pattern of the secrets with token hashes.
        key: the key that encrypts both.
        event_bus: the bus for change events.
        webhook_dispatcher: the function that delivers to an endpoint.
        webhook_sender: the function that posts.
        event_signing_key: the key pair that signs security event tokens.
        data_role: the role that reaches one organization's items at a time, where the stack has one.
        region: region of the stack, which is part of the names of services that use the key.
    """

    table: pulumi.Input[str]
    token_secrets: pulumi.Input[str]
    key: pulumi.Input[str]
    event_bus: pulumi.Input[str]
    webhook_dispatcher: pulumi.Input[str]
    webhook_sender: pulumi.Input[str]
    event_signing_key: pulumi.Input[str]
    data_role: pulumi.Input[str]
    region: str


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": POLICY_VERSION, "Statement": list(statements)}


def trust(service: str) -> dict[str, Any]:
    """Let an AWS service take a role."""
    principal = {"Service": service}
    return document([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])


def scim_api(on: Resources) -> list[Statement]:
    """Of the SCIM function: the directory, and token hashes to read."""
    return [
        _table(on, "BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _allow("ReadTokenHashes", ["secretsmanager:GetSecretValue"], [on.token_secrets]),
        _key(on, "dynamodb", "Decrypt"),
        _key(on, "secretsmanager", "Decrypt"),
    ]


def scim_api_with_sessions(on: Resources) -> list[Statement]:
    """Of the SCIM function that takes the data role: what it needs before it knows whose token it has been shown."""
    return [
        _items(on, "FindToken", ["BatchGetItem"], [SETTINGS_AND_TOKENS]),
        _items(on, "CountRefusedTokens", ["UpdateItem"], REFUSED_TOKENS),
        _allow("TakeDataRole", ["sts:AssumeRole", "sts:TagSession"], [on.data_role]),
        _allow("ReadTokenHashes", ["secretsmanager:GetSecretValue"], [on.token_secrets]),
        _key(on, "dynamodb", "Decrypt"),
        _key(on, "secretsmanager", "Decrypt"),
    ]


def scim_data(on: Resources) -> list[Statement]:
    """Of the data role: what the SCIM function does with the items of the organization in the session's tag."""
    actions = ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
    return [_items(on, "UseOwnItems", actions, [f"{ORGANIZATION}#*"]), _key(on, "dynamodb", "Decrypt")]


def trust_with_tag(taker: pulumi.Input[str]) -> dict[str, Any]:
    """Let a role take another one, for one organization at a time and with no other tag.

    A tag's value can hold no `*`, `?` or `#` (STS refuses them), so none can stand for several organizations.
    """
    condition = {
        "StringLike": {"aws:RequestTag/organization": "????????"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["organization"]},
    }
    actions = ["sts:AssumeRole", "sts:TagSession"]
    return document([{"Effect": "Allow", "Principal": {"AWS": taker}, "Action": actions, "Condition": condition}])


def admin_api(on: Resources) -> list[Statement]:
    """Of the admin function: organizations, token hashes to write, webhooks, and what signs their tokens."""
    writes = ["GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]
    return [
        _table(on, "BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _call(on.webhook_dispatcher, on.webhook_sender),
        _allow("SignSecurityEventTokens", ["kms:GetPublicKey", "kms:Sign"], [on.event_signing_key]),
        _allow("KeepTokenHashes", [f"secretsmanager:{action}" for action in writes], [on.token_secrets]),
        _key(on, "dynamodb", "Decrypt"),
        _key(on, "secretsmanager", "Decrypt", "GenerateDataKey"),
    ]


def change_relay(on: Resources) -> list[Statement]:
    """Of the relay: the outbox and the log of changes, the bus, and calling those who deliver webhooks."""
    return [
        _table(on, "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _allow("AnnounceChanges", ["events:PutEvents"], [on.event_bus]),
        _call(on.webhook_dispatcher),
        _key(on, "dynamodb", "Decrypt"),
    ]


def webhook_dispatcher(on: Resources) -> list[Statement]:
    """Of the dispatcher: the log and endpoints, the function that posts, itself, and signing security event tokens."""
    return [
        _table(on, "BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _call(on.webhook_dispatcher, on.webhook_sender),
        _allow("SignSecurityEventTokens", ["kms:Sign"], [on.event_signing_key]),
        _key(on, "dynamodb", "Decrypt"),
    ]


def webhook_sender(_on: Resources) -> list[Statement]:
    """Of the sender: nothing at all, because it talks to addresses that customers choose."""
    return []


def token_compactor(on: Resources) -> list[Statement]:
    """Of the compactor: which tokens are dead, and token hashes to rewrite."""
    actions = ("GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
    return [
        _table(on, "Query"),
        _allow("KeepTokenHashes", [f"secretsmanager:{action}" for action in actions], [on.token_secrets]),
        _key(on, "dynamodb", "Decrypt"),
        _key(on, "secretsmanager", "Decrypt", "GenerateDataKey"),
    ]


def housekeeper(on: Resources) -> list[Statement]:
    """Of the housekeeper: the directory, to finish what requests began."""
    return [
        _table(on, "BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        _key(on, "dynamodb", "Decrypt"),
    ]


def write_logs(log_group: pulumi.Input[str]) -> Statement:
    """Write to the streams of one log group. The group is made by the stack, so that it has a retention."""
    return _allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group])


def read_stream(stream: pulumi.Input[str]) -> list[Statement]:
    """What Lambda does in the function's name for an event source mapping."""
    actions = ["DescribeStream", "GetRecords", "GetShardIterator"]
    streams = pulumi.Output.from_input(stream).apply(lambda arn: f"{arn.rpartition('/')[0]}/*")
    return [
        _allow("ReadStream", [f"dynamodb:{action}" for action in actions], [stream]),
        # Refused on a single stream: it lists the streams of the table.
        _allow("ListStreams", ["dynamodb:ListStreams"], [streams]),
    ]


def send_dead_letters(queue: pulumi.Input[str]) -> Statement:
    """Put what was given up on into the failure destination."""
    return _allow("SendDeadLetters", ["sqs:SendMessage"], [queue])


def _table(on: Resources, *operations: str) -> Statement:
    return _allow("UseTable", [f"dynamodb:{operation}" for operation in operations], [on.table])


def _items(on: Resources, sid: str, operations: Sequence[str], partitions: Sequence[str]) -> Statement:
    """Some operations on items of some partitions.

    `ForAllValues` holds for a request without any key, such as a scan; hence the second condition.
    """
    condition = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    return {**_allow(sid, [f"dynamodb:{operation}" for operation in operations], [on.table]), "Condition": condition}


def _call(*functions: pulumi.Input[str]) -> Statement:
    return _allow("CallFunctions", ["lambda:InvokeFunction"], functions)


def _key(on: Resources, service: str, *operations: str) -> Statement:
    through = {"StringEquals": {"kms:ViaService": f"{service}.{on.region}.amazonaws.com"}}
    sid = f"UseKeyThrough{service.capitalize()}"
    return {**_allow(sid, [f"kms:{operation}" for operation in operations], [on.key]), "Condition": through}


def _allow(sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
