"""`gangway preflight` in accounts that are each wrong in one way: it says which, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from infra.cli import preflight
from infra.cli.checks import CHECKS, Finding, findings
from infra.cli.errors import CliError, Exit
from infra.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

REGION = "eu-central-1"
CONFIG = {"aws:region": {"value": REGION}, "gangway:preset": {"value": "production"}}
DEPLOYER = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:role/deployer"}
LOG_ROLE = "arn:aws:iam::123456789012:role/logs"
OWN_TAGS = [{"Key": "project", "Value": "gangway"}, {"Key": "stack", "Value": "prod"}]


class NotFoundError(Exception):
    """As clients of DynamoDB raise it for a table."""


class Account:
    """All clients in one; the answers are those of an account in which nothing is wrong."""

    def __init__(self, **answers: Any) -> None:
        limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
        self._answers: dict[str, Any] = {
            "get_caller_identity": DEPLOYER,
            "get_account_settings": {"AccountLimit": limit},
            "get_account": {"cloudwatchRoleArn": LOG_ROLE},
            "describe_table": NotFoundError(),
            "list_tags_of_resource": {"Tags": []},
            "list_secrets": {"SecretList": [{"Name": "gangway-prod/tokens/00"}]},
            **answers,
        }

    class exceptions:  # noqa: N801  # as boto3 spells it
        ResourceNotFoundException = NotFoundError

    def __call__(self, _service: str) -> Account:
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**_request: Any) -> Any:
            answer = self._answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self._answers[operation])


class Pages:
    """A paginator of one page."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        return [self._page]


def to_do(account: Account, **settings: str) -> list[Finding]:
    """What the checks want done."""
    config = {**CONFIG, **{f"gangway:{key}": {"value": value} for key, value in settings.items()}}
    return [each for each in findings(account, preflight.plan("prod", config, None)) if each.next_step]


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


def test_given_an_account_in_which_nothing_is_wrong_then_there_is_nothing_to_do() -> None:
    assert to_do(Account()) == []


def test_given_the_root_user_then_another_is_asked_for() -> None:
    root = {**DEPLOYER, "Arn": "arn:aws:iam::123456789012:root"}
    assert only(to_do(Account(get_caller_identity=root))).check == "caller"


@pytest.mark.parametrize(("free", "reserved"), [(10, "0"), (150, "100")])
def test_given_too_few_concurrent_executions_then_more_are_asked_for(free: int, reserved: str) -> None:
    limit = {"ConcurrentExecutions": free, "UnreservedConcurrentExecutions": free}
    found = only(to_do(Account(get_account_settings={"AccountLimit": limit}), scimConcurrency=reserved))

    assert found.next_step.startswith(f"{100 + int(reserved)} are needed: ")
    assert ("scimConcurrency" in found.next_step) == (reserved != "0")


def test_given_no_role_for_logs_then_the_stack_is_to_make_one_if_it_logs() -> None:
    bare = Account(get_account={})

    assert only(to_do(bare)).next_step == "pulumi config set manageGatewayLogRole true"
    assert to_do(bare, manageGatewayLogRole="true") == []
    assert to_do(bare, preset="trial") == []


def test_given_somebody_elses_role_for_logs_then_the_stack_is_not_to_replace_it() -> None:
    own = Account(get_account={"cloudwatchRoleArn": "arn:aws:iam::123456789012:role/gangway-prod-gateway-logs"})

    assert "manageGatewayLogRole false" in only(to_do(Account(), manageGatewayLogRole="true")).next_step
    assert to_do(own, manageGatewayLogRole="true") == []


def test_given_a_certificate_of_another_region_then_one_of_this_is_asked_for() -> None:
    def with_certificate(region: str) -> list[Finding]:
        arn = f"arn:aws:acm:{region}:123456789012:certificate/1"
        return to_do(Account(), domainName="scim.example.com", certificateArn=arn)

    assert with_certificate(REGION) == []
    assert only(with_certificate("us-east-1")).check == "certificate"


def test_given_a_table_of_that_name_then_it_may_only_be_the_stacks_own() -> None:
    table = {"describe_table": {"Table": {"TableArn": "arn"}}}

    assert only(to_do(Account(**table))).check == "table name"
    assert to_do(Account(**table, list_tags_of_resource={"Tags": OWN_TAGS})) == []


def test_given_a_second_region_that_is_the_first_then_another_is_asked_for() -> None:
    assert to_do(Account(), secondRegion="us-west-2", secondStack="west") == []
    assert only(to_do(Account(), secondRegion=REGION, secondStack="west")).check == "second region"


def test_given_the_stack_of_a_second_region_then_the_copies_have_to_be_there_first() -> None:
    table = {"describe_table": {"Table": {"TableArn": "arn"}}}
    copies = {"list_secrets": {"SecretList": [{"Name": f"gangway-main/tokens/{n:02}"} for n in range(16)]}}

    assert to_do(Account(**table, **copies), primaryStack="main") == []
    assert "Deploy main first, with secondRegion" in only(to_do(Account(**copies), primaryStack="main")).next_step
    fewer = only(to_do(Account(**table, **copies), primaryStack="main", tokenShards="20"))
    assert fewer.next_step == "Set tokenShards and dedicatedTokenSecrets as main has them."


def test_given_secrets_that_wait_for_their_deletion_then_it_says_how_to_get_them_back() -> None:
    doomed = {"SecretList": [{"Name": "gangway-prod/tokens/03", "DeletedDate": "2026-11-25"}]}

    assert "--secret-id gangway-prod/tokens/03" in only(to_do(Account(list_secrets=doomed))).next_step


def test_given_a_right_that_is_lacking_then_it_is_named_and_the_other_checks_go_on() -> None:
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetAccountSettings")
    plan = preflight.plan("prod", CONFIG, None)

    found = list(findings(Account(get_account_settings=refused), plan))

    assert [each.check for each in found] == list(CHECKS)
    assert "GetAccountSettings" in only([each for each in found if each.next_step]).next_step


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({**CONFIG, "gangway:tokenShard": {"value": "3"}}, "did you mean tokenShards?"),
        ({**CONFIG, "gangway:preset": {"value": "huge"}}, "preset: 'huge' will not do"),
        ({"gangway:preset": {"value": "trial"}}, "has no region"),
    ],
)
def test_given_settings_that_will_not_do_then_it_says_which(config: dict[str, Any], says: str) -> None:
    with pytest.raises(CliError) as raised:
        preflight.plan("prod", config, None)

    assert says in str(raised.value)
    assert raised.value.code == Exit.PROBLEMS


@pytest.mark.parametrize(("log_role", "code"), [(LOG_ROLE, Exit.OK), ("", Exit.PROBLEMS)])
def test_the_exit_code_tells_whether_something_is_to_be_done(
    log_role: str, code: Exit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "clients_of", lambda *_: Account(get_account={"cloudwatchRoleArn": log_role}))
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIG))
    words = ["preflight", "--name", "acme/gangway/prod", "--config", str(file), "--output", "json"]

    ended = CliRunner().invoke(app, words)

    assert ended.exit_code == code, ended.output
    assert [each["check"] for each in json.loads(ended.stdout)] == ["settings", *CHECKS]


def test_given_a_file_without_a_stacks_name_then_the_name_is_asked_for() -> None:
    ended = CliRunner().invoke(app, ["preflight", "--config", "config.json"])

    assert ended.exit_code == Exit.USAGE
    assert "--name" in ended.stderr


def test_the_checks_ask_real_clients_for_operations_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    plan = preflight.plan("prod", CONFIG, None)

    with mock_aws():
        found = {each.check: each for each in findings(preflight.clients_of(None, REGION), plan)}

    assert found["table name"].says == "The name gangway-prod is free for the table."
    assert found["secret names"].next_step == ""
    assert "123456789012" in found["caller"].says
