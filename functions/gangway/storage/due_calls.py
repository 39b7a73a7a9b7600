"""When to look at which endpoint again: one small partition of the stack, sorted by time.

The schedule that reads it would otherwise have to look at every endpoint of every organization each minute. A note
too many does no harm, as whoever is called looks for what there is to do; a note that got lost is made up for by the
sweeper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.changes.webhooks.ports import Call
from gangway.storage import keys
from gangway.storage.items import item_of, text

if TYPE_CHECKING:
    from datetime import datetime


class DueCallTable:
    """Implements `gangway.changes.webhooks.ports.Calls`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._name = table

    def set(self, organization_id: str, endpoint_id: str, at: datetime) -> None:
        """See `gangway.changes.webhooks.ports.Calls.set`."""
        key = keys.Key(keys.CALLS, f"{int(at.timestamp()):012d}#{organization_id}#{endpoint_id}")
        self._client.put_item(TableName=self._name, Item=item_of(key, "call"))

    def due(self, now: datetime, limit: int) -> list[Call]:
        """See `gangway.changes.webhooks.ports.Calls.due`."""
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND sk < :end",
            ExpressionAttributeValues={":pk": text(keys.CALLS), ":end": text(f"{int(now.timestamp()) + 1:012d}")},
            Limit=limit,
            ConsistentRead=True,
        )
        return [_call(item["sk"]["S"]) for item in answer["Items"]]

    def clear(self, call: Call) -> None:
        """See `gangway.changes.webhooks.ports.Calls.clear`."""
        self._client.delete_item(TableName=self._name, Key={"pk": text(keys.CALLS), "sk": text(call.key)})


def _call(sort_key: str) -> Call:
    _, organization_id, endpoint_id = sort_key.split("#")
    return Call(organization_id, endpoint_id, sort_key)
