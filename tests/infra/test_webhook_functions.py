"""The function that posts to addresses of customers' choice may nothing and knows nothing; the stream is bounded."""

from __future__ import annotations

import pytest

from tests.infra.program import gangway


@pytest.mark.row("WHK-14")
def test_the_sender_writes_its_log_and_nothing_else_and_is_told_of_nothing_of_the_stack() -> None:
    program = gangway()
    (sender,) = [each for each in program.all("lambda:Function") if each.inputs["name"].endswith("-webhook-sender")]
    policies = [each for each in program.all("RolePolicy") if each.name.startswith("webhook-sender")]

    statements = [statement for each in policies for statement in each.inputs["policy"]["Statement"]]
    assert {action for statement in statements for action in statement["Action"]} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    variables = sender.inputs["environment"]["variables"]
    assert {name for name in variables if name.startswith("GANGWAY_")} <= {"GANGWAY_WEBHOOK_NETWORKS"}


@pytest.mark.row("WHK-04")
def test_in_production_no_network_is_allowed_beside_the_public_ones() -> None:
    (sender,) = [e for e in gangway().all("lambda:Function") if e.inputs["name"].endswith("-webhook-sender")]

    assert sender.inputs["environment"]["variables"].get("GANGWAY_WEBHOOK_NETWORKS", "[]") == "[]"


@pytest.mark.row("STR-12")
def test_a_record_that_cannot_be_dealt_with_is_given_up_in_time_reported_and_kept() -> None:
    mappings = gangway().all("EventSourceMapping")

    assert mappings
    for mapping in (each.inputs for each in mappings):
        assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["bisectBatchOnFunctionError"] is True
        assert 0 < mapping["maximumRetryAttempts"] <= 10
        assert 0 < mapping["maximumRecordAgeInSeconds"] <= 12 * 3600
        assert mapping["destinationConfig"]["onFailure"]["destinationArn"]
