"""Ids and ARNs of the form AWS gives, for resources that nobody creates.

A program passes ARNs on: into IAM documents, integration URIs, event source mappings. Whoever reads those (an IAM
check, the local gateway, a test) splits them, so a stand-in must have the parts of the real thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.local.recorder import Resource

ACCOUNT = "123456789012"
REGION = "eu-central-1"

Answer = tuple[str, Mapping[str, Any]]


def made_up(resource: Resource) -> Answer:
    """Answer a registration with an id and computed outputs, the same ones every time."""
    answer = _ANSWERS.get(resource.type)
    if answer is not None:
        return answer(resource.physical_name, resource.inputs)
    service, kind = resource.type.split(":")[1].split("/")[0], resource.type.split(":")[2].lower()
    return f"{resource.name}-id", {"arn": arn(service, f"{kind}/{resource.physical_name}")}


def found(name: str) -> dict[str, dict[str, Any]]:
    """What look-ups answer of resources that another stack has made, by the look-up's token."""
    table, key = _table(name, {})[1], _key(name, {})[1]
    return {
        "aws:dynamodb/getTable:getTable": {"id": name, "name": name, **table},
        "aws:kms/getAlias:getAlias": {
            "id": name,
            "name": name,
            "targetKeyArn": key["arn"],
            "targetKeyId": key["keyId"],
        },
    }


def arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    """An ARN in the one account and region of the local stack."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def function_answer(name: str, _inputs: Mapping[str, Any]) -> Answer:
    """A Lambda function, with the URI API Gateway calls it by."""
    function = arn("lambda", f"function:{name}")
    uri = arn("apigateway", f"path/2015-03-31/functions/{function}/invocations", account="lambda")
    return name, {"arn": function, "invokeArn": uri, "version": "1", "qualifiedArn": f"{function}:1"}


def alias_answer(name: str, inputs: Mapping[str, Any]) -> Answer:
    """An alias of a Lambda function, which is called like the function."""
    qualified = f"{inputs['functionName']}:{name}"
    _, outputs = function_answer(qualified, {})
    return qualified, {"arn": outputs["arn"], "invokeArn": outputs["invokeArn"]}


def rest_api_answer(name: str, _inputs: Mapping[str, Any]) -> Answer:
    """A REST API; its id has ten characters, as API Gateway's have."""
    api = _digest(name)[:10]
    return api, {"executionArn": arn("execute-api", api), "rootResourceId": _digest(api)[:10]}


def _stage(_name: str, inputs: Mapping[str, Any]) -> Answer:
    api, stage = inputs["restApi"], inputs["stageName"]
    return f"ags-{api}-{stage}", {
        "arn": arn("apigateway", f"/restapis/{api}/stages/{stage}", account=""),
        "executionArn": arn("execute-api", f"{api}/{stage}"),
        "invokeUrl": f"https://{api}.execute-api.{REGION}.amazonaws.com/{stage}",
    }


def _table(name: str, _inputs: Mapping[str, Any]) -> Answer:
    table = arn("dynamodb", f"table/{name}")
    return name, {"arn": table, "streamArn": f"{table}/stream/2026-01-01T00:00:00.000"}


def _key(name: str, inputs: Mapping[str, Any]) -> Answer:
    key = _uuid(f"{name}{inputs.get('description', '')}")
    return key, {"keyId": key, "arn": arn("kms", f"key/{key}")}


def _queue(name: str, _inputs: Mapping[str, Any]) -> Answer:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return url, {"url": url, "arn": arn("sqs", name)}


def _secret(name: str, _inputs: Mapping[str, Any]) -> Answer:
    secret = arn("secretsmanager", f"secret:{name}-{_digest(name)[:6]}")
    return secret, {"arn": secret}


def _mapping(_name: str, inputs: Mapping[str, Any]) -> Answer:
    uuid = _uuid(str(sorted(inputs.items())))
    return uuid, {"uuid": uuid, "arn": arn("lambda", f"event-source-mapping:{uuid}")}


def _named(service: str, prefix: str, *, region: str = REGION) -> Callable[[str, Mapping[str, Any]], Answer]:
    return lambda name, _: (name, {"arn": arn(service, f"{prefix}{name}", region=region)})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid(text: str) -> str:
    digest = _digest(text)
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


_ANSWERS: Mapping[str, Callable[[str, Mapping[str, Any]], Answer]] = {
    "aws:apigateway/restApi:RestApi": rest_api_answer,
    "aws:apigateway/stage:Stage": _stage,
    "aws:cloudwatch/eventBus:EventBus": _named("events", "event-bus/"),
    "aws:cloudwatch/eventRule:EventRule": _named("events", "rule/"),
    "aws:cloudwatch/logGroup:LogGroup": _named("logs", "log-group:"),
    "aws:dynamodb/table:Table": _table,
    "aws:iam/policy:Policy": _named("iam", "policy/", region=""),
    "aws:iam/role:Role": _named("iam", "role/", region=""),
    "aws:kms/key:Key": _key,
    "aws:lambda/alias:Alias": alias_answer,
    "aws:lambda/eventSourceMapping:EventSourceMapping": _mapping,
    "aws:lambda/function:Function": function_answer,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:sqs/queue:Queue": _queue,
}
