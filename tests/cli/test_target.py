"""How the command line finds the stack that is meant."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.errors import CliError, Exit
from infra.cli.target import Choice, find
from infra.local.made_up import REGION

if TYPE_CHECKING:
    from pathlib import Path

ON_AWS = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/live/admin/v1"


@pytest.fixture(autouse=True)
def no_pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Only commands that a test puts into this folder can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def pulumi(folder: Path, script: str) -> None:
    command = folder / "pulumi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def test_given_a_url_then_its_region_is_the_one_to_sign_for() -> None:
    target = find(Choice(admin_url=f"{ON_AWS}/", region=None))

    assert (target.admin_url, target.region, target.is_local) == (ON_AWS, "eu-west-1", False)


def test_given_a_custom_domain_then_the_region_is_the_one_given_or_else_the_callers() -> None:
    url = "https://admin.example.com/admin/v1"

    assert find(Choice(admin_url=url, region="us-east-2")).region == "us-east-2"
    assert find(Choice(admin_url=url)).region is None


def test_given_a_loopback_url_then_it_is_a_local_stack_and_signed_for_as_one() -> None:
    target = find(Choice(admin_url="http://127.0.0.1:8080/admin/v1", region="us-east-2"))

    assert (target.is_local, target.region) == (True, REGION)


def test_given_a_file_of_outputs_then_its_url_counts(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"adminUrl": ON_AWS, "tableName": "gangway-prod"}))

    target = find(Choice(outputs=str(file)))

    assert (target.admin_url, target.outputs["tableName"]) == (ON_AWS, "gangway-prod")


def test_given_a_dash_then_outputs_are_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"adminUrl": ON_AWS})))

    assert find(Choice(outputs="-")).admin_url == ON_AWS


def test_given_nothing_then_pulumi_is_asked_for_the_selected_stack(no_pulumi: Path) -> None:
    pulumi(no_pulumi, f'echo "{{\\"adminUrl\\": \\"{ON_AWS}\\", \\"arguments\\": \\"$*\\"}}"')

    assert find(Choice()).outputs["arguments"] == "stack output --json --non-interactive"
    assert find(Choice(stack="prod")).outputs["arguments"] == "stack output --json --non-interactive --stack prod"


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        (Choice(), "No stack is named"),
        (Choice(admin_url="admin.example.com"), "does not hold the URL of an admin API"),
        (Choice(outputs="/nowhere/outputs.json"), "cannot be read"),
    ],
)
def test_given_no_stack_then_it_says_how_to_name_one(choice: Choice, complaint: str) -> None:
    with pytest.raises(CliError, match=complaint) as error:
        find(choice)

    assert error.value.code is Exit.NO_STACK
    assert all(word in error.value.next_step for word in ("--stack", "GANGWAY_ADMIN_URL", "gangway local"))


@pytest.mark.parametrize("content", ["{", "[]", '{"adminUrl": null}'])
def test_given_a_file_that_holds_no_outputs_then_it_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(content)

    with pytest.raises(CliError, match=r"outputs\.json"):
        find(Choice(outputs=str(file)))


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("echo 'error: no stack named prod found' >&2; exit 255", "no stack named prod found"),
        ("echo not json", "did not answer with JSON"),
        ("exit 1", "it said nothing"),
    ],
)
def test_when_pulumi_cannot_tell_then_its_reason_is_passed_on(no_pulumi: Path, script: str, complaint: str) -> None:
    pulumi(no_pulumi, script)

    with pytest.raises(CliError, match=complaint):
        find(Choice(stack="prod"))


def test_a_choice_is_made_of_the_most_particular_thing_said(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"adminUrl": ON_AWS}))
    other: dict[str, Any] = {"outputs": str(file), "stack": "prod"}

    assert find(Choice(admin_url="https://x.example/admin/v1", **other)).admin_url == "https://x.example/admin/v1"
    assert find(Choice(**other)).admin_url == ON_AWS
