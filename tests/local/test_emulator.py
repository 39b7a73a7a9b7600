"""Both emulators must start, isolate transactions, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from infra.local.emulator import Backend, Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "people"


@pytest.fixture(scope="module", params=list(Backend))
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param) as emulator:
        emulator.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield emulator


def put(pk: str, sk: str, condition: str | None = None, **attributes: str) -> dict[str, Any]:
    item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **attributes}.items()}
    return {"Put": {"TableName": TABLE, "Item": item} | ({"ConditionExpression": condition} if condition else {})}


def item(emulator: Emulator, pk: str, sk: str) -> dict[str, Any] | None:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return emulator.client("dynamodb").get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")  # type: ignore[no-any-return]


def stream_records(emulator: Emulator) -> list[dict[str, Any]]:
    streams = emulator.client("dynamodbstreams")
    arn = emulator.client("dynamodb").describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]  # type: ignore[no-any-return]


def test_given_a_failed_condition_then_nothing_of_the_transaction_stays(emulator: Emulator) -> None:
    dynamodb = emulator.client("dynamodb")
    dynamodb.transact_write_items(TransactItems=[put("rollback", "taken", name="first")])
    before = len(stream_records(emulator))
    update = {
        "Update": {
            "TableName": TABLE,
            "Key": {"pk": {"S": "rollback"}, "sk": {"S": "taken"}},
            "UpdateExpression": "SET #n = :n",
            "ExpressionAttributeNames": {"#n": "name"},
            "ExpressionAttributeValues": {":n": {"S": "second"}},
        }
    }

    with pytest.raises(ClientError) as error:
        dynamodb.transact_write_items(
            TransactItems=[update, put("rollback", "new"), put("rollback", "absent", "attribute_exists(pk)")]
        )

    reasons = [reason["Code"] for reason in error.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "ConditionalCheckFailed"]
    assert (item(emulator, "rollback", "taken") or {})["name"] == {"S": "first"}
    assert item(emulator, "rollback", "new") is None
    assert len(stream_records(emulator)) == before


def test_given_racing_creators_of_one_name_then_one_wins(emulator: Emulator) -> None:
    def create(racer: int) -> bool:
        try:
            emulator.client("dynamodb").transact_write_items(
                TransactItems=[put("race", "name", "attribute_not_exists(pk)"), put("race", f"racer {racer}")]
            )
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(8))) == 1
    keys = emulator.client("dynamodb").query(
        TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "race"}}
    )
    assert keys["Count"] == 2


def test_secrets_keys_queues_and_buses_are_there(emulator: Emulator) -> None:
    assert emulator.client("secretsmanager").create_secret(Name="p/tokens/00")["ARN"]
    assert emulator.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert emulator.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    assert emulator.client("events").create_event_bus(Name="bus")["EventBusArn"]


def test_a_secret_created_without_a_value_has_none(emulator: Emulator) -> None:
    secrets = emulator.client("secretsmanager")
    secrets.create_secret(Name="empty")

    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="empty")


def test_given_a_request_token_twice_then_the_first_value_stays(emulator: Emulator) -> None:
    secrets, token = emulator.client("secretsmanager"), "0" * 32
    secrets.create_secret(Name="written")
    secrets.put_secret_value(SecretId="written", SecretString="{}", ClientRequestToken=token)
    secrets.put_secret_value(SecretId="written", SecretString="newer")

    secrets.put_secret_value(SecretId="written", SecretString="{}", ClientRequestToken=token)
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.put_secret_value(SecretId="written", SecretString="other", ClientRequestToken=token)

    assert secrets.get_secret_value(SecretId="written")["SecretString"] == "newer"


def test_when_stopped_then_the_process_is_gone(emulator: Emulator) -> None:
    other = Emulator(emulator.backend)
    other.client("sqs").list_queues()

    other.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(other._process.pid, 0)


@pytest.mark.parametrize("backend", list(Backend))
def test_when_the_parent_is_killed_then_the_emulator_ends_too(backend: Backend) -> None:
    script = (
        "import sys, time; from infra.local.emulator import Backend, Emulator\n"
        f"e = Emulator(Backend({backend.value!r})); e.client('sqs').list_queues()\n"
        "print(e._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and alive(child):
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    """A zombie, which only waits to be collected, does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
