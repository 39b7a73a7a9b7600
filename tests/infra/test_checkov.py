"""checkov finds nothing in the declared stack but what is accepted with a reason, and it does find mistakes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.infra.accepted_findings import ACCEPTED, COPIED, EVERYTHING, PRODUCTION, TRIAL
from tests.infra.program import OPTIONS, Path, Program, gangway
from tests.infra.scanner import Findings, scan
from tests.infra.terraform_plan import plan

pytestmark = pytest.mark.slow

STACKS = (TRIAL, PRODUCTION, EVERYTHING, COPIED)
STATEMENT = ("scim-api-policy", "policy", "Statement", 0)
LEFT_OUT = object()

MISTAKES: Mapping[str, tuple[Path, Any, str]] = {
    "table-without-our-key": (("directory-table", "serverSideEncryption"), LEFT_OUT, "CKV_AWS_119"),
    "table-without-a-way-back": (("directory-table", "pointInTimeRecovery", "enabled"), False, "CKV_AWS_28"),
    "secret-without-our-key": (("tokens-00", "kmsKeyId"), LEFT_OUT, "CKV_AWS_149"),
    "key-that-never-rotates": (("encryption-key", "enableKeyRotation"), False, "CKV_AWS_7"),
    "queue-in-the-clear": (("change-relay-dead-letters", "sqsManagedSseEnabled"), False, "CKV_AWS_27"),
    "log-group-for-ever": (("scim-api-logs", "retentionInDays"), LEFT_OUT, "CKV_AWS_66"),
    "log-group-without-our-key": (("scim-api-logs", "kmsKeyId"), LEFT_OUT, "CKV_AWS_158"),
    "policy-for-everything": (STATEMENT, {"Effect": "Allow", "Action": "*", "Resource": "*"}, "CKV_AWS_62"),
    "role-for-everybody": (
        ("scim-api-role", "assumeRolePolicy", "Statement", 0, "Principal"),
        {"AWS": "*"},
        "CKV_AWS_60",
    ),
    "function-for-everybody": (("scim-permission", "principal"), "*", "CKV_AWS_301"),
    "firewall-without-rules": (("firewall-acl", "ruleJson"), LEFT_OUT, "CKV_AWS_175"),
}
"""A place, what it is changed to, and the check that must speak."""


def mistaken(place: Path, value: Any) -> Program:
    """The resource with a mistake in it, alone."""
    program = gangway(**OPTIONS[EVERYTHING])
    program = program.without(place) if value is LEFT_OUT else program.changed(place, value)
    return replace(program, resources=tuple(r for r in program.resources if r.name == place[0]))


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """All plans in one run, because starting takes checkov longer than scanning."""
    plans = {stack: plan(gangway(**OPTIONS[stack])) for stack in STACKS}
    plans |= {name: plan(mistaken(place, value)) for name, (place, value, _) in MISTAKES.items()}
    return scan(plans, tmp_path_factory.mktemp("plans"))


@pytest.mark.row("INF-01")
@pytest.mark.parametrize("stack", STACKS)
def test_given_a_stack_then_checkov_finds_exactly_what_is_accepted_with_a_reason(
    findings: Findings, stack: str
) -> None:
    accepted = {check for check, why in ACCEPTED.items() if stack in why.stacks}
    unexpected = sorted(finding for finding in findings[stack] if finding[0] not in accepted)
    assert unexpected == []
    assert accepted - {check for check, _ in findings[stack]} == set(), "found no more: take them off the list"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_when_a_mistake_is_made_then_checkov_names_it(findings: Findings, mistake: str) -> None:
    (name, *_), _, check = MISTAKES[mistake]
    assert (check, str(name).replace("-", "_")) in {(c, where.rpartition(".")[2]) for c, where in findings[mistake]}


def test_given_no_mistake_then_the_same_checks_are_silent(findings: Findings) -> None:
    checks = {check for _, _, check in MISTAKES.values()}
    assert not [finding for finding in findings[EVERYTHING] if finding[0] in checks]
