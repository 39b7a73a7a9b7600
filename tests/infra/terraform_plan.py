"""The recorded program as the plan that Terraform would print for it, for scanners that read no Pulumi.

Pulumi's AWS provider is bridged from Terraform's, by rules that this turns round:

- `aws:dynamodb/table:Table` is `aws_dynamodb_table`, `kmsKeyArn` is `kms_key_arn`. What was renamed beyond that is
  listed below.
- An object with a class of its own in the SDK (`ttl`) is a block, and a plan shows blocks as lists: of one, `[{…}]`.
- A list of such objects (`attributes`) is a repeated block, which Terraform calls by its singular: `attribute`.
- Maps (`tags`) and lists of plain values (`layers`) are what they are.
- An object in a text property was JSON before `tests.infra.program` decoded it, and is again. The firewall's rules are
  such a text, in the words of AWS's API (`RateBasedStatement`); a plan would have blocks (`rate_based_statement`).

Where an input is another resource's id or ARN, the plan's configuration refers to that resource, because some checks
follow such references: is there a rotation for this secret, a firewall before this stage?
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pulumi._types import is_output_type, output_type_types

from infra.local.catalogue import properties
from tests.infra.program import Declared, Program

MODULES = {"apigateway": "api_gateway"}
RENAMED = {
    "aws_api_gateway_base_path_mapping": {"rest_api": "api_id"},
    "aws_api_gateway_deployment": {"rest_api": "rest_api_id"},
    "aws_api_gateway_method_settings": {"rest_api": "rest_api_id"},
    "aws_api_gateway_stage": {"rest_api": "rest_api_id", "deployment": "deployment_id"},
    "aws_cloudwatch_metric_alarm": {"name": "alarm_name"},
    "aws_lambda_function": {"name": "function_name", "code": "filename"},
    "aws_lambda_permission": {"function": "function_name"},
    "aws_sns_topic_subscription": {"topic": "topic_arn"},
}
PLURAL_BLOCKS = {"redacted_fields"}
IDENTITIES = ("arn", "executionArn", "regionalDomainName")
LISTS_OF_ONE = {"types"}
"""Lists of texts that may have one item only; Pulumi has that item instead."""
NAMES = {"role": "aws_iam_role", "function_name": "aws_lambda_function", "rule": "aws_cloudwatch_event_rule"}
"""Inputs that refer to another resource by its name, which resources of other types may have too."""


def plan(program: Program) -> dict[str, Any]:
    """A plan that creates everything the program declares."""
    resources = [_resource(each) for each in program.resources]
    known = dict(_identities(program, resources))
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": [
            {**_place(each), "change": {"actions": ["create"], "before": None, "after": each["values"]}}
            for each in resources
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {**_place(each), "expressions": _expressions(each, each["values"], known)} for each in resources
                ]
            }
        },
    }


def terraform_type(pulumi_type: str) -> str:
    """`aws_dynamodb_table` for `aws:dynamodb/table:Table`."""
    module, name = pulumi_type.removeprefix("aws:").split(":")[0].split("/")
    return f"aws_{MODULES.get(module, module)}_{_snake(name)}"


def _resource(resource: Declared) -> dict[str, Any]:
    kind, name = terraform_type(resource.type), resource.name.replace("-", "_")
    renamed = RENAMED.get(kind, {})
    values = {renamed.get(key, key): value for key, value in _object(resource.inputs, properties(resource.type))}
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": values,
    }


def _place(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {key: resource[key] for key in ("address", "mode", "type", "name")}


def _object(value: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        yield _argument(_snake(key), item, types.get(key))


def _argument(key: str, value: Any, kind: Any) -> tuple[str, Any]:
    """Name and value of an argument or block."""
    if get_origin(kind) is not None and isinstance(value, list):
        (item_type,) = get_args(kind)
        if is_output_type(item_type):
            return _singular(key), [dict(_object(item, output_type_types(item_type))) for item in value]
        return key, value
    if isinstance(kind, type) and is_output_type(kind):
        return key, [dict(_object(value, output_type_types(kind)))]
    if key == "rule_json":
        return "rule", _blocks(value)
    if kind is str and isinstance(value, dict | list):
        return key, json.dumps(value)
    return key, [value] if key in LISTS_OF_ONE else value


def _blocks(value: Any) -> Any:
    """Objects of AWS's API as blocks."""
    if isinstance(value, dict):
        return [{_snake(key): _blocks(item) for key, item in value.items()}]
    if isinstance(value, list):
        return [block for item in value for block in (_blocks(item) if isinstance(item, dict) else [item])]
    return value


def _singular(plural: str) -> str:
    if plural in PLURAL_BLOCKS:
        return plural
    return re.sub(r"ies$", "y", plural) if plural.endswith("ies") else plural.removesuffix("s")


def _snake(camel: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", camel).lower()


def _identities(program: Program, resources: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str], str]]:
    """What others call resources by: the address for each id and ARN, and for each name by the resource's type."""
    for declared, resource in zip(program.resources, resources, strict=True):
        yield ("", declared.id), f"{resource['address']}.id"
        for attribute in IDENTITIES:
            if attribute in declared.outputs:
                yield ("", declared.outputs[attribute]), f"{resource['address']}.{_snake(attribute)}"
        if resource["type"] in NAMES.values():
            yield (resource["type"], str(declared.inputs.get("name"))), f"{resource['address']}.name"


def _expressions(resource: Mapping[str, Any], values: Any, known: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The references in arguments, in the shape of a plan's configuration."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, str):
            target = known.get((NAMES.get(key, ""), value)) or known.get(("", value))
            if target and not target.startswith(f"{resource['address']}."):
                found[key] = {"references": [target, target.rpartition(".")[0]]}
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            found[key] = [_expressions(resource, item, known) for item in value]
    return found
