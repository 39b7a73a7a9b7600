"""Webhook endpoints in the table: one item each, changed under its revision.

An attempt is kept before its consequence is stored, and whether or not somebody else's consequence is stored instead:
it was made. Only where a number is passed over, the dead letter and the progress that passes over it are one
transaction. Whose turn it is to deliver is kept in the same item but outside the revision, as it is about politeness
and not about what happened.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from gangway.changes.webhooks.ports import Turn
from gangway.directory.ports import Collision
from gangway.storage import keys
from gangway.storage.endpoint_items import (
    DELIVERIES_KEPT_SECONDS,
    OPTIONAL,
    dead_letter_item,
    dead_letter_of,
    delivery_item,
    delivery_of,
    endpoint_item,
    milliseconds,
    progress_text,
    stored_of,
)
from gangway.storage.excerpts import endpoint_ids
from gangway.storage.items import item_of, number, text
from gangway.storage.table import Table, together
from gangway.storage.transaction import ABSENT, PRESENT, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gangway.changes.webhooks.endpoint import Endpoint, Progress
    from gangway.changes.webhooks.ports import DeadLetter, Delivery, Stored
    from gangway.clock import Clock
    from gangway.storage.items import Item


class EndpointTable:
    """Implements `gangway.changes.webhooks.ports.EndpointRecords` and `Turns`."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._name = table
        self._clock = clock

    def load(self, organization_id: str, endpoint_id: str) -> Stored | None:
        """See `gangway.changes.webhooks.ports.Endpoints.load`."""
        item = self._of(organization_id).get(keys.endpoint(organization_id, endpoint_id))
        return stored_of(item, organization_id, self._clock.now()) if item else None

    def endpoints(self, organization_id: str) -> list[Stored]:
        """See `gangway.changes.webhooks.ports.EndpointRecords.endpoints`."""
        found = self._of(organization_id).query_all(keys.endpoint(organization_id, "").pk)
        return [stored_of(item, organization_id, self._clock.now()) for item in found]

    def save(self, stored: Stored, progress: Progress, deliveries: Sequence[Delivery]) -> bool:
        """See `gangway.changes.webhooks.ports.Endpoints.save`."""
        organization_id = stored.endpoint.organization_id
        table = self._of(organization_id)
        together([partial(table.put, delivery_item(organization_id, delivery)) for delivery in deliveries])
        operation = uuid.uuid4().hex
        transaction = Transaction(operation)
        values = {
            ":seen": number(stored.revision),
            ":next": number(stored.revision + 1),
            ":p": text(progress_text(progress)),
            ":q": text(operation),
        }
        key = keys.endpoint(organization_id, stored.endpoint.id)
        transaction.update(key, "SET p = :p, r = :next, q = :q", "r = :seen", values)
        for delivery in deliveries:
            if delivery.outcome == "dead":
                transaction.put(dead_letter_item(organization_id, delivery))
        return _written(table, transaction)

    def add(self, endpoint: Endpoint, progress: Progress) -> None:
        """See `gangway.changes.webhooks.ports.EndpointRecords.add`."""
        transaction = Transaction(uuid.uuid4().hex)
        transaction.put(endpoint_item(endpoint, progress, 1), ABSENT)
        self._of(endpoint.organization_id).write(transaction)

    def change(self, stored: Stored, endpoint: Endpoint, progress: Progress, redriven: Sequence[int] = ()) -> bool:
        """See `gangway.changes.webhooks.ports.EndpointRecords.change`."""
        organization_id, operation = endpoint.organization_id, uuid.uuid4().hex
        transaction = Transaction(operation)
        # attribute by attribute, because whose turn it is lies in the same item and stays as it is
        item = endpoint_item(endpoint, progress, stored.revision + 1) | {"q": text(operation)}
        set_to = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        expression = "SET " + ", ".join(f"{name} = :{name}" for name in set_to)
        if gone := [name for name in OPTIONAL if name not in set_to]:
            expression += " REMOVE " + ", ".join(gone)
        values = {f":{name}": value for name, value in set_to.items()} | {":seen": number(stored.revision)}
        transaction.update(keys.endpoint(organization_id, endpoint.id), expression, "r = :seen", values)
        for letter in redriven:
            transaction.delete(keys.webhook_dead_letter(organization_id, endpoint.id, letter), PRESENT)
        return _written(self._of(organization_id), transaction)

    def remove(self, organization_id: str, endpoint_id: str) -> bool:
        """See `gangway.changes.webhooks.ports.EndpointRecords.remove`."""
        transaction = Transaction(uuid.uuid4().hex)
        transaction.delete(keys.endpoint(organization_id, endpoint_id), PRESENT)
        now = int(self._clock.now().timestamp())
        note = keys.removed_endpoint(organization_id, endpoint_id)
        transaction.put(item_of(note, "note", t=number(now), ttl=number(now + DELIVERIES_KEPT_SECONDS)))
        return _written(self._of(organization_id), transaction)

    def known_ids(self, organization_id: str) -> list[str]:
        """The ids of all endpoints, and of those that were removed while what was tried is still kept."""
        return endpoint_ids(self._of(organization_id))

    def deliveries(
        self, organization_id: str, endpoint_id: str, before: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """See `gangway.changes.webhooks.ports.EndpointRecords.deliveries`."""
        partition = keys.delivery(organization_id, endpoint_id, 0, 0).pk
        rows = self._of(organization_id).query(partition, after=before or "", limit=limit, backwards=True)
        return [delivery_of(item) for item in self._live(rows.items)], rows.last

    def deliveries_of(self, organization_id: str, endpoint_id: str, number: int) -> list[Delivery]:
        """See `gangway.changes.webhooks.ports.EndpointRecords.deliveries_of`."""
        partition = keys.delivery(organization_id, endpoint_id, 0, 0).pk
        found = self._of(organization_id).query_all(partition, prefix=f"{number:012d}#")
        return [delivery_of(item) for item in self._live(found)]

    def dead_letters(self, organization_id: str, endpoint_id: str, after: int, limit: int) -> list[DeadLetter]:
        """See `gangway.changes.webhooks.ports.EndpointRecords.dead_letters`."""
        first = keys.webhook_dead_letter(organization_id, endpoint_id, after + 1)
        last = keys.webhook_dead_letter(organization_id, endpoint_id, 10**12 - 1)
        rows = self._of(organization_id).query(first.pk, between=(first.sk, last.sk), limit=limit)
        return [dead_letter_of(item) for item in rows.items]

    def begin(self, organization_id: str, endpoint_id: str, until: datetime) -> Turn | None:
        """See `gangway.changes.webhooks.ports.Turns.begin`."""
        table, key = self._of(organization_id), keys.endpoint(organization_id, endpoint_id)
        now = number(milliseconds(self._clock.now()))
        free = "attribute_exists(pk) AND (attribute_not_exists(bu) OR bu <= :now)"
        while True:
            item = table.update(key, "SET bu = :until", free, {":now": now, ":until": number(milliseconds(until))})
            if item is not None:
                return Turn(organization_id, endpoint_id, until, _rings(item))
            if table.update(key, "ADD br :one", "bu > :now", {":now": now, ":one": number(1)}) is not None:
                return None
            if table.get(key) is None:
                return None

    def heard(self, turn: Turn) -> Turn:
        """See `gangway.changes.webhooks.ports.Turns.heard`."""
        item = self._of(turn.organization_id).get(keys.endpoint(turn.organization_id, turn.endpoint_id))
        return replace(turn, rings=_rings(item)) if item else turn

    def end(self, turn: Turn, *, anyway: bool = False) -> Turn | None:
        """See `gangway.changes.webhooks.ports.Turns.end`."""
        table, key = self._of(turn.organization_id), keys.endpoint(turn.organization_id, turn.endpoint_id)
        mine = number(milliseconds(turn.until))
        while True:
            rings = number(turn.rings)
            quiet = "(br = :rings OR attribute_not_exists(br))"
            if table.update(key, "REMOVE bu", f"bu = :mine AND {quiet}", {":mine": mine, ":rings": rings}):
                return None
            item = table.get(key)
            if item is None or item.get("bu") != mine:
                return None
            turn = replace(turn, rings=_rings(item))
            if not anyway:
                return turn

    def _of(self, organization_id: str) -> Table:
        return Table(self._client, self._name, organization_id)

    def _live(self, items: Iterable[Item]) -> list[Item]:
        # TTL deletes days late
        now = self._clock.now().timestamp()
        return [item for item in items if int(item["ttl"]["N"]) > now]


def _rings(item: Item) -> int:
    return int(item.get("br", {}).get("N", 0))


def _written(table: Table, transaction: Transaction) -> bool:
    try:
        table.write(transaction)
    except Collision:
        return False
    return True
