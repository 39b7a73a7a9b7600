"""The accounting fake charges what AWS says it charges: forty cases, each computed by hand.

The rules are those of "DynamoDB read and write operations", "Item sizes and formats" and "Managing complex workflows
with transactions". What these leave open (what a ConditionCheck, a refused condition and a repeated transaction cost)
was measured on DynamoDB by others: https://martinhicks.dev/articles/what-a-conditional-dynamodb-transaction-costs.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.capacity import item_size
from tests.fakes.dynamodb import FakeDynamoDB

if TYPE_CHECKING:
    from collections.abc import Mapping

KB = 1024
TABLE = "directory"
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
PRESENT = {"ConditionExpression": "attribute_exists(pk)"}


def key(sk: str) -> dict[str, Any]:
    return {"pk": {"S": "P"}, "sk": {"S": sk}}


def item(sk: str, size: int) -> dict[str, Any]:
    """An item of so many bytes: pk, P, sk, its sort key of one letter and d take 7, the rest is the value of d."""
    return key(sk) | {"d": {"S": "x" * (size - 7)}}


def put(sk: str, size: int, **more: Any) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": item(sk, size), **more}


def at(sk: str, **more: Any) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": key(sk), **more}


def update(sk: str, size: int, **more: Any) -> dict[str, Any]:
    """An update after which the item has so many bytes."""
    value = {"ExpressionAttributeValues": {":d": {"S": "x" * (size - 7)}}}
    return at(sk, UpdateExpression="SET d = :d", **value, **more)


def batch(*sort_keys: str, consistent: bool) -> dict[str, Any]:
    return {"RequestItems": {TABLE: {"Keys": [key(sk) for sk in sort_keys], "ConsistentRead": consistent}}}


def query(*, consistent: bool = True, **more: Any) -> dict[str, Any]:
    condition = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "P"}}}
    return {"TableName": TABLE, "ConsistentRead": consistent, **condition, **more}


def transaction(*actions: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {"TransactItems": [{kind: body} for kind, body in actions]}


def gets(*sort_keys: str) -> dict[str, Any]:
    return {"TransactItems": [{"Get": at(sk)} for sk in sort_keys]}


CASES: list[tuple[str, dict[str, int], str, dict[str, Any], float, float]] = [
    # what, items that are there and their bytes, operation, request, read units, write units
    ("a read of up to 4 KB is half a unit", {"a": 4096}, "get_item", at("a"), 0.5, 0),
    ("strongly consistent, a whole one", {"a": 4096}, "get_item", at("a", ConsistentRead=True), 1, 0),
    ("one byte more is another unit", {"a": 4097}, "get_item", at("a", ConsistentRead=True), 2, 0),
    ("and half of it if eventually consistent", {"a": 4097}, "get_item", at("a"), 1, 0),
    ("nothing found costs the least there is", {}, "get_item", at("a", ConsistentRead=True), 1, 0),
    ("nothing found, eventually consistent", {}, "get_item", at("a"), 0.5, 0),
    ("48 KB are 12 units", {"a": 48 * KB}, "get_item", at("a", ConsistentRead=True), 12, 0),
    ("a batch rounds each item", {"a": 5000, "b": 100}, "batch_get_item", batch("a", "b", consistent=True), 3, 0),
    ("half as much", {"a": 5000, "b": 100}, "batch_get_item", batch("a", "b", consistent=False), 1.5, 0),
    ("a batch pays for what it misses", {"a": 10}, "batch_get_item", batch("a", "b", "c", consistent=True), 3, 0),
    ("a query rounds the sum", {"a": 1500, "b": 1500}, "query", query(), 1, 0),
    ("the sum of 4,097 bytes", {"a": 4000, "b": 97}, "query", query(), 2, 0),
    ("half as much for a query, too", {"a": 4000, "b": 97}, "query", query(consistent=False), 1, 0),
    ("a query that finds nothing", {}, "query", query(), 1, 0),
    ("counting costs as much as reading", {"a": 4096, "b": 4096}, "query", query(Select="COUNT"), 2, 0),
    ("a limit ends the sum", {"a": 4096, "b": 4096}, "query", query(Limit=1), 1, 0),
    ("from the other end", {"a": 9000, "b": 100}, "query", query(Limit=1, ScanIndexForward=False), 1, 0),
    ("transactional reads are double", {"a": 4096}, "transact_get_items", gets("a"), 2, 0),
    ("for each item", {"a": 4097, "b": 10}, "transact_get_items", gets("a", "b"), 6, 0),
    ("and for those that are not there", {}, "transact_get_items", gets("a"), 2, 0),
    ("a write of up to 1 KB is a unit", {}, "put_item", put("a", 1024), 0, 1),
    ("one byte more is two", {}, "put_item", put("a", 1025), 0, 2),
    ("replacing costs the larger: the old one", {"a": 5000}, "put_item", put("a", 100), 0, 5),
    ("or the new one", {"a": 100}, "put_item", put("a", 5000), 0, 5),
    ("an update costs the whole item", {"a": 3000}, "update_item", update("a", 2900), 0, 3),
    ("and creates", {}, "update_item", update("a", 2000), 0, 2),
    ("a deletion costs what was there", {"a": 2049}, "delete_item", at("a"), 0, 3),
    ("or a unit for nothing", {}, "delete_item", at("a"), 0, 1),
    ("a refused creation costs the larger: the old one", {"a": 3000}, "put_item", put("a", 10, **ABSENT), 0, 3),
    ("or the one that was to be", {"a": 10}, "put_item", put("a", 3000, **ABSENT), 0, 3),
    ("a refused deletion of nothing is a unit", {}, "delete_item", at("a", **PRESENT), 0, 1),
    ("transactional writes are double", {}, "transact_write_items", transaction(("Put", put("a", 1024))), 0, 2),
    (
        "twice the units of each item",
        {"b": 2000},
        "transact_write_items",
        transaction(("Put", put("a", 1025)), ("Delete", at("b"))),
        0,
        8,
    ),
    (
        "a check costs a write of what is there",
        {"b": 1025},
        "transact_write_items",
        transaction(("Put", put("a", 10)), ("ConditionCheck", at("b", **PRESENT))),
        0,
        6,
    ),
    (
        "a check of nothing costs the least",
        {},
        "transact_write_items",
        transaction(("ConditionCheck", at("b", **ABSENT))),
        0,
        2,
    ),
    (
        "an update in a transaction",
        {"a": 1500},
        "transact_write_items",
        transaction(("Update", update("a", 1000, **PRESENT))),
        0,
        4,
    ),
    (
        "a passing condition is free",
        {},
        "transact_write_items",
        transaction(("Put", put("a", 1024, **ABSENT))),
        0,
        2,
    ),
    (
        "a refused transaction costs as much as a carried out one",
        {"a": 10},
        "transact_write_items",
        transaction(("Put", put("a", 10, **ABSENT)), ("Put", put("b", 1025))),
        0,
        6,
    ),
    (
        "numbers take a byte for two digits and one more: 12 of 1,024 bytes",
        {},
        "put_item",
        {"TableName": TABLE, "Item": item("a", 1024 - 12) | {"n": {"N": "12345678901234567890"}}},
        0,
        1,
    ),
    (
        "a text takes bytes, not letters: 2 * 509 and 7 are 1,025",
        {},
        "put_item",
        {"TableName": TABLE, "Item": key("a") | {"d": {"S": "ä" * 509}}},
        0,
        2,
    ),
]


def test_there_are_forty_cases() -> None:
    assert len(CASES) == 40


@pytest.mark.parametrize(
    ("there", "operation", "request_", "read", "write"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_an_operation_is_charged(
    there: dict[str, int], operation: str, request_: dict[str, Any], read: float, write: float
) -> None:
    client = FakeDynamoDB(TABLE)
    for sk, size in there.items():
        assert item_size(item(sk, size)) == size
        client.put_item(**put(sk, size))
    client.forget_calls()
    with contextlib.suppress(ClientError):
        getattr(client, operation)(**request_)
    assert [(call.read, call.write) for call in client.calls] == [(read, write)]


def test_a_repeated_transaction_is_charged_as_a_transactional_read() -> None:
    client = FakeDynamoDB(TABLE)
    request = transaction(("Put", put("a", 5000)), ("Put", put("b", 10))) | {"ClientRequestToken": "token"}
    client.transact_write_items(**request)
    client.transact_write_items(**request)
    assert [(call.read, call.write) for call in client.calls] == [(0, 2 * 5 + 2), (2 * 2 + 2, 0)]


def test_lists_and_maps_take_three_bytes_and_one_for_each_element() -> None:
    nested = {"M": {"a": {"L": [{"BOOL": True}, {"NULL": True}]}, "bc": {"B": b"xyz"}}}
    in_list = 3 + (1 + 1) + (1 + 1)
    in_map = 3 + (len("a") + in_list + 1) + (len("bc") + 3 + 1)
    assert item_size({"name": nested}) == len("name") + in_map


def test_a_page_ends_at_a_megabyte_and_is_charged_what_it_read() -> None:
    client = FakeDynamoDB(TABLE)
    for number in range(6):
        client.put_item(**put(str(number), 256 * KB))
    client.forget_calls()
    answer = client.query(**query())
    assert (answer["Count"], answer["LastEvaluatedKey"]["sk"]["S"]) == (4, "3")
    assert client.calls[0].read == 256
