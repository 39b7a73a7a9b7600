"""Organizations and token records in the table.

Settings and tokens of an organization are one partition, so a request learns all it needs from one consistent
BatchGet, and whoever changes the set of tokens reads it whole with one Query. The `ledger` in the settings item counts
such changes; a write that was decided on an older count is refused, which is what makes "at most two live tokens"
true of concurrent operators. Names are items of their own in one small partition and are never deleted.
"""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from gangway.scim.errors import Unavailable
from gangway.storage import keys
from gangway.storage import organization_items as items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord, TokenState
    from gangway.storage.organization_items import Item

RATE_ITEM_SECONDS = 60
"""How long a counter of one second is kept; TTL removes it some time later."""

_BATCH_KEYS = 100
_BATCH_ATTEMPTS = 3
_TRANSACTION_ATTEMPTS = 8
_CONFLICT_PAUSE = 0.05


class OrganizationTable:
    """Implements `gangway.access.ports.AccessRecords` and `RequestCounter`."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._client = dynamodb
        self._table = table

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        """Organization and token in one strongly consistent BatchGet."""
        found = self._batch_get([items.settings_key(organization_id), items.token_key(organization_id, key_id)])
        by_key = {item["sk"]["S"]: item for item in found}
        settings, token = by_key.get(items.SETTINGS_KEY), by_key.get(key_id)
        return (items.organization(settings) if settings else None, items.token(token) if token else None)

    def organization_named(self, folded_name: str) -> Organization | None:
        """Follow the name to the organization's settings."""
        name = self._call("get_item", Key=items.name_key(folded_name), ConsistentRead=True).get("Item")
        if not name:
            return None
        key = items.settings_key(name["organization"]["S"])
        settings = self._call("get_item", Key=key, ConsistentRead=True).get("Item")
        return items.organization(settings) if settings else None

    def organizations(self) -> tuple[Organization, ...]:
        """All organizations that have settings, ordered by name."""
        ids = [item["organization"]["S"] for item in self._query(items.NAMES_PARTITION)]
        found = [
            items.organization(item)
            for batch in itertools.batched(ids, _BATCH_KEYS, strict=False)
            for item in self._batch_get([items.settings_key(organization_id) for organization_id in batch])
        ]
        return tuple(sorted(found, key=lambda organization: organization.name))

    def add_organization(self, organization: Organization) -> bool:
        """Write name and settings together; False when either exists."""
        puts = [
            {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
            for item in (items.name_item(organization), items.settings_item(organization))
        ]
        return self._transact(puts)

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        """The whole settings partition of an organization."""
        found = list(self._query(keys.access(organization_id, "").pk))
        organization = next((items.organization(item) for item in found if item["sk"]["S"] == items.SETTINGS_KEY), None)
        return organization, tuple(items.token(item) for item in found if item["k"]["S"] == "token")

    def add_token(self, organization: Organization, record: TokenRecord) -> bool:
        """Write the record and count the ledger up; False when the ledger has moved."""
        put = {
            "TableName": self._table,
            "Item": items.token_item(organization.id, record),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        count = {
            "TableName": self._table,
            "Key": items.settings_key(organization.id),
            "UpdateExpression": "SET ledger = :next",
            "ConditionExpression": "ledger = :seen",
            "ExpressionAttributeValues": {
                ":seen": items.number(organization.ledger),
                ":next": items.number(organization.ledger + 1),
            },
        }
        return self._transact([{"Put": put}, {"Update": count}])

    def set_token_state(self, organization_id: str, key_id: str, state: TokenState) -> TokenRecord | None:
        """Change one token's state; None when there is no such token."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=items.token_key(organization_id, key_id),
                UpdateExpression="SET #state = :state",
                ConditionExpression="k = :token",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":state": items.text(state), ":token": items.text("token")},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return None
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error
        return items.token(answer["Attributes"])

    def add(self, organization_id: str, second: int, requests: int) -> int:
        """Count requests of one second. A count that is lost or doubled by a retry does no harm."""
        answer = self._call(
            "update_item",
            Key=items.rate_key(organization_id, second),
            UpdateExpression="SET k = :kind, #ttl = :ttl ADD requests :requests",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={
                ":kind": items.text("rate"),
                ":ttl": items.number(second + RATE_ITEM_SECONDS),
                ":requests": items.number(requests),
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["requests"]["N"])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(self._client, operation)(TableName=self._table, **parameters))
        except (ClientError, BotoCoreError) as error:
            raise _unavailable() from error

    def _query(self, partition: str) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while True:
            answer = self._call(
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

    def _batch_get(self, keys: list[dict[str, Any]]) -> list[Item]:
        request: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
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

    def _transact(self, actions: list[dict[str, Any]]) -> bool:
        """Run a transaction; False when a condition did not hold.

        A transaction that only met another one says nothing about conditions and is run again.
        """
        for _ in range(_TRANSACTION_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=cast("Any", actions))
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
