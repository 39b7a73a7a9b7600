"""What the program declares must exist in the emulator, under the names and keys the program gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.emulator import Backend, Emulator
from infra.local.materialise import Materialiser, create_table
from infra.local.recorder import Recording, record

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="module", params=list(Backend))
def stack(request: pytest.FixtureRequest) -> Iterator[tuple[Emulator, Recording]]:
    with Emulator(request.param) as emulator:
        yield emulator, record(program=SAMPLE, project="gangway", on_resource=Materialiser(emulator).answer)


def test_the_table_has_the_declared_keys_stream_and_ttl(stack: tuple[Emulator, Recording]) -> None:
    emulator, recording = stack
    dynamodb = emulator.client("dynamodb")

    table = dynamodb.describe_table(TableName="gangway-local")["Table"]
    ttl = dynamodb.describe_time_to_live(TableName="gangway-local")["TimeToLiveDescription"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    assert recording.one("aws:dynamodb/table:Table").outputs["streamArn"] == table["LatestStreamArn"]


def test_the_secret_exists_without_a_value_and_under_the_declared_key(stack: tuple[Emulator, Recording]) -> None:
    emulator, recording = stack

    secret = emulator.client("secretsmanager").describe_secret(SecretId="gangway-local/tokens/00")

    assert secret["KmsKeyId"] == recording.one("aws:kms/key:Key").outputs["arn"]
    assert not secret.get("VersionIdsToStages")


def test_the_program_learns_the_emulators_own_ids(stack: tuple[Emulator, Recording]) -> None:
    emulator, recording = stack

    url = emulator.client("sqs").get_queue_url(QueueName="gangway-local-dead-letters")["QueueUrl"]

    assert recording.one("aws:sqs/queue:Queue").outputs["url"] == url
    assert recording.one("aws:cloudwatch/eventBus:EventBus").outputs["arn"].endswith(":event-bus/gangway-local")


def test_what_holds_no_data_gets_an_arn_of_the_right_form(stack: tuple[Emulator, Recording]) -> None:
    _, recording = stack

    assert recording.one("aws:iam/role:Role").outputs["arn"] == "arn:aws:iam::123456789012:role/gangway-local-role"


def test_given_an_index_then_creating_the_table_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="globalSecondaryIndexes"):
        create_table(lambda _: None, {"globalSecondaryIndexes": [{"name": "gsi1"}]})
