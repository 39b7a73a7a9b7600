"""Letting a log begin anew, above every number that was ever given out, when a directory has gone back in time.

It happens when a table was restored, and when another region took over that had not heard of the last changes. Numbers
that were given out since would be given to other events, and events would get ids that others had, because ids are
made of versions and versions repeat; whoever remembers numbers or ids would take what is new for what he has heard. So
the log goes on higher up, with `directory.restored`: applications that read it, or find a gap and may not read over it,
take a snapshot. Ids of all later events say how often the directory was restored.

The numbers that are passed over are in no log. `first` in the log's head tells where it begins now.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.entry import enter
from gangway.changes.tell_access import directory_restored
from gangway.changes.webhooks.endpoint import Progress
from gangway.storage import items, keys
from gangway.storage.endpoint_items import endpoint_item
from gangway.storage.endpoints import EndpointTable
from gangway.storage.log_move import Head, read_head
from gangway.storage.organization_items import settings_item
from gangway.storage.organizations import OrganizationTable
from gangway.storage.table import Table
from gangway.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.changes.event import Cause
    from gangway.changes.webhooks.ports import Stored
    from gangway.clock import Clock
    from gangway.storage.items import Item

UNSEEN_NUMBERS: Final = 20 * keys.LOG_BUCKET
"""More than an hour's at 50 a second. Far more than a replica may not have heard of; readers pass over them quickly."""
_TOLD_FOR: Final = timedelta(days=30)
"""How long the event is kept at least; entries of the log expire in the order of their numbers."""


def begin_log(
    table: Table,
    number: int,
    version: int,
    told: Mapping[str, Any],
    cause: Cause,
    beside: Head | None = None,
) -> None:
    """Write `directory.restored` as the first entry of the log that goes on from here.

    Args:
        table: of the organization.
        number: the event's; above all that were ever given out.
        version: of the organization's settings, which is not told otherwise.
        told: what it says.
        cause: who did it, when.
        beside: head of another log of this organization, which must not have the ids that follow here either.

    Raises:
        Unavailable, Collision: the table cannot be reached, or is being used.
    """
    organization_id, head = table.organization_id, read_head(table)
    beside = beside or head
    restores = max(head.restores, beside.restores) + 1
    event = directory_restored(cause, version, told)
    entry = enter(event._replace(id=f"{organization_id}-restored-r{restores}"), number, head.seal)
    least = int((datetime.fromisoformat(cause.time) + _TOLD_FOR).timestamp())
    ttl, first = items.number(max(head.expires_at, beside.expires_at, least)), items.number(number)
    transaction = Transaction(uuid.uuid4().hex)
    log = {"e": items.text(entry.skeleton), "s": items.text(entry.seal), "ttl": ttl}
    transaction.put(items.item_of(keys.log_entry(organization_id, number), "log", **log))
    if entry.values:
        values = {"e": items.text(entry.values.text), "s": items.text(entry.values.salt), "ttl": ttl}
        key = keys.event_values(organization_id, organization_id, number)
        transaction.put(items.item_of(key, "values", **values))
    at_head = {"n": first, "s": items.text(entry.seal), "x": ttl, "f": first, "r": items.number(restores)}
    transaction.put(items.item_of(keys.log_head(organization_id), "head", **at_head))
    transaction.put(items.item_of(keys.bus_cursor(organization_id), "cursor", n=items.number(number - 1)))
    table.write(transaction)


def seated(stored: Stored, number: int) -> Item:
    """An endpoint's item when it is to go on with a number, and waits for nothing before."""
    was = stored.progress
    progress = Progress(number, disabled=was.disabled, last_success=was.last_success)
    return endpoint_item(stored.endpoint, progress, stored.revision + 1)


def take_over(client: DynamoDBClient, table_name: str, organization_id: str, cause: Cause, clock: Clock) -> int | None:
    """Let a replica's log begin anew because its region takes over; None: the organization is deleted.

    Repeating it does nothing unless something was told since.

    Raises:
        Unavailable, Collision: the table cannot be reached, or is being used.
    """
    organization, _tokens = OrganizationTable(client, table_name).access_of(organization_id)
    if organization is None or organization.state == "deleted":
        return None
    table = Table(client, table_name, organization_id)
    head = read_head(table)
    if head.restores and head.first == head.number:
        return head.first
    number = (head.number // keys.LOG_BUCKET + 1) * keys.LOG_BUCKET + UNSEEN_NUMBERS
    for stored in EndpointTable(client, table_name, clock).endpoints(organization_id):
        table.put(seated(stored, number))
    table.put(settings_item(organization._replace(version=organization.version + 1)))
    begin_log(table, number, organization.version + 1, {"reason": "failover"}, cause)
    return number
