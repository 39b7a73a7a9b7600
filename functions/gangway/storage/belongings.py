"""What an organization leaves behind, for the closing of it: its directory, its failures, its tokens and endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.closing import delete_all
from gangway.directory.context import RequestContext
from gangway.directory.identifiers import is_id
from gangway.directory.resources import Directory
from gangway.scim.dialect import STRICT, Dialect
from gangway.storage import keys
from gangway.storage.directory_store import open_directory
from gangway.storage.excerpts import endpoint_ids
from gangway.storage.removal import Removal
from gangway.storage.table import Table
from gangway.storage.value_removal import ValueRemoval

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.access.closing import HasTime
    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.clock import Clock
    from gangway.scim.schema import Registry


class OrganizationBelongings:
    """Implements `gangway.access.closing.Belongings`.

    Args:
        dynamodb: the client.
        table: name of the table.
        clock: tells the time.
        registry: gives the schemas; asked only when there is something to delete.
        remaining_ms: milliseconds until the function is stopped.
    """

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        clock: Clock,
        registry: Callable[[], Registry],
        remaining_ms: Callable[[], int],
    ) -> None:
        self._client = dynamodb
        self._name = table
        self._clock = clock
        self._registry = registry
        self._remaining_ms = remaining_ms

    def delete_resources(self, organization: Organization, by: Operator, has_time: HasTime) -> bool:
        """Through the directory's own use case, so that the events are the usual ones."""
        context = RequestContext(
            organization_id=organization.id,
            request_id=by.request_id,
            actor=by.principal,
            base_url="",
            cursor_key=b"",
            dialect=Dialect(STRICT),
            unknown_members=organization.unknown_members,
            required_attributes=(),
            remaining_ms=self._remaining_ms,
            tombstone_days=0,
            unique_group_names=organization.unique_group_names,
        )
        store = open_directory(self._client, self._name, organization.id, self._clock)
        return delete_all(store, Directory(store, self._registry(), context, self._clock), has_time)

    def remove_directory(self, organization: Organization, has_time: HasTime, *, values: bool) -> bool:
        """Once nothing is left to do in the background: only that knows of the memberships of users deleted before."""
        store = open_directory(self._client, self._name, organization.id, self._clock)
        if store.work.unfinished():
            return False
        table = self._table(organization)
        if values and not ValueRemoval(table, has_time, is_id).remove("people"):
            return False
        return Removal(table, has_time).remove_directory()

    def remove_rest(self, organization: Organization, has_time: HasTime) -> bool:
        """Values, tokens, endpoints with deliveries, dead letters, and last the notes; the log expires by itself."""
        table = self._table(organization)
        if not ValueRemoval(table, has_time, lambda _id: True).remove("all"):
            return False
        endpoints = keys.endpoint(organization.id, "").pk
        deliveries = [keys.delivery(organization.id, each, 0, 0).pk for each in endpoint_ids(table)]
        letters = keys.dead_letter(organization.id, "", "").pk
        notes = keys.erasure(organization.id, "").pk
        return Removal(table, has_time).remove_rest([*deliveries, endpoints, letters, notes])

    def _table(self, organization: Organization) -> Table:
        return Table(self._client, self._name, organization.id)
