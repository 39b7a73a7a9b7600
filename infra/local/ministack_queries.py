"""ministack's queries and expressions, made to cost what they find and not what the table holds.

For a query ministack sorts the whole partition and parses the key condition anew for each item of it. A page of a
hundred users out of a hundred thousand takes seconds, and an export takes hours. Here a partition keeps its sort keys
in order, and ministack is shown the part of it that a query can answer with; whatever it does to that part (condition,
cursor, limit, projection) stays its own. Queries of another form than the stack's go the long way.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

type Item = dict[str, Any]

_CONDITION: Final = re.compile(
    r"(?P<hash>\w+) = (?P<value>:\w+)"
    r"(?: AND (?:begins_with\((?P<begun>\w+), (?P<prefix>:\w+)\)"
    r"|(?P<ranged>\w+) BETWEEN (?P<low>:\w+) AND (?P<high>:\w+)))?"
)
_EXPRESSIONS_KEPT: Final = 1024


class Partition(dict[str, Item]):
    """The items of one partition by sort key; `order` is the keys in their order."""

    def __init__(self, items: Mapping[str, Item] | None = None) -> None:
        super().__init__(items or {})
        self.order = sorted(self)

    def __setitem__(self, key: str, item: Item) -> None:
        """Put an item where its key belongs."""
        if key not in self:
            insort(self.order, key)
        super().__setitem__(key, item)

    def pop(self, key: str, *default: Any) -> Any:
        """Remove an item and return it."""
        if key in self:
            del self.order[bisect_left(self.order, key)]
        return super().pop(key, *default)

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Item]]]:
        """A copy sorts for itself."""
        return type(self), (dict(self),)


def install(service: Any) -> None:
    """Replace the queries of ministack's DynamoDB module in this process."""
    set_item, long_way = service._set_item, service._query

    def keep_in_order(table: dict[str, Any], partition: str, key: str, item: Item) -> Any:
        if partition not in table["items"]:
            table["items"][partition] = Partition()
        return set_item(table, partition, key, item)

    def query(data: dict[str, Any]) -> Any:
        table = service._tables.get(data.get("TableName"))
        found = _match(table, data) if table else None
        if found is None:
            return long_way(data)
        whole = table["items"]
        partition = whole.get(found["value"])
        if not isinstance(partition, Partition):
            return long_way(data)
        part = {key: partition[key] for key in _enough(service, partition, _between(partition, found, data), data)}
        with service._lock:  # which the thread takes that removes what has expired
            table["items"] = {found["value"]: part}
            try:
                return long_way(data)
            finally:
                table["items"] = whole

    service._set_item, service._query = keep_in_order, query
    for name in ("_tokenize", "_condition_syntax_error"):
        setattr(service, name, lru_cache(_EXPRESSIONS_KEPT)(getattr(service, name)))


def _match(table: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, str] | None:
    """The texts that a query's key condition compares with, by their role; None if it is of another form."""
    condition = _CONDITION.fullmatch(data.get("KeyConditionExpression") or "")
    if condition is None or data.get("IndexName"):
        return None
    roles = condition.groupdict()
    if roles["hash"] != table["pk_name"] or not {roles["begun"], roles["ranged"]} <= {None, table["sk_name"]}:
        return None
    given = data.get("ExpressionAttributeValues") or {}
    values = {role: given.get(roles[role], {}).get("S") for role in ("value", "prefix", "low", "high") if roles[role]}
    start = data.get("ExclusiveStartKey")
    if start:
        values["start"] = start.get(table["sk_name"], {}).get("S")
    return values if all(isinstance(value, str) for value in values.values()) else None


def _between(partition: Partition, found: Mapping[str, str], data: Mapping[str, Any]) -> Iterator[str]:
    """The sort keys in question, in the order in which the query reads them."""
    order = partition.order
    low, high = 0, len(order)
    if (prefix := found.get("prefix")) is not None:
        low = bisect_left(order, prefix)
        high = bisect_right(order, prefix, key=lambda key: key[: len(prefix)])
    elif "low" in found:
        low, high = bisect_left(order, found["low"]), bisect_right(order, found["high"])
    forward = data.get("ScanIndexForward", True)
    if "start" in found and forward:
        low = max(low, bisect_right(order, found["start"]))
    elif "start" in found:
        high = min(high, bisect_left(order, found["start"]))
    return (order[at] for at in (range(low, high) if forward else range(high - 1, low - 1, -1)))


def _enough(service: Any, partition: Partition, keys: Iterator[str], data: Mapping[str, Any]) -> Iterator[str]:
    """As many keys as a page can have, and one more."""
    size = 0
    for number, key in enumerate(keys):
        yield key
        size += service._item_size_bytes(partition[key])
        if size > service._DDB_PAGE_SIZE_BYTES or number == data.get("Limit"):
            return
