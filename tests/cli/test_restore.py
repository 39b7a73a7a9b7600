"""`gangway restore` against an emulated account: what a restore leaves out comes back, and interruptions do no harm."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from gangway.access.operator import Operator
from gangway.access.organization import Organization
from gangway.access.token import TokenRecord
from gangway.clock import SystemClock
from gangway.storage import organization_items as access
from infra.cli.errors import CliError, Exit
from infra.cli.main import app
from infra.cli.restoration import Restoration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGION = "eu-central-1"
SOURCE, TARGET = "gangway-prod", "gangway-prod-restored"
TAGS = [{"Key": "project", "Value": "gangway"}, {"Key": "stack", "Value": "prod"}]
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ACME = Organization("Ab3dEf9h", "acme", "Acme Inc.", NOW, state="paused")
TOKEN = TokenRecord("Ab3dEf9hT7bQ1xYc", "Okta", "operator", NOW, "00", 1, 0)
ME = Operator("arn:aws:iam::123456789012:user/operator", "restore")


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with the stack's table, as the program declares it, and one organization that is paused."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name=REGION)
        key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]
        arn = create_table(client, SOURCE, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
        expiry = {"Enabled": True, "AttributeName": "ttl"}
        client.update_time_to_live(TableName=SOURCE, TimeToLiveSpecification=expiry)
        points = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
        client.update_continuous_backups(TableName=SOURCE, PointInTimeRecoverySpecification=points)
        client.tag_resource(ResourceArn=arn, Tags=TAGS)
        for item in (access.name_item(ACME), access.settings_item(ACME), access.token_item(ACME.id, TOKEN)):
            client.put_item(TableName=SOURCE, Item=item)
        yield client


def create_table(client: Any, name: str, **more: Any) -> str:
    table = client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        DeletionProtectionEnabled=True,
        **more,
    )
    return str(table["TableDescription"]["TableArn"])


def gangway(tmp_path: Path, *words: str) -> Result:
    outputs = {"adminUrl": f"https://a.execute-api.{REGION}.amazonaws.com/live/admin/v1", "tableName": SOURCE}
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs))
    return CliRunner().invoke(app, ["--outputs", str(file), "restore", TARGET, *words])


@pytest.mark.row("BAK-02")
def test_given_a_restore_then_the_table_is_as_the_program_declares_it_and_the_next_steps_are_said(
    dynamodb: Any, tmp_path: Path
) -> None:
    ended = gangway(tmp_path, "--output", "json")

    assert ended.exit_code == Exit.OK, ended.output
    restoration = Restoration(dynamodb, SOURCE, TARGET)
    assert restoration.kept(TARGET) == restoration.kept(SOURCE)
    assert (restoration.kept(TARGET).recovery_days, restoration.kept(TARGET).protected) == (35, True)
    told = json.loads(ended.stdout)
    assert [each["name"] for each in told["organizations"]] == ["acme"]
    assert told["organizations"][0]["tokens"] == 1
    assert told["nextSteps"][1:] == [
        f"pulumi config set restoredTable {TARGET}",
        "pulumi up",
        "gangway fsck acme --repair",
        "gangway org resume acme",
    ]


def test_given_a_restore_then_people_see_what_is_different_and_what_to_do(dynamodb: Any, tmp_path: Path) -> None:
    gone = ACME._replace(id="Zz3dEf9h", name="globex")
    for item in (access.name_item(gone), access.settings_item(gone)):
        dynamodb.put_item(TableName=SOURCE, Item=item)
    assert gangway(tmp_path).exit_code == Exit.OK
    later = gone._replace(id="Qq3dEf9h", name="initech")
    for item in (access.name_item(later), access.settings_item(later)):
        dynamodb.put_item(TableName=SOURCE, Item=item)
    dynamodb.put_item(TableName=SOURCE, Item=access.settings_item(gone._replace(state="deleted")))

    ended = gangway(tmp_path)

    assert "Created since, and gone with the restore: initech." in ended.stderr
    assert "globex was deleted since and is back, paused." in ended.stderr
    assert "gangway org delete globex --users delete" in ended.stderr
    assert "gangway org resume acme" in ended.stderr
    assert "gangway org resume globex" not in ended.stderr
    assert ended.stdout.split()[0] == "ORGANIZATION"


def test_given_a_dry_run_then_the_plan_is_shown_and_nothing_is_made(dynamodb: Any, tmp_path: Path) -> None:
    ended = gangway(tmp_path, "--dry-run")

    assert ended.exit_code == Exit.OK, ended.output
    assert dynamodb.list_tables()["TableNames"] == [SOURCE]
    assert f"table               {TARGET}, restored from {SOURCE}" in ended.stdout
    assert "recovery points     35 days" in ended.stdout


@pytest.mark.parametrize(
    "at", ["2020-01-01T00:00Z", "30d", "2999-01-01"], ids=["too old", "too long ago", "in the future"]
)
def test_given_a_moment_that_cannot_be_restored_then_it_says_which_can(dynamodb: Any, tmp_path: Path, at: str) -> None:
    ended = gangway(tmp_path, "--at", at)

    assert ended.exit_code == Exit.REFUSED
    assert f"{SOURCE} can be restored to any second from" in ended.stderr
    assert dynamodb.list_tables()["TableNames"] == [SOURCE]


def test_given_a_table_of_that_name_that_is_no_restore_then_it_is_left_alone(dynamodb: Any, tmp_path: Path) -> None:
    create_table(dynamodb, TARGET)

    ended = gangway(tmp_path)

    assert ended.exit_code == Exit.REFUSED
    assert f"which was not restored from {SOURCE}" in ended.stderr
    assert dynamodb.scan(TableName=TARGET)["Items"] == []


def test_given_an_organization_that_is_not_paused_then_the_exit_code_says_so(dynamodb: Any, tmp_path: Path) -> None:
    dynamodb.put_item(TableName=SOURCE, Item=access.settings_item(ACME._replace(state="active")))

    ended = gangway(tmp_path)

    assert ended.exit_code == Exit.PROBLEMS
    assert "1 organizations are not paused, first acme" in ended.stderr
    restored = dynamodb.get_item(TableName=TARGET, Key=access.settings_key(ACME.id))["Item"]
    assert access.organization(restored).state == "paused"


def test_given_the_name_of_the_stacks_own_table_then_nothing_is_done(dynamodb: Any, tmp_path: Path) -> None:
    outputs = {"adminUrl": f"https://a.execute-api.{REGION}.amazonaws.com/live/admin/v1", "tableName": TARGET}
    file = tmp_path / "adopted.json"
    file.write_text(json.dumps(outputs))

    ended = CliRunner().invoke(app, ["--outputs", str(file), "restore", TARGET])

    assert ended.exit_code == Exit.FAILED
    assert f"The stack uses {TARGET} already." in ended.stderr
    assert dynamodb.list_tables()["TableNames"] == [SOURCE]


class ClosedError(Exception):
    """The terminal was closed."""


class Slow:
    """A client whose process ends before some call, and whose tables take their time."""

    def __init__(self, client: Any, ends_before: int = 10_000, active_after: int = 0) -> None:
        self._client, self._left, self._describes = client, ends_before, active_after
        self.exceptions = client.exceptions
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise ClosedError
            self.calls.append(operation)
            answer = getattr(self._client, operation)(**request)
            if operation == "describe_table" and request["TableName"] == TARGET and self._describes:
                self._describes -= 1
                answer["Table"] |= {"TableStatus": "CREATING"}
            return answer

        return call


def restore(client: Any, waited: list[float], at: datetime | None = None) -> None:
    """What the command does, without the command line."""
    restoration = Restoration(client, SOURCE, TARGET, waited.append)
    if restoration.found() is None:
        restoration.check(at)
        restoration.begin(at)
    point = restoration.wait(at)
    list(restoration.give_back())
    list(restoration.carry_over(point, ME, SystemClock()))


@pytest.mark.row("BAK-01")
def test_given_an_interruption_before_any_call_when_repeated_then_it_goes_on(dynamodb: Any) -> None:
    at, restores, rounds = 0, 0, 0
    while True:
        client = Slow(dynamodb, ends_before=at)
        try:
            restore(client, [])
        except ClosedError:
            restores += client.calls.count("restore_table_to_point_in_time")
            rounds, at = rounds + 1, at + 1
        else:
            break
    assert rounds > 20
    assert restores == 1, "what was begun is gone on with"
    restoration = Restoration(dynamodb, SOURCE, TARGET)
    assert restoration.kept(TARGET) == restoration.kept(SOURCE)
    items = dynamodb.scan(TableName=TARGET)["Items"]
    assert len([item for item in items if item["k"]["S"] == "log"]) == 1, "the restore is told once"


def test_given_a_table_that_takes_its_time_then_it_is_waited_for(dynamodb: Any) -> None:
    waited: list[float] = []
    restore(Slow(dynamodb, active_after=3), waited)
    assert waited == [10, 10, 10]


def test_given_a_restore_to_another_moment_that_is_there_already_then_it_is_not_taken_for_this_one(
    dynamodb: Any,
) -> None:
    restore(dynamodb, [])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(CliError, match=r"was restored to .*, not to") as refused:
        Restoration(dynamodb, SOURCE, TARGET).wait(yesterday)
    assert refused.value.code == Exit.REFUSED


def test_given_a_restore_then_it_is_asked_for_with_the_key_of_the_present_table(dynamodb: Any) -> None:
    asked: list[Mapping[str, Any]] = []

    class Asked(Slow):
        def restore_table_to_point_in_time(self, **request: Any) -> Any:
            asked.append(request)

    client = Asked(dynamodb)
    Restoration(client, SOURCE, TARGET).begin(NOW)
    Restoration(client, SOURCE, TARGET).begin(None)
    key = dynamodb.describe_table(TableName=SOURCE)["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    assert [each["SSESpecificationOverride"]["KMSMasterKeyId"] for each in asked] == [key, key]
    assert (asked[0]["RestoreDateTime"], asked[1]["UseLatestRestorableTime"]) == (NOW, True)


DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def test_given_the_page_about_deployment_then_it_shows_what_the_command_prints(dynamodb: Any, tmp_path: Path) -> None:
    """Somebody has deleted everybody, and everything is brought back."""
    cell = {"pk": {"S": f"{ACME.id}#C"}, "sk": {"S": "U#0"}, "k": {"S": "counter"}}
    dynamodb.put_item(TableName=SOURCE, Item=cell | {"n": {"N": "120"}})
    assert gangway(tmp_path).exit_code == Exit.OK
    dynamodb.put_item(TableName=SOURCE, Item=cell | {"n": {"N": "0"}})

    printed = gangway(tmp_path).output

    block = rf"```console\n +\$ uv run gangway restore {TARGET} --at [^\n]*\n(.*?)```"
    shown = re.search(block, DEPLOY.read_text(), re.DOTALL)
    assert shown
    assert re.sub(MOMENT, "…", shown[1]).split() == re.sub(MOMENT, "…", printed).split()
