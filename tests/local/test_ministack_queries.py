"""The part of a partition that ministack is shown answers a query as the whole partition would."""

from __future__ import annotations

import copy
import threading
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from infra.local import ministack_queries

type Item = dict[str, dict[str, str]]

KEYS = st.text("ab#\U0010ffff", min_size=1, max_size=3)
CONDITIONS: st.SearchStrategy[tuple[str, dict[str, str]]] = st.one_of(
    st.builds(lambda: ("pk = :pk", dict[str, str]())),
    KEYS.map(lambda prefix: ("pk = :pk AND begins_with(sk, :sk)", {":sk": prefix})),
    st.tuples(KEYS, KEYS).map(
        lambda ends: ("pk = :pk AND sk BETWEEN :from AND :to", {":from": min(ends), ":to": max(ends)})
    ),
)
PAGE_BYTES = 5


def service() -> SimpleNamespace:
    """As much of ministack's DynamoDB module as the correction touches."""
    table = {"pk_name": "pk", "sk_name": "sk", "items": {}}

    def set_item(table: dict[str, Any], partition: str, key: str, item: Item) -> None:
        table["items"].setdefault(partition, {})[key] = item

    def query(data: dict[str, Any]) -> list[Item]:
        values = {name: value["S"] for name, value in data["ExpressionAttributeValues"].items()}
        forward, start = data["ScanIndexForward"], data.get("ExclusiveStartKey", {}).get("sk", {}).get("S")
        page: list[Item] = []
        for key, item in sorted(table["items"].get(values[":pk"], {}).items(), reverse=not forward):  # type: ignore[attr-defined]  # the dictionary above
            if not key.startswith(values.get(":sk", "")):
                continue
            if ":from" in values and not values[":from"] <= key <= values[":to"]:
                continue
            if start is not None and (key <= start if forward else key >= start):
                continue
            if page and (len(page) == data.get("Limit") or sum(map(size, page)) >= PAGE_BYTES):
                break
            page.append(item)
        return page

    def size(item: Item) -> int:
        return len(item["sk"]["S"])

    return SimpleNamespace(
        _condition_syntax_error=lambda *_: None,
        _DDB_PAGE_SIZE_BYTES=PAGE_BYTES,
        _item_size_bytes=size,
        _lock=threading.Lock(),
        _query=query,
        _set_item=set_item,
        _tables={"people": table},
        _tokenize=lambda text: [text],
    )


@given(
    keys=st.lists(KEYS, max_size=12),
    removed=st.sets(st.integers(0, 11)),
    condition=CONDITIONS,
    start=st.none() | KEYS,
    limit=st.none() | st.integers(1, 4),
    forward=st.booleans(),
)
def test_given_any_query_then_its_part_answers_it_as_the_whole(
    keys: list[str],
    removed: set[int],
    condition: tuple[str, dict[str, str]],
    start: str | None,
    limit: int | None,
    forward: bool,
) -> None:
    emulated = service()
    whole = emulated._query
    ministack_queries.install(emulated)
    table = emulated._tables["people"]
    for key in keys:
        emulated._set_item(table, "p", key, {"pk": {"S": "p"}, "sk": {"S": key}})
    for at in removed:
        if at < len(keys):
            table["items"]["p"].pop(keys[at], None)
    expression, values = condition
    data = {
        "TableName": "people",
        "KeyConditionExpression": expression,
        "ExpressionAttributeValues": {":pk": {"S": "p"}} | {name: {"S": value} for name, value in values.items()},
        "ScanIndexForward": forward,
        **({"Limit": limit} if limit else {}),
        **({"ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"S": start}}} if start else {}),
    }
    assert emulated._query(data) == whole(data)


def test_given_a_query_of_another_form_then_ministack_sees_the_whole_partition() -> None:
    emulated = service()
    seen: list[int] = []
    emulated._query = lambda _data: seen.append(len(emulated._tables["people"]["items"]["p"]))
    ministack_queries.install(emulated)
    for key in ("a", "b", "c"):
        emulated._set_item(emulated._tables["people"], "p", key, {"sk": {"S": key}})
    values = {":pk": {"S": "p"}, ":sk": {"S": "b"}}
    for expression in ("pk = :pk AND sk = :sk", "pk = :pk AND sk < :sk", "pk = :pk AND begins_with(sk, :sk)"):
        emulated._query(
            {"TableName": "people", "KeyConditionExpression": expression, "ExpressionAttributeValues": values}
        )
    assert seen == [3, 3, 1]


def test_given_a_copy_of_a_partition_then_both_stay_in_order() -> None:
    partition = ministack_queries.Partition({"b": {}, "a": {}})
    copied = copy.deepcopy(partition)
    copied["aa"] = {}
    assert (partition.order, copied.order) == (["a", "b"], ["a", "aa", "b"])
