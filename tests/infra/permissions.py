"""Which permissions a call to AWS needs: actions, resources and the context that conditions look at.

From the service authorization reference. Where AWS asks for more than the call's own name (the operations inside a
transaction; the key of what is encrypted, which the service uses in the caller's name), that is spelled out here. A
call that is not known here is an error: somebody has to look up what it needs.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.made_up import REGION
from infra.stack.iam_evaluation import Request
from tests.infra.program import Declared, Program

LEADING_KEYS = "dynamodb:LeadingKeys"
TAG = "aws:PrincipalTag/organization"
IN_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
SINGLE_ITEM = {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}
KEY_OPERATIONS = {"GetSecretValue": ("Decrypt",), "PutSecretValue": ("Decrypt", "GenerateDataKey")}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an AWS API: service as in ARNs, operation and parameters as in its API reference.

    `organization` is the tag of the session it was made in, if it was made in one.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    organization: str | None = None


def needed(call: Call, program: Program) -> Iterator[Request]:
    """The requests that IAM decides for a call."""
    if call.service == "dynamodb":
        yield from _dynamodb(call, program)
    elif (call.service, call.operation) == ("sts", "AssumeRole"):
        yield from _sessions(call, program)
    elif call.service == "secretsmanager":
        yield from _secrets_manager(call, program)
    elif (call.service, call.operation) == ("events", "PutEvents"):
        for entry in call.parameters["Entries"]:
            yield Request("events:PutEvents", _named(program, "EventBus", entry["EventBusName"]).arn)
    elif (call.service, call.operation) == ("lambda", "Invoke"):
        name, _, alias = call.parameters["FunctionName"].partition(":")
        yield Request("lambda:InvokeFunction", f"{_named(program, 'lambda:Function', name).arn}:{alias}")
    elif call.service == "kms":
        # only the signing key is called by name, and each deployment has another id for it
        (pair,) = (key for key in program.all("kms:Key") if key.inputs.get("keyUsage") == "SIGN_VERIFY")
        yield Request(f"kms:{call.operation}", pair.arn)
    else:
        raise NotImplementedError(f"what {call.service}:{call.operation} needs is not known")


def needed_to_run(function: Declared, program: Program) -> Iterator[Request]:
    """What Lambda does in a function's name: write its logs, read the stream that wakes it, give up on records."""
    group = _named(program, "LogGroup", function.inputs["loggingConfig"]["logGroup"])
    for action in ("CreateLogStream", "PutLogEvents"):
        yield Request(f"logs:{action}", f"{group.arn}:log-stream:2026/01/01/[$LATEST]0")
    for mapping in program.all("EventSourceMapping"):
        if str(mapping.inputs.get("functionName", "")).startswith(f"{function.arn}:"):
            stream = mapping.inputs["eventSourceArn"]
            for action in ("DescribeStream", "GetRecords", "GetShardIterator"):
                yield Request(f"dynamodb:{action}", stream)
            yield Request("dynamodb:ListStreams", f"{stream.rpartition('/')[0]}/*")
            yield from _key_of(program.one("Table").inputs["serverSideEncryption"]["kmsKeyArn"], "dynamodb", "Decrypt")
            yield Request("sqs:SendMessage", mapping.inputs["destinationConfig"]["onFailure"]["destinationArn"])
    for config in program.all("FunctionEventInvokeConfig"):
        if config.inputs.get("functionName") == function.inputs["name"]:
            yield Request("sqs:SendMessage", config.inputs["destinationConfig"]["onFailure"]["destination"])


def _sessions(call: Call, program: Program) -> Iterator[Request]:
    """Taking a role with tags is two actions, and the role's own policy has a say in both."""
    tags = {f"aws:RequestTag/{tag['Key']}": [tag["Value"]] for tag in call.parameters["Tags"]}
    context = {**tags, "aws:TagKeys": [tag["Key"] for tag in call.parameters["Tags"]]}
    taker = _named(program, "Role", "gangway-local-scim-api")
    for action in ("AssumeRole", "TagSession"):
        yield Request(f"sts:{action}", call.parameters["RoleArn"], context, principal=taker.arn)


def _dynamodb(call: Call, program: Program) -> Iterator[Request]:
    tables = set()
    session = {TAG: [call.organization]} if call.organization else {}
    for operation, table_name, keys in _accesses(call.operation, call.parameters):
        table = _named(program, "Table", table_name)
        tables.add(table.name)
        yield Request(f"dynamodb:{operation}", table.arn, {LEADING_KEYS: keys, **session})
    for table in program.all("Table"):
        if table.name in tables:
            yield from _key_of(table.inputs["serverSideEncryption"]["kmsKeyArn"], "dynamodb", "Decrypt")


def _accesses(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Action, table and partition keys of what a call touches."""
    if operation in SINGLE_ITEM:
        yield operation, parameters["TableName"], [_partition(parameters)]
    elif operation == "Query":
        place = re.search(r"\bpk\s*=\s*(:\w+)", parameters["KeyConditionExpression"])
        assert place, "a query names its partition"
        yield "Query", parameters["TableName"], [parameters["ExpressionAttributeValues"][place[1]]["S"]]
    elif operation in ("TransactWriteItems", "TransactGetItems"):
        for item in parameters["TransactItems"]:
            ((kind, body),) = item.items()
            yield IN_TRANSACTION[kind], body["TableName"], [_partition(body)]
    elif operation == "BatchGetItem":
        for name, request in parameters["RequestItems"].items():
            yield operation, name, [key["pk"]["S"] for key in request["Keys"]]
    else:
        raise NotImplementedError(f"what dynamodb:{operation} needs is not known")


def _partition(body: Mapping[str, Any]) -> str:
    return str((body.get("Key") or body["Item"])["pk"]["S"])


def _secrets_manager(call: Call, program: Program) -> Iterator[Request]:
    secret = _named(program, "Secret", call.parameters["SecretId"])
    yield Request(f"secretsmanager:{call.operation}", secret.arn)
    yield from _key_of(secret.inputs["kmsKeyId"], "secretsmanager", *KEY_OPERATIONS.get(call.operation, ()))


def _key_of(key: str, service: str, *operations: str) -> Iterator[Request]:
    for operation in operations:
        yield Request(f"kms:{operation}", key, {"kms:ViaService": [f"{service}.{REGION}.amazonaws.com"]})


def _named(program: Program, kind: str, name: str) -> Declared:
    for resource in program.all(kind):
        if resource.text["name"] == name:
            return resource
    raise AssertionError(f"a call names the {kind} {name}, which the program does not declare")
