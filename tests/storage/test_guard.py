"""Nothing can leave its organization, by no operation and no trick with prefixes."""

from __future__ import annotations

from typing import Any

import pytest

from gangway.storage.guard import ForeignItem, guard
from gangway.storage.keys import Key
from gangway.storage.table import Table
from gangway.storage.transaction import Transaction
from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.directories import TABLE

OURS, FOREIGN = "Org00001#U#00", "Org00002#U#00"


def key(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "x"}}


def requests(partition: str) -> dict[str, dict[str, Any]]:
    """One request of every kind, each with a key of ours before the one to be judged where there can be several."""
    return {
        "get_item": {"TableName": TABLE, "Key": key(partition)},
        "put_item": {"TableName": TABLE, "Item": key(partition)},
        "update_item": {"TableName": TABLE, "Key": key(partition)},
        "delete_item": {"TableName": TABLE, "Key": key(partition)},
        "batch_get_item": {"RequestItems": {TABLE: {"Keys": [key(OURS), key(partition)]}}},
        "query": {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        },
        "transact_write_items": {
            "TransactItems": [
                {"Put": {"TableName": TABLE, "Item": key(OURS)}},
                {"ConditionCheck": {"TableName": TABLE, "Key": key(partition)}},
            ]
        },
        "transact_get_items": {
            "TransactItems": [
                {"Get": {"TableName": TABLE, "Key": key(OURS)}},
                {"Get": {"TableName": TABLE, "Key": key(partition)}},
            ]
        },
    }


@pytest.mark.parametrize("operation", requests(OURS))
def test_ones_own_items_pass(operation: str) -> None:
    guard(operation, requests(OURS)[operation], "Org00001", TABLE)


@pytest.mark.parametrize(
    "partition", [FOREIGN, "Org00001", "Org000012#U#00", "org00001#U#00", "ORGANIZATIONS", "#U#00"]
)
@pytest.mark.parametrize("operation", requests(OURS))
@pytest.mark.row("ISO-04")
def test_foreign_items_do_not(operation: str, partition: str) -> None:
    with pytest.raises(ForeignItem):
        guard(operation, requests(partition)[operation], "Org00001", TABLE)


@pytest.mark.parametrize("operation", ["scan", "execute_statement", "batch_write_item", "delete_table", "get_items"])
def test_operations_that_are_not_listed_do_not_pass(operation: str) -> None:
    with pytest.raises(ForeignItem):
        guard(operation, {"TableName": TABLE}, "Org00001", TABLE)


def test_another_table_is_foreign() -> None:
    for operation, request in requests(OURS).items():
        with pytest.raises(ForeignItem):
            guard(operation, request, "Org00001", "another")


def test_without_an_organization_nothing_passes() -> None:
    with pytest.raises(ForeignItem):
        guard("get_item", requests("#U#00")["get_item"], "", TABLE)


def test_a_table_refuses_before_anything_is_sent_and_no_except_clause_swallows_it() -> None:
    client = FakeDynamoDB(TABLE)
    table = Table(client, TABLE, "Org00001")
    transaction = Transaction("operation")
    transaction.put(key(OURS))
    transaction.delete(Key(FOREIGN, "x"))
    for attempt in (
        lambda: table.get(Key(FOREIGN, "x")),
        lambda: table.get_many([Key(OURS, "x"), Key(FOREIGN, "x")]),
        lambda: table.query(FOREIGN),
        lambda: table.put(key(FOREIGN)),
        lambda: table.write(transaction),
    ):
        with pytest.raises(ForeignItem):
            _swallowing(attempt)
    assert client.calls == []


def _swallowing(attempt: Any) -> None:
    try:
        attempt()
    except Exception:
        pytest.fail("an except clause caught it")
