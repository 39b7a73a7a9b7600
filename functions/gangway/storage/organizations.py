"""Organizations and token records in the table.

Settings and tokens of an organization are one partition, so a request learns all it needs from one consistent
BatchGet, and whoever changes the set of tokens reads it whole with one Query. Every change is a transaction with the
events that tell of it, and on condition that versions and ledger (which counts changes to the set of tokens) are still
those it was decided on. Names are items of their own in one small partition and are never deleted.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from gangway.storage import keys
from gangway.storage import organization_items as items
from gangway.storage.access_calls import AccessCalls
from gangway.storage.outbox import change_put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.access.organization import Organization
    from gangway.access.ports import HashLocation
    from gangway.access.token import TokenRecord
    from gangway.changes.event import ChangeEvent
    from gangway.storage.access_calls import Action

RATE_ITEM_SECONDS = 60
"""How long a counter of one second is kept; TTL removes it some time later."""

_ABSENT = "attribute_not_exists(pk)"


class OrganizationTable:
    """Implements `gangway.access.ports.AccessRecords`, `Credentials` and `RequestCounter`."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        client_of: Callable[[str], DynamoDBClient] | None = None,
    ) -> None:
        """Open the table.

        Args:
            dynamodb: the client; it reads settings and tokens before anything about a request is verified.
            table: its name.
            client_of: gives the client for what is written once an organization's token is verified; by default the
                same one for all.
        """
        self._calls = AccessCalls(dynamodb, table)
        self._table = table
        self._client_of = client_of

    def _verified(self, organization_id: str) -> AccessCalls:
        return AccessCalls(self._client_of(organization_id), self._table) if self._client_of else self._calls

    def credentials(self, organization_id: str, key_id: str) -> tuple[Organization | None, TokenRecord | None]:
        """Organization and token in one strongly consistent BatchGet."""
        found = self._calls.batch_get([items.settings_key(organization_id), items.token_key(organization_id, key_id)])
        by_key = {item["sk"]["S"]: item for item in found}
        settings, token = by_key.get(items.SETTINGS_KEY), by_key.get(key_id)
        return (items.organization(settings) if settings else None, items.token(token) if token else None)

    def mark_used(self, organization_id: str, key_id: str, day: date) -> None:
        """Write the day; one that another function has written already is left alone."""
        self._verified(organization_id).update_if(
            Key=items.token_key(organization_id, key_id),
            UpdateExpression="SET last_used = :day",
            ConditionExpression="k = :token AND (attribute_not_exists(last_used) OR last_used < :day)",
            ExpressionAttributeValues={":day": items.day(day), ":token": items.text("token")},
        )

    def organization_named(self, folded_name: str) -> Organization | None:
        """Follow the name to the organization's settings."""
        name = self._calls.call("get_item", Key=items.name_key(folded_name), ConsistentRead=True).get("Item")
        if not name:
            return None
        key = items.settings_key(name["organization"]["S"])
        settings = self._calls.call("get_item", Key=key, ConsistentRead=True).get("Item")
        return items.organization(settings) if settings else None

    def organizations_after(self, name: str, limit: int) -> tuple[tuple[Organization, ...], str | None]:
        """One page of names, and their organizations' settings in as few reads as there can be."""
        names, last = self._calls.query_page(items.NAMES_PARTITION, after=name, limit=limit)
        ids = [item["organization"]["S"] for item in names]
        found = [
            items.organization(item)
            for batch in itertools.batched(ids, AccessCalls.BATCH_KEYS, strict=False)
            for item in self._calls.batch_get([items.settings_key(organization_id) for organization_id in batch])
        ]
        present = (organization for organization in found if organization.state != "deleted")
        return tuple(sorted(present, key=lambda organization: organization.name)), last

    def add_organization(self, organization: Organization, events: Sequence[ChangeEvent]) -> bool:
        """Write name and settings together; False when either exists."""
        new = (items.name_item(organization), items.settings_item(organization))
        return self._calls.transact(
            [*({"Put": {"Item": item, "ConditionExpression": _ABSENT}} for item in new), *_told(events)]
        )

    def change_organization(self, before: Organization, after: Organization, events: Sequence[ChangeEvent]) -> bool:
        """Replace the settings item; False when its version or the ledger has moved."""
        put = {
            "Item": items.settings_item(after),
            "ConditionExpression": "version = :version AND ledger = :ledger",
            "ExpressionAttributeValues": {
                ":version": items.number(before.version),
                ":ledger": items.number(before.ledger),
            },
        }
        return self._calls.transact([{"Put": put}, *_told(events)])

    def access_of(self, organization_id: str) -> tuple[Organization | None, tuple[TokenRecord, ...]]:
        """The whole settings partition of an organization."""
        found = list(self._calls.query(keys.access(organization_id, "").pk))
        organization = next((items.organization(item) for item in found if item["sk"]["S"] == items.SETTINGS_KEY), None)
        return organization, tuple(items.token(item) for item in found if item["k"]["S"] == "token")

    def change_tokens(
        self, organization: Organization, records: Sequence[TokenRecord], events: Sequence[ChangeEvent]
    ) -> bool:
        """Write the records and count the ledger up; False when the ledger or a record has moved."""
        writes = [_record_put(organization.id, record) for record in records]
        return self._calls.transact([_count(organization), *writes, *_told(events)])

    def relocate(self, organization: Organization, record: TokenRecord, location: HashLocation) -> bool:
        """Change two attributes of the record, and count the ledger up, so that nobody writes the old ones back."""
        move = {
            "Key": items.token_key(organization.id, record.key_id),
            "UpdateExpression": "SET #shard = :shard, revision = :revision",
            "ConditionExpression": "version = :version",
            "ExpressionAttributeNames": {"#shard": "shard"},
            "ExpressionAttributeValues": {
                ":shard": items.text(location.shard),
                ":revision": items.number(location.revision),
                ":version": items.number(record.version),
            },
        }
        return self._calls.transact([_count(organization), {"Update": move}])

    def add(self, organization_id: str, second: int, requests: int) -> int:
        """Count requests of one second. A count that is lost or doubled by a retry does no harm."""
        answer = self._verified(organization_id).call(
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


def _count(organization: Organization) -> Action:
    """Count the ledger up, if it is where it was."""
    count = {
        "Key": items.settings_key(organization.id),
        "UpdateExpression": "SET ledger = :next",
        "ConditionExpression": "ledger = :seen",
        "ExpressionAttributeValues": {
            ":seen": items.number(organization.ledger),
            ":next": items.number(organization.ledger + 1),
        },
    }
    return {"Update": count}


def _record_put(organization_id: str, record: TokenRecord) -> Action:
    put: dict[str, Any] = {"Item": items.token_item(organization_id, record), "ConditionExpression": _ABSENT}
    if record.version > 1:
        put["ConditionExpression"] = "version = :before"
        put["ExpressionAttributeValues"] = {":before": items.number(record.version - 1)}
    return {"Put": put}


def _told(events: Iterable[ChangeEvent]) -> list[Action]:
    return [change_put([event]) for event in events]
