"""A DynamoDB in memory, with the client's interface: strict where AWS is strict, exact in what it charges.

moto copies its table for every transaction and reports constant capacity; this fake is fast at a hundred thousand
items, isolates transactions, honours ClientRequestToken, and keeps a list of calls with their units, so tests can say
what an operation may cost. `before` and `after` are called around every request and may raise, which is how faults and
lost answers are played.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from tests.fakes import capacity
from tests.fakes.contention import Calm, conflict_reasons
from tests.fakes.expressions import Expression, InvalidExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

type Item = dict[str, Any]

PAGE_BYTES = 1_048_576
MAX_ITEM_BYTES = 400 * 1024
MAX_ACTIONS = 100
MAX_KEYS = 100
LONGEST_SORT_KEY = 1024
"""Bytes."""


def copied(value: Any) -> Any:
    """Another of the same JSON; many times as fast as `copy.deepcopy`, which looks for what JSON cannot have."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    return value


class Call(NamedTuple):
    """One request: its operation, items in it, and the units it was charged, refused or not."""

    operation: str
    items: int
    read: float
    write: float


@dataclass
class Partition:
    """Items of one partition key, and their sort keys in order."""

    items: dict[str, Item]
    order: list[str]


class FakeDynamoDB:
    """One table with keys ``pk`` and ``sk``.

    Args:
        table: its name.
        contention: what load does to it (`tests.fakes.contention`).
    """

    def __init__(self, table: str = "directory", contention: Calm | None = None) -> None:
        self.table = table
        self.contention = contention or Calm()
        self.calls: list[Call] = []
        self.before: Callable[[str, Mapping[str, Any]], None] = lambda _operation, _request: None
        self.after: Callable[[str, Mapping[str, Any]], None] = lambda _operation, _request: None
        self._partitions: dict[str, Partition] = {}
        self._tokens: dict[str, Any] = {}
        self._lock = threading.RLock()

    # -- what tests look at -------------------------------------------------------------------------------------------

    def items(self) -> Iterator[Item]:
        """All items, by key."""
        for partition in sorted(self._partitions):
            for sort_key in self._partitions[partition].order:
                yield self._partitions[partition].items[sort_key]

    def load(self, items: Iterable[Item]) -> None:
        """Put many items, at once and for nothing."""
        for item in items:
            partition = self._partitions.setdefault(item["pk"]["S"], Partition({}, []))
            partition.items[item["sk"]["S"]] = item
        for partition in self._partitions.values():
            partition.order = sorted(partition.items)

    def copy(self) -> FakeDynamoDB:
        """Another table with the same items."""
        other = FakeDynamoDB(self.table)
        other._partitions = {
            key: Partition(dict(partition.items), list(partition.order)) for key, partition in self._partitions.items()
        }
        return other

    def forget_calls(self) -> None:
        """Begin a new account."""
        self.calls = []

    def operations(self) -> list[str]:
        """The operations since then."""
        return [call.operation for call in self.calls]

    # -- the client ---------------------------------------------------------------------------------------------------

    def get_item(self, **request: Any) -> dict[str, Any]:
        """GetItem."""
        with self._request("get_item", request, {"TableName", "Key", "ConsistentRead"}):
            item = self._find(request["Key"])
            units = capacity.read_units([capacity.item_size(item)], consistent=request.get("ConsistentRead", False))
            self.calls.append(Call("get_item", 1, units, 0))
            return {"Item": copied(item)} if item else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """BatchGetItem."""
        with self._request("batch_get_item", request, {"RequestItems"}):
            wanted = request["RequestItems"][self.table]
            keys = [(key["pk"]["S"], key["sk"]["S"]) for key in wanted["Keys"]]
            if not keys or len(keys) > MAX_KEYS or len(set(keys)) != len(keys):
                raise _invalid("batch_get_item", "number of keys, or a key twice")
            found = [self._find(key) for key in wanted["Keys"]]
            sizes = [capacity.item_size(item) for item in found]
            units = capacity.read_units(sizes, consistent=wanted.get("ConsistentRead", False))
            self.calls.append(Call("batch_get_item", len(keys), units, 0))
            return {"Responses": {self.table: copied([item for item in found if item])}, "UnprocessedKeys": {}}

    def query(self, **request: Any) -> dict[str, Any]:
        """Query."""
        allowed = {
            "KeyConditionExpression",
            "ExclusiveStartKey",
            "ScanIndexForward",
            "ConsistentRead",
            "Limit",
            "Select",
        }
        with self._request("query", request, {"TableName", "ExpressionAttributeValues", *allowed}):
            used: set[str] = set()
            values = request["ExpressionAttributeValues"]
            try:
                key, test = Expression(request["KeyConditionExpression"], {}, values, used).key_condition()
            except InvalidExpressionError as error:
                raise _invalid("query", str(error)) from error
            _all_used("query", values, used)
            start = request.get("ExclusiveStartKey")
            if start:
                _require_start(start, key, test)
            rows, last, size = self._rows(key, test, start["sk"]["S"] if start else None, request)
            only_count = request.get("Select") == "COUNT"
            units = capacity.query_units(size, consistent=request.get("ConsistentRead", False))
            self.calls.append(Call("query count" if only_count else "query", len(rows), units, 0))
            answer: dict[str, Any] = {"Count": len(rows), "ScannedCount": len(rows)}
            if not only_count:
                answer["Items"] = copied(rows)
            if last is not None:
                answer["LastEvaluatedKey"] = {"pk": {"S": key}, "sk": {"S": last}}
            return answer

    def put_item(self, **request: Any) -> dict[str, Any]:
        """PutItem."""
        return self._single("put_item", "Put", request)

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """DeleteItem."""
        return self._single("delete_item", "Delete", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """UpdateItem."""
        return self._single("update_item", "Update", request)

    def transact_get_items(self, **request: Any) -> dict[str, Any]:
        """TransactGetItems."""
        with self._request("transact_get_items", request, {"TransactItems"}):
            found = [self._find(each["Get"]["Key"]) for each in request["TransactItems"]]
            units = 2 * capacity.read_units([capacity.item_size(item) for item in found], consistent=True)
            self.calls.append(Call("transact_get_items", len(found), units, 0))
            return {"Responses": [{"Item": copied(item)} if item else {} for item in found]}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """TransactWriteItems."""
        with self._request("transact_write_items", request, {"TransactItems", "ClientRequestToken"}):
            actions = [next(iter(action.items())) for action in request["TransactItems"]]
            keys = _keys_of(actions)
            if not actions or len(actions) > MAX_ACTIONS or len(set(keys)) != len(keys):
                raise _invalid("transact_write_items", "number of actions, or an item twice")
            token = request.get("ClientRequestToken")
            if token is not None and token in self._tokens:
                if self._tokens[token] != request["TransactItems"]:
                    raise _error("transact_write_items", "IdempotentParameterMismatchException")
                sizes = [capacity.item_size(self._find(body.get("Key") or body["Item"])) for _kind, body in actions]
                units = 2 * capacity.read_units(sizes, consistent=True)
                self.calls.append(Call("transact_write_items", len(actions), units, 0))
                return {}
            self._commit(actions, keys)
            if token is not None:
                self._tokens[token] = copied(request["TransactItems"])
            return {}

    # -- inside -------------------------------------------------------------------------------------------------------

    def _request(self, operation: str, request: Mapping[str, Any], allowed: set[str]) -> _Request:
        if unknown := request.keys() - allowed:
            raise _invalid(operation, f"parameters {sorted(unknown)}")
        return _Request(self, operation, request)

    def _find(self, key: Mapping[str, Any]) -> Item | None:
        partition, sort_key = _key(key)
        found = self._partitions.get(partition)
        return found.items.get(sort_key) if found else None

    def _store(self, key: tuple[str, str], item: Item | None) -> None:
        partition = self._partitions.setdefault(key[0], Partition({}, []))
        if item is None:
            if partition.items.pop(key[1], None) is not None:
                del partition.order[bisect_left(partition.order, key[1])]
            if not partition.items:
                del self._partitions[key[0]]
            return
        if key[1] not in partition.items:
            insort(partition.order, key[1])
        partition.items[key[1]] = copied(item)

    def _rows(
        self, key: str, test: Callable[[str], bool], start: str | None, request: Mapping[str, Any]
    ) -> tuple[list[Item], str | None, int]:
        partition = self._partitions.get(key, Partition({}, []))
        forward = request.get("ScanIndexForward", True)
        if forward:
            places = range(bisect_right(partition.order, start) if start is not None else 0, len(partition.order))
        else:
            end = bisect_left(partition.order, start) if start is not None else len(partition.order)
            places = range(end - 1, -1, -1)
        limit = request.get("Limit")
        rows: list[Item] = []
        size = 0
        for sort_key in (partition.order[place] for place in places):
            if not test(sort_key):
                continue
            rows.append(partition.items[sort_key])
            size += capacity.item_size(partition.items[sort_key])
            # AWS names a last key whenever it stopped, even if nothing is left.
            if (limit and len(rows) == limit) or size >= PAGE_BYTES:
                return rows, sort_key, size
        return rows, None, size

    def _single(self, operation: str, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        allowed = {"TableName", "Item", "Key", "ConditionExpression", "UpdateExpression", "ExpressionAttributeValues"}
        optional = {"ExpressionAttributeNames", "ReturnValues", "ReturnValuesOnConditionCheckFailure"}
        with self._request(operation, request, allowed | optional):
            body = {name: value for name, value in request.items() if name != "ReturnValues"}
            key = _key(body.get("Key") or body["Item"])
            old = self._find(body.get("Key") or body["Item"])
            accepted, new = self._outcome(operation, kind, body, old)
            # A refused write is charged like the write: by the larger of what is there and what was to be.
            units = capacity.write_units(old, new)
            self.calls.append(Call(operation, 1, 0, units))
            if not accepted:
                raise _error(operation, "ConditionalCheckFailedException")
            if self.contention.hot({key[0]: units}):
                raise _error(operation, "ProvisionedThroughputExceededException")
            self._store(key, new)
            if request.get("ReturnValues") == "UPDATED_NEW" and new:
                before = old or {}
                return {"Attributes": copied({name: new[name] for name in new if new[name] != before.get(name)})}
            return {"Attributes": copied(new)} if request.get("ReturnValues") == "ALL_NEW" else {}

    def _commit(self, actions: list[tuple[str, dict[str, Any]]], keys: list[tuple[str, str]]) -> None:
        reasons, writes = [], []
        units: Counter[str] = Counter()
        for kind, body in actions:
            old = self._find(body.get("Key") or body["Item"])
            accepted, new = self._outcome("transact_write_items", kind, body, old)
            units[_key(body.get("Key") or body["Item"])[0]] += 2 * capacity.write_units(old, new)
            reason: dict[str, Any] = {"Code": "None" if accepted else "ConditionalCheckFailed"}
            if not accepted and old and body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                reason["Item"] = copied(old)
            reasons.append(reason)
            if kind != "ConditionCheck":
                writes.append((_key(body.get("Key") or body["Item"]), new))
        self.calls.append(Call("transact_write_items", len(actions), 0, units.total()))
        if hot := self.contention.hot(units):
            refused = {key for key in keys if key[0] in hot}
            reasons = conflict_reasons(keys, refused, "ThrottlingError")
        if any(reason["Code"] != "None" for reason in reasons):
            raise _error("transact_write_items", "TransactionCanceledException", CancellationReasons=reasons)
        for key, new in writes:
            self._store(key, new)

    def _outcome(
        self, operation: str, kind: str, body: Mapping[str, Any], old: Item | None
    ) -> tuple[bool, Item | None]:
        if body.get("TableName") != self.table:
            raise _error(operation, "ResourceNotFoundException")
        values = body.get("ExpressionAttributeValues", {})
        names = body.get("ExpressionAttributeNames", {})
        used: set[str] = set()
        try:
            condition = body.get("ConditionExpression")
            accepted = Expression(condition, names, values, used).condition(old) if condition else True
            new = None
            if kind == "Put":
                new = body["Item"]
            elif kind == "Update":
                new = Expression(body["UpdateExpression"], names, values, used).update(old or dict(body["Key"]))
        except InvalidExpressionError as error:
            raise _invalid(operation, str(error)) from error
        _all_used(operation, {**values, **names}, used)
        if kind not in ("Put", "Update", "Delete", "ConditionCheck"):
            raise _invalid(operation, kind)
        if capacity.item_size(new) > MAX_ITEM_BYTES:
            raise _invalid(operation, "item size")
        return accepted, new


class _Request:
    """The lock around one request, with the hooks outside of it."""

    def __init__(self, fake: FakeDynamoDB, operation: str, request: Mapping[str, Any]) -> None:
        self._fake, self._operation, self._data = fake, operation, request

    def __enter__(self) -> None:
        self._fake.before(self._operation, self._data)
        self._arrive()
        self._fake._lock.acquire()  # the lock is the fake's own; only hooks and waiting are outside of it

    def __exit__(self, kind: object, *_rest: object) -> None:
        self._fake._lock.release()
        if kind is None:
            self._fake.after(self._operation, self._data)

    def _arrive(self) -> None:
        contention = self._fake.contention
        if self._operation == "transact_write_items":
            keys = _keys_of([next(iter(action.items())) for action in self._data["TransactItems"]])
            if met := contention.meet(keys, transaction=True):
                reasons = conflict_reasons(keys, met, "TransactionConflict")
                self._fake.calls.append(Call(self._operation, len(keys), 0, 0))
                raise _error(self._operation, "TransactionCanceledException", CancellationReasons=reasons)
        elif self._operation in ("put_item", "update_item", "delete_item"):
            if contention.meet([_key(self._data.get("Key") or self._data["Item"])], transaction=False):
                raise _error(self._operation, "TransactionConflictException")
        else:
            contention.read()


def _keys_of(actions: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, str]]:
    return [_key(body.get("Key") or body["Item"]) for _kind, body in actions]


def _key(key: Mapping[str, Any]) -> tuple[str, str]:
    partition, sort_key = key["pk"]["S"], key["sk"]["S"]
    if not partition or not sort_key:
        raise _invalid("", "empty key")
    return partition, sort_key


def _all_used(operation: str, given: Mapping[str, Any], used: set[str]) -> None:
    if given.keys() - used:
        raise _invalid(operation, f"unused {sorted(given.keys() - used)}")


def _require_start(start: Mapping[str, Any], partition: str, test: Callable[[str], bool]) -> None:
    """A start key must be one of the query's own range, as the service wants it."""
    sort_key = start["sk"]["S"]
    if not 0 < len(sort_key.encode()) <= LONGEST_SORT_KEY:
        raise _invalid("query", "The provided starting key is invalid: a sort key has 1 to 1024 bytes")
    if start["pk"]["S"] != partition or not test(sort_key):
        raise _invalid("query", "The provided starting key is outside query boundaries based on provided conditions")


def _invalid(operation: str, what: str) -> ClientError:
    return _error(operation, "ValidationException", what)


def _error(operation: str, code: str, message: str = "", **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, **more}
    return ClientError(response, operation)
