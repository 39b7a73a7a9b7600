"""What the program declares, held to the rows about the stack itself; for one machine's stack and for production."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.stack.access_log import ACCESS_LOG_FORMAT
from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.infra.program import gangway

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.infra.program import Program


@pytest.fixture(params=["", "production"], ids=["smallest", "production"])
def program(request: pytest.FixtureRequest) -> Program:
    return gangway(preset=request.param) if request.param else gangway()


def policies(program: Program) -> dict[str, list[Mapping[str, Any]]]:
    """The statements of each function's role, by the function's short name."""
    return {
        policy.name.removesuffix("-policy"): policy.inputs["policy"]["Statement"]
        for policy in program.all("RolePolicy")
    }


def actions(statements: list[Mapping[str, Any]]) -> Iterator[str]:
    for statement in statements:
        yield from [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


@pytest.mark.row("INF-03")
def test_given_the_policies_then_no_action_and_no_resource_is_everything(program: Program) -> None:
    assert len(policies(program)) >= 7
    for statements in policies(program).values():
        assert not [action for action in actions(statements) if "*" in action]
        assert not [statement for statement in statements if statement["Resource"] in ("*", ["*"])]


@pytest.mark.row("INF-04", "INF-09")
@pytest.mark.parametrize(
    ("function", "action"),
    [
        ("scim-api", "secretsmanager:PutSecretValue"),
        ("scim-api", "secretsmanager:UpdateSecretVersionStage"),
        ("scim-api", "dynamodb:Scan"),
        ("scim-api", "dynamodb:PartiQLSelect"),
        ("admin-api", "secretsmanager:CreateSecret"),
        ("admin-api", "secretsmanager:DeleteSecret"),
        ("token-compactor", "secretsmanager:DeleteSecret"),
        ("change-relay", "secretsmanager:GetSecretValue"),
        ("housekeeper", "secretsmanager:GetSecretValue"),
        ("webhook-dispatcher", "secretsmanager:GetSecretValue"),
    ],
)
def test_given_a_function_then_it_may_not_do_what_another_is_there_for(
    program: Program, function: str, action: str
) -> None:
    statements = next(each for name, each in policies(program).items() if name.startswith(function))
    assert action not in set(actions(statements))
    for resource in (program.all("Secret")[0].arn, program.one("Table").arn):
        wanted = Request(action, resource, {})
        assert evaluate([{"Statement": statements}], wanted) is not Decision.ALLOWED


@pytest.mark.row("WHK-14")
def test_given_the_function_that_posts_webhooks_then_it_may_write_its_log_and_nothing_else(program: Program) -> None:
    statements = next(each for name, each in policies(program).items() if name.startswith("webhook-sender"))
    assert {action.partition(":")[0] for action in actions(statements)} <= {"logs"}
    (sender,) = (
        each for each in program.all("lambda:Function") if each.inputs["handler"].startswith("handlers.webhook_sender")
    )
    assert not [name for name in sender.inputs["environment"]["variables"] if "TABLE" in name or "SECRET" in name]


@pytest.mark.row("STR-12")
def test_given_the_event_source_mappings_then_a_poison_record_is_isolated_given_up_and_kept(program: Program) -> None:
    assert len(program.all("EventSourceMapping")) == 2
    for mapping in program.all("EventSourceMapping"):
        assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping.inputs["bisectBatchOnFunctionError"]
        assert 0 < mapping.inputs["maximumRetryAttempts"] <= 100
        assert 0 < mapping.inputs["maximumRecordAgeInSeconds"] < 24 * 3600
        assert mapping.inputs["destinationConfig"]["onFailure"]["destinationArn"]


@pytest.mark.row("INF-06", "INF-10", "LOG-05", "SEC-01", "SEC-05")
def test_given_the_apis_then_nothing_is_cached_no_data_is_traced_old_tls_is_refused_and_floods_are_cut(
    program: Program,
) -> None:
    for settings in (each.inputs["settings"] for each in program.all("MethodSettings")):
        assert settings["cachingEnabled"] is False
        assert settings["dataTraceEnabled"] is False
        assert 0 < settings["throttlingRateLimit"] <= settings["throttlingBurstLimit"]
    for stage in program.all("Stage"):
        assert not stage.inputs.get("cacheClusterEnabled")
    for api in program.all("RestApi"):
        assert "TLS13" in api.inputs["securityPolicy"]


@pytest.mark.row("LOG-05")
def test_given_the_access_log_then_no_header_path_or_query_is_in_it() -> None:
    named = json.dumps(ACCESS_LOG_FORMAT)
    assert not [
        part for part in ("$input", "requestOverride", "$context.path", "uri", "header", "query") if part in named
    ]


@pytest.mark.row("REL-25")
def test_given_the_gateways_own_answers_then_each_is_a_scim_error_and_faults_say_when_to_come_back(
    program: Program,
) -> None:
    for api in program.all("RestApi"):
        responses = api.inputs["body"]["x-amazon-apigateway-gateway-responses"]
        assert {"THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "DEFAULT_5XX"} <= set(
            responses
        )
        for response in responses.values():
            error = response["responseTemplates"]["application/json"]
            assert error["status"] == str(response["statusCode"])
            assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
            headers = response["responseParameters"]
            assert headers["gatewayresponse.header.Content-Type"] == "'application/scim+json'"
            if error["status"] in ("429", "503"):
                assert "gatewayresponse.header.Retry-After" in headers


@pytest.mark.row("INF-05")
def test_given_keys_and_secrets_then_none_is_open_to_everybody(program: Program) -> None:
    kept = [*program.all("Secret"), *program.all("kms:Key")]
    assert kept
    for resource in kept:
        policy = resource.inputs.get("policy") or {"Statement": []}
        for statement in policy["Statement"]:
            everybody = statement.get("Principal") in ("*", {"AWS": "*"})
            assert not (everybody and statement["Effect"] == "Allow" and not statement.get("Condition"))
    assert all(secret.inputs.get("kmsKeyId") for secret in program.all("Secret"))
