"""The one way to the table: opened for one organization, and with a guard before every call (`gangway.storage.guard`).

Reads are strongly consistent. What can be read at the same time is, since a round trip takes longer than all else.
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from gangway.directory.ports import Collision
from gangway.storage.faults import translated
from gangway.storage.guard import guard
from gangway.storage.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gangway.storage.items import Item
    from gangway.storage.transaction import Transaction

KEYS_PER_BATCH: Final = 100
"""Items of one BatchGetItem or TransactGetItems."""

_BATCH_ATTEMPTS: Final = 8
_THREAD: Final = "dynamodb"
_POOL: Executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix=_THREAD)


class Rows(NamedTuple):
    """One page of a query: items in key order, and the sort key to go on after (None at the end)."""

    items: tuple[Item, ...]
    last: str | None
    number: int


class Table:
    """The part of the table that belongs to one organization."""

    def __init__(self, client: Any, name: str, organization_id: str) -> None:
        self._client = client
        self.name = name
        self.organization_id = organization_id

    def get(self, key: Key) -> Item | None:
        """Read one item, strongly consistent."""
        item: Item | None = self._call("get_item", TableName=self.name, Key=key.typed(), ConsistentRead=True).get(
            "Item"
        )
        return item

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Read items, strongly consistent, a hundred at a time and those in parallel; absent ones are left out."""
        wanted = list(dict.fromkeys(keys))
        batches = [wanted[start : start + KEYS_PER_BATCH] for start in range(0, len(wanted), KEYS_PER_BATCH)]
        found: dict[Key, Item] = {}
        for part in together([partial(self._batch, batch) for batch in batches]):
            found.update(part)
        return found

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        between: tuple[str, str] | None = None,
        after: str = "",
        limit: int | None = None,
        backwards: bool = False,
        only_count: bool = False,
    ) -> Rows:
        """Read one page of a partition, strongly consistent: at most `limit` items, and at most 1 MB of them."""
        condition, values = "pk = :pk", {":pk": {"S": partition}}
        if prefix:
            condition, values[":sk"] = "pk = :pk AND begins_with(sk, :sk)", {"S": prefix}
        elif between:
            condition = "pk = :pk AND sk BETWEEN :from AND :to"
            values |= {":from": {"S": between[0]}, ":to": {"S": between[1]}}
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            "ScanIndexForward": not backwards,
        }
        if limit:
            request["Limit"] = limit
        if after:
            request["ExclusiveStartKey"] = Key(partition, after).typed()
        if only_count:
            request["Select"] = "COUNT"
        answer = self._call("query", **request)
        last = answer.get("LastEvaluatedKey")
        return Rows(tuple(answer.get("Items", ())), last["sk"]["S"] if last else None, answer["Count"])

    def query_all(self, partition: str, *, prefix: str = "", between: tuple[str, str] | None = None) -> Iterator[Item]:
        """Read a partition to its end, page by page."""
        after = ""
        while True:
            rows = self.query(partition, prefix=prefix, between=between, after=after)
            yield from rows.items
            if rows.last is None:
                return
            after = rows.last

    def between_transactions(self, keys: Iterable[Key]) -> tuple[set[Key], set[Key]]:
        """Say which of these items exist, and which a transaction is being applied to at this moment.

        Other reads give the state before such a transaction, although it may be decided already.
        """
        present: set[Key] = set()
        busy: set[Key] = set()
        wanted = list(keys)
        while wanted:
            batch, wanted = wanted[:KEYS_PER_BATCH], wanted[KEYS_PER_BATCH:]
            gets = [{"Get": {"TableName": self.name, "Key": k.typed(), "ProjectionExpression": "pk"}} for k in batch]
            try:
                answer = self._call("transact_get_items", translate=False, TransactItems=gets)
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", ())
                met = {
                    key for key, why in zip(batch, reasons, strict=False) if why.get("Code") == "TransactionConflict"
                }
                if not met:
                    raise translated(error) from error
                busy |= met
                wanted = [key for key in batch if key not in met] + wanted
            except BotoCoreError as error:
                raise translated(error) from error
            else:
                present |= {key for key, got in zip(batch, answer["Responses"], strict=True) if got.get("Item")}
        return present, busy

    def snapshot(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Read up to a hundred items as they all were at one moment; absent ones are left out.

        Raises:
            Collision: a transaction is being applied to one of them at this moment.
        """
        gets = [{"Get": {"TableName": self.name, "Key": key.typed()}} for key in keys]
        try:
            answer = self._call("transact_get_items", translate=False, TransactItems=gets)
        except ClientError as error:
            if any(why.get("Code") == "TransactionConflict" for why in error.response.get("CancellationReasons", ())):
                raise Collision("a transaction is at work") from error
            raise translated(error) from error
        except BotoCoreError as error:
            raise translated(error) from error
        found = [got["Item"] for got in answer["Responses"] if got.get("Item")]
        return {Key(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    def put(self, item: Item) -> None:
        """Write an item whatever was there; for hints such as bookmarks, never for resources."""
        self._call("put_item", TableName=self.name, Item=item)

    def update(
        self,
        key: Key,
        expression: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        names: Mapping[str, str] | None = None,
    ) -> Item | None:
        """Change one item if a condition holds, and give its new state; None when it does not hold.

        None may also be the echo of one's own write whose answer was lost; whoever cares must look.
        """
        request = {
            "TableName": self.name,
            "Key": key.typed(),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dict(values),
            "ReturnValues": "ALL_NEW",
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        }
        try:
            item: Item = self._call("update_item", translate=False, **request)["Attributes"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return None
            raise translated(error) from error
        except BotoCoreError as error:
            raise translated(error) from error
        return item

    def write(self, transaction: Transaction) -> None:
        """Commit a transaction.

        The request token makes a repetition by the client library harmless; what the service refuses is translated by
        the transaction, which knows why each of its conditions is there.
        """
        try:
            self._call(
                "transact_write_items",
                translate=False,
                TransactItems=transaction.actions(self.name),
                ClientRequestToken=uuid.uuid4().hex,
            )
        except ClientError as error:
            transaction.judge(error)
        except BotoCoreError as error:
            raise translated(error) from error

    def _batch(self, keys: Sequence[Key]) -> dict[Key, Item]:
        pending: dict[str, Any] = {self.name: {"Keys": [key.typed() for key in keys], "ConsistentRead": True}}
        found: dict[Key, Item] = {}
        for _attempt in range(_BATCH_ATTEMPTS):
            answer = self._call("batch_get_item", RequestItems=pending)
            for item in answer["Responses"].get(self.name, ()):
                found[Key(item["pk"]["S"], item["sk"]["S"])] = item
            pending = answer.get("UnprocessedKeys") or {}
            if not pending:
                return found
        raise translated(None)

    def _call(self, operation: str, *, translate: bool = True, **request: Any) -> Any:
        guard(operation, request, self.organization_id, self.name)
        if not translate:
            return getattr(self._client, operation)(**request)
        try:
            return getattr(self._client, operation)(**request)
        except (ClientError, BotoCoreError) as error:
            raise translated(error) from error


def together[Result](calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make calls at the same time and return their results in order; all have ended when this returns or raises.

    The last one needs no thread of its own; and a call that is itself made here must not wait for a thread that waits
    for it.
    """
    if len(calls) <= 1 or threading.current_thread().name.startswith(_THREAD):
        return [call() for call in calls]
    futures = [_POOL.submit(call) for call in calls[:-1]]
    try:
        last = calls[-1]()
    finally:
        for future in futures:
            future.exception()  # waits for its end; `concurrent.futures.wait` takes 10 microseconds more
    return [*(future.result() for future in futures), last]
