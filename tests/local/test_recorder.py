"""The recorder must lose nothing that a program declares."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from infra.local.recorder import DuplicateResourceError, Recording, record

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record({"greeting": "hello"}, program=SAMPLE, project="gangway")


def test_resources_keep_their_inputs_in_pulumi_spelling(recording: Recording) -> None:
    table = recording.one("aws:dynamodb/table:Table")

    assert table.inputs["hashKey"] == "pk"
    assert table.inputs["ttl"] == {"enabled": True, "attributeName": "ttl"}


def test_names_carry_project_and_stack(recording: Recording) -> None:
    assert recording.one("aws:dynamodb/table:Table").physical_name == "gangway-local"


def test_protect_and_dependencies_survive(recording: Recording) -> None:
    alias, key = recording.one("aws:kms/alias:Alias"), recording.one("aws:kms/key:Key")

    assert recording.one("aws:dynamodb/table:Table").protect
    assert alias.dependencies == (key.urn,)


def test_given_an_input_fed_by_a_computed_output_then_it_does_not_vanish(recording: Recording) -> None:
    key = recording.one("aws:kms/key:Key")

    assert recording.one("aws:kms/alias:Alias").inputs["targetKeyId"] == key.outputs["keyId"]


def test_arns_have_the_parts_that_aws_gives_them(recording: Recording) -> None:
    arns = {r.type.split(":")[-1]: r.outputs["arn"] for r in recording.resources if r.name != "alias"}

    assert arns["Table"] == "arn:aws:dynamodb:eu-central-1:123456789012:table/gangway-local"
    assert arns["Role"] == "arn:aws:iam::123456789012:role/gangway-local-role"
    assert arns["EventBus"] == "arn:aws:events:eu-central-1:123456789012:event-bus/gangway-local"
    assert arns["Secret"].startswith("arn:aws:secretsmanager:eu-central-1:123456789012:secret:gangway-local/tokens/00-")


def test_stack_outputs_and_settings_are_recorded(recording: Recording) -> None:
    assert recording.outputs == {"tableName": "gangway-local", "eventBusName": "gangway-local", "greeting": "hello"}


def test_given_two_runs_then_they_are_equal(recording: Recording) -> None:
    assert record({"greeting": "hello"}, program=SAMPLE, project="gangway") == recording


def test_given_answers_of_ones_own_then_they_reach_dependent_inputs() -> None:
    recording = record(
        program=SAMPLE, project="gangway", on_resource=lambda r: (f"{r.name}!", {"keyId": "1234", "arn": "arn:x"})
    )

    assert recording.one("aws:kms/alias:Alias").inputs["targetKeyId"] == "1234"
    assert recording.one("aws:kms/key:Key").id == "key!"


def test_given_a_preview_then_computed_outputs_are_unknown_and_the_program_survives() -> None:
    recording = record(program=SAMPLE, project="gangway", on_resource=lambda _: ("", {}), preview=True)

    assert isinstance(recording.one("aws:kms/alias:Alias").inputs["targetKeyId"], pulumi.output.Unknown)


def test_given_secret_inputs_then_they_are_plain_and_their_paths_are_listed(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\n"
        "aws.secretsmanager.SecretVersion('v', secret_id='s', secret_string=pulumi.Output.secret('hush'))\n"
    )

    version = record(program=tmp_path, project="x").one("aws:secretsmanager/secretVersion:SecretVersion")

    assert version.inputs["secretString"] == "hush"
    assert version.secret_inputs == ("secretString",)


def test_given_one_name_twice_then_the_run_fails(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import pulumi_aws as aws\nfor _ in 'ab': aws.sqs.Queue('q')\n")

    with pytest.raises(DuplicateResourceError, match="twice"):
        record(program=tmp_path, project="x")


def test_given_a_program_that_fails_then_its_own_error_comes_through(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.Config().require('missing')\n")

    with pytest.raises(Exception, match="missing"):
        record(program=tmp_path, project="x")


def test_given_an_unknown_name_then_one_says_what_there_is(recording: Recording) -> None:
    with pytest.raises(LookupError, match="dead-letters"):
        recording.one("aws:sqs/queue:Queue", "nobody")
