"""What the sweeper reads and remembers: the names of organizations, and the name at which it stopped.

These are the only items of the room that belong to the stack and not to an organization, so they do not go through the
guarded table of one organization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.storage import keys
from gangway.storage.items import item_of, text

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from gangway.storage.keys import Key


class OrganizationNames:
    """Implements `gangway.changes.ports.Organizations`, and the same port of the directory.

    Args:
        client: a DynamoDB client.
        table: name of the table.
        bookmark: where it is remembered how far a sweep got; every sweep has its own.
    """

    def __init__(self, client: DynamoDBClient, table: str, bookmark: Key = keys.SWEEPER_BOOKMARK) -> None:
        self._client = client
        self._table = table
        self._bookmark = bookmark

    def ids_after(self, name: str, limit: int) -> list[tuple[str, str]]:
        """See `gangway.changes.ports.Organizations.ids_after`."""
        condition, values = "pk = :pk", {":pk": text(keys.ORGANIZATION_NAMES)}
        if name:
            condition, values[":sk"] = "pk = :pk AND sk > :sk", text(name)
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            Limit=limit,
        )
        return [(item["sk"]["S"], item["organization"]["S"]) for item in answer["Items"]]

    def bookmark(self) -> str:
        """See `gangway.changes.ports.Organizations.bookmark`."""
        key = {"pk": text(self._bookmark.pk), "sk": text(self._bookmark.sk)}
        item = self._client.get_item(TableName=self._table, Key=key).get("Item")
        return item["name"]["S"] if item else ""

    def set_bookmark(self, name: str) -> None:
        """See `gangway.changes.ports.Organizations.set_bookmark`."""
        self._client.put_item(TableName=self._table, Item=item_of(self._bookmark, "bookmark", name=text(name)))
