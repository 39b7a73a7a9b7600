"""The program as a Terraform plan: types, names and nesting as Terraform's AWS provider has them."""

from typing import Any

import pytest

from tests.infra.program import OPTIONS, gangway
from tests.infra.terraform_plan import plan, terraform_type

type Arguments = dict[str, dict[str, Any]]
"""Of resources, by their addresses."""


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return plan(gangway(**OPTIONS["everything"]))


@pytest.fixture
def values(whole: dict[str, Any]) -> Arguments:
    return {each["address"]: each["values"] for each in whole["planned_values"]["root_module"]["resources"]}


@pytest.fixture
def expressions(whole: dict[str, Any]) -> Arguments:
    return {each["address"]: each["expressions"] for each in whole["configuration"]["root_module"]["resources"]}


@pytest.mark.parametrize(
    ("pulumi", "terraform"),
    [
        ("aws:dynamodb/table:Table", "aws_dynamodb_table"),
        ("aws:apigateway/restApi:RestApi", "aws_api_gateway_rest_api"),
        ("aws:lambda/eventSourceMapping:EventSourceMapping", "aws_lambda_event_source_mapping"),
        ("aws:wafv2/webAclAssociation:WebAclAssociation", "aws_wafv2_web_acl_association"),
        ("aws:secretsmanager/secretRotation:SecretRotation", "aws_secretsmanager_secret_rotation"),
    ],
)
def test_types_are_terraforms(pulumi: str, terraform: str) -> None:
    assert terraform_type(pulumi) == terraform


def test_given_an_object_then_it_is_a_block_and_a_list_of_them_is_repeated_under_its_singular(
    values: Arguments,
) -> None:
    table = values["aws_dynamodb_table.directory_table"]
    assert table["ttl"] == [{"attribute_name": "ttl", "enabled": True}]
    assert table["attribute"] == [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
    mapping = values["aws_lambda_event_source_mapping.change_relay_mapping"]
    (criteria,) = mapping["filter_criteria"]
    assert [*criteria["filter"][0]] == ["pattern"]


def test_given_maps_and_lists_of_texts_then_they_stay(values: Arguments) -> None:
    function = values["aws_lambda_function.scim_api_function"]
    assert function["architectures"] == ["arm64"]
    assert function["tags"] == {"project": "gangway", "stack": "local"}
    assert function["environment"][0]["variables"]["GANGWAY_TABLE"] == "gangway-local"


def test_given_json_in_a_text_then_it_is_text_again(values: Arguments) -> None:
    assert values["aws_iam_role_policy.scim_data_policy"]["policy"].startswith('{"Version": "2012-10-17"')


def test_given_rules_of_the_firewall_then_they_are_blocks(values: Arguments) -> None:
    rules = values["aws_wafv2_web_acl.firewall_acl"]["rule"]
    (statement,) = rules[0]["statement"]
    assert statement["rate_based_statement"][0]["aggregate_key_type"] == "CUSTOM_KEYS"
    assert rules[2]["override_action"] == [{"none": [{}]}]


def test_given_another_resources_id_or_arn_then_the_plan_refers_to_it(expressions: Arguments) -> None:
    def referred(address: str, argument: str) -> Any:
        return expressions[address][argument]["references"][1]

    assert referred("aws_api_gateway_stage.scim_stage", "rest_api_id") == "aws_api_gateway_rest_api.scim_api"
    rotation = "aws_secretsmanager_secret_rotation.tokens_rotation_00"
    assert referred(rotation, "secret_id") == "aws_secretsmanager_secret.tokens_00"
    assert referred("aws_iam_role_policy.scim_api_policy", "role") == "aws_iam_role.scim_api_role"
    (encryption,) = expressions["aws_dynamodb_table.directory_table"]["server_side_encryption"]
    assert encryption["kms_key_arn"]["references"] == ["aws_kms_key.encryption_key.arn", "aws_kms_key.encryption_key"]
