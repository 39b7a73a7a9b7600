"""The calls to the table that organizations and tokens need, with failures turned into what their callers know.

These items are read before it is known which organization a request belongs to, and names belong to none, so they do
not go through the guarded table of one organization; nothing but `gangway.storage.organizations` uses this.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, ClassVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from gangway.scim.errors import Unavailable
from gangway.storage import organization_items as items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.storage.organization_items import Item

type Action = Mapping[str, Mapping[str, Any]]
"""One action of a transaction, without the table's name."""

_BATCH_ATTEMPTS = 3
_TRANSACTION_ATTEMPTS = 8
_CONFLICT_PAUSE = 0.05


class AccessCalls:
    """DynamoDB, seen from the access room."""

    BATCH_KEYS: ClassVar = 100

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._client = dynamodb
        self._table = table

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a call. Raises Unavailable."""
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(TableName=self._table, **parameters))
        except (ClientError, BotoCoreError) as error:
            raise _unavailable() from error

    def update_if(self, **parameters: Any) -> bool:
        """Update an item; False when the condition does not hold. Raises Unavailable."""
        try:
            self.call("update_item", **parameters)
        except Unavailable as error:
            if isinstance(error.__cause__, ClientError) and _code(error.__cause__) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def query_page(self, partition: str, *, after: str, limit: int) -> tuple[list[Item], str | None]:
        """Some items of a partition in order, and the sort key to go on after; None at the end."""
        condition, values = "pk = :pk", {":pk": items.text(partition)}
        if after:
            condition, values[":after"] = "pk = :pk AND sk > :after", items.text(after)
        answer = self.call(
            "query",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            Limit=limit,
        )
        last = answer.get("LastEvaluatedKey")
        return answer["Items"], last["sk"]["S"] if last else None

    def query(self, partition: str) -> Iterator[Item]:
        """All items of a partition."""
        start: dict[str, Any] = {}
        while True:
            answer = self.call(
                "query",
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": items.text(partition)},
                ConsistentRead=True,
                **start,
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def batch_get(self, keys: Sequence[Mapping[str, Any]]) -> list[Item]:
        """The items of at most `BATCH_KEYS` keys, strongly consistent; absent ones are left out."""
        if not keys:
            return []
        request: dict[str, Any] = {self._table: {"Keys": list(keys), "ConsistentRead": True}}
        found: list[Item] = []
        for _ in range(_BATCH_ATTEMPTS):
            try:
                answer = self._client.batch_get_item(RequestItems=request)
            except (ClientError, BotoCoreError) as error:
                raise _unavailable() from error
            found += answer["Responses"].get(self._table, [])
            request = cast("dict[str, Any]", answer.get("UnprocessedKeys") or {})
            if not request:
                return found
        raise _unavailable()

    def transact(self, actions: Sequence[Action]) -> bool:
        """Run a transaction; False when a condition did not hold.

        A transaction that only met another one says nothing about conditions and is run again.
        """
        whole = [{kind: {"TableName": self._table, **body} for kind, body in action.items()} for action in actions]
        for _ in range(_TRANSACTION_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=cast("Any", whole))
            except ClientError as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
                if "TransactionConflict" in reasons:
                    time.sleep(random.uniform(0, _CONFLICT_PAUSE))
                    continue
                if "ConditionalCheckFailed" in reasons:
                    return False
                raise _unavailable() from error
            except BotoCoreError as error:
                raise _unavailable() from error
            return True
        raise _unavailable()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _unavailable() -> Unavailable:
    return Unavailable("The directory cannot be reached at the moment.", retry_after=5)
