"""`gangway failover` on a copy of the table: logs begin anew, once, and only where a stack stands by."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from gangway.access.organization import Organization
from gangway.clock import SystemClock
from gangway.storage import organization_items as access
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.log_beginning import UNSEEN_NUMBERS
from infra.cli.errors import Exit
from infra.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION, TABLE = "us-west-2", "gangway-prod"
ACME = Organization("Ab3dEf9h", "acme", "Acme Inc.", datetime(2026, 11, 25, 10, tzinfo=UTC))


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The second region, with the copy of the table and one organization."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name=REGION)
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        )
        for item in (access.name_item(ACME), access.settings_item(ACME)):
            client.put_item(TableName=TABLE, Item=item)
        yield client


def failover(tmp_path: Path, duty: str, *words: str) -> Result:
    url = f"https://a.execute-api.{REGION}.amazonaws.com/live/admin/v1"
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"adminUrl": url, "tableName": TABLE, "duty": duty}))
    return CliRunner().invoke(app, ["--outputs", str(file), "failover", *words])


def test_given_a_stack_that_stands_by_then_logs_go_on_beyond_what_it_may_not_have_heard_of(
    dynamodb: Any, tmp_path: Path
) -> None:
    first, second = (failover(tmp_path, "standby", "--yes", "--output", "json") for _ in range(2))

    assert first.exit_code == Exit.OK, first.output
    told = json.loads(first.stdout)
    assert told == json.loads(second.stdout), "repeating it does no harm"
    number = told["organizations"][0]["number"]
    assert number > UNSEEN_NUMBERS
    (entry,) = ChangeLogTable(dynamodb, TABLE, SystemClock()).read(ACME.id, number - 1, 10, with_values=True)
    assert entry.full()["type"] == "directory.restored"
    assert entry.full()["data"]["after"] == {"reason": "failover"}
    assert told["nextSteps"] == ["pulumi config set duty active", "pulumi up", "gangway fsck acme --repair"]


def test_given_a_stack_that_works_then_its_numbers_are_left_alone(dynamodb: Any, tmp_path: Path) -> None:
    ended = failover(tmp_path, "active", "--yes")

    assert ended.exit_code == Exit.REFUSED
    assert "This stack does not stand by." in ended.stderr
    assert len(dynamodb.scan(TableName=TABLE)["Items"]) == 2


def test_given_nobody_who_confirms_then_nothing_is_done(dynamodb: Any, tmp_path: Path) -> None:
    ended = failover(tmp_path, "standby")

    assert ended.exit_code == Exit.USAGE
    assert "has not heard of are given up" in ended.stderr
    assert len(dynamodb.scan(TableName=TABLE)["Items"]) == 2
