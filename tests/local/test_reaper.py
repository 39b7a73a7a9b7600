"""TTL, played: what is due goes, what was given more time stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.emulator import Backend, Emulator
from infra.local.reaper import Reaper
from infra.local.stream_events import TTL_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with Emulator(Backend.MOTO) as emulator:
        client = emulator.client("dynamodb")
        client.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        yield client


def write(dynamodb: Any, reaper: Reaper, pk: str, ttl: int | None) -> None:
    """Write an item and let the reaper see the stream record."""
    item = {"pk": {"S": pk}} | ({"ttl": {"N": str(ttl)}} if ttl else {})
    dynamodb.put_item(TableName="t", Item=item)
    reaper.watch({"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}}, "NewImage": item}})


def remaining(dynamodb: Any) -> set[str]:
    return {item["pk"]["S"] for item in dynamodb.scan(TableName="t")["Items"]}


def test_only_items_whose_time_has_come_are_deleted(dynamodb: Any) -> None:
    reaper = Reaper(dynamodb, "t", "ttl", lambda: NOW)
    write(dynamodb, reaper, "due", NOW - 1)
    write(dynamodb, reaper, "later", NOW + 60)
    write(dynamodb, reaper, "forever", None)
    write(dynamodb, reaper, "extended", NOW - 5)
    write(dynamodb, reaper, "extended", NOW + 60)

    assert reaper.reap() == 1
    assert remaining(dynamodb) == {"later", "forever", "extended"}


def test_the_record_of_the_deletion_names_ttl_and_that_of_a_client_does_not(dynamodb: Any) -> None:
    reaper = Reaper(dynamodb, "t", "ttl", lambda: NOW)
    write(dynamodb, reaper, "gone", NOW - 1)
    removal: dict[str, Any] = {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": "gone"}}}}

    by_client = {**removal}
    reaper.watch(by_client)
    reaper.reap()
    reaper.watch(removal)

    assert "userIdentity" not in by_client
    assert removal["userIdentity"] == TTL_IDENTITY
