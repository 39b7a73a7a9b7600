"""A linter that knows every action and resource type of AWS finds nothing in the declared policies.

It runs through uvx, pinned and in an environment of its own, because it needs packages that cannot stand beside ours.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.stack.dependencies import uv
from tests.infra.program import OPTIONS, Program, gangway

pytestmark = pytest.mark.slow

LINTER = ["tool", "run", "--quiet", "--with", "setuptools==80.9.0", "--from", "parliament==1.6.4", "parliament"]
ACCEPTED = {
    # The name of a stream ends in a time, whose colons the linter takes for the next part of the ARN.
    **dict.fromkeys(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"), "stream"),
    # AWS's own template for stream readers (SAM, DynamoDBStreamReadPolicy) names the table's streams, and so does this.
    "dynamodb:ListStreams": "streams of the table",
}
"""Actions whose resource the linter misjudges, and why."""


def lint(program: Program, folder: Path) -> list[dict[str, Any]]:
    """What the linter says of the policies of roles and callers."""
    for policy in (*program.all("RolePolicy"), *program.all("iam:Policy")):
        (folder / f"{policy.name}.json").write_text(json.dumps(policy.inputs["policy"]))
    command = [uv(), *LINTER, "--directory", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def unexpected(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [f for f in findings if f["issue"] != "RESOURCE_MISMATCH" or not _accepted(f["detail"])]


def _accepted(detail: list[dict[str, str]]) -> bool:
    return all(found["action"] in ACCEPTED for found in detail)


@pytest.mark.parametrize("options", ["trial", "everything"])
def test_given_the_declared_policies_then_the_linter_finds_nothing(options: str, tmp_path: Path) -> None:
    assert unexpected(lint(gangway(**OPTIONS[options]), tmp_path)) == []


def test_when_an_action_does_not_exist_then_the_linter_names_it(tmp_path: Path) -> None:
    place = ("scim-api-policy", "policy", "Statement", 0, "Action", 0)
    found = unexpected(lint(gangway().changed(place, "dynamodb:BatchGetItems"), tmp_path))
    assert {f["issue"] for f in found} == {"UNKNOWN_ACTION"}
