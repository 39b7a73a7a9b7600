"""The directory as a snapshot reads it: resources in order of their ids, members of a group in pieces."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from gangway.changes.snapshot import StoredResource
from gangway.directory.records import Position
from gangway.storage import keys
from gangway.storage.directory_store import open_directory
from gangway.storage.table import Table

if TYPE_CHECKING:
    from gangway.clock import Clock


class SnapshotReader:
    """Implements `gangway.changes.snapshot.DirectoryReader`."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._name = table
        self._clock = clock

    def resources(self, organization_id: str, resource_type: str, after: str, limit: int) -> list[StoredResource]:
        """See `gangway.changes.snapshot.DirectoryReader.resources`."""
        heads = open_directory(self._client, self._name, organization_id, self._clock).heads
        page = heads.page((resource_type,), Position(id=after), limit, cells=True)
        return [StoredResource(each.resource_type, each.id, each.version, each.document) for each in page.records]

    def members(self, organization_id: str, group_id: str, after: str, limit: int) -> list[str]:
        """See `gangway.changes.snapshot.DirectoryReader.members`."""
        directory = open_directory(self._client, self._name, organization_id, self._clock)
        group = directory.heads.record(group_id)
        if group is None:
            return []
        if group.intent is not None:
            # not all of them are items yet
            return list(islice((member for member in directory.members.of(group) if member > after), limit))
        partition = keys.member(organization_id, group_id, "").pk
        rows = Table(self._client, self._name, organization_id).query(partition, after=after, limit=limit)
        return [item["sk"]["S"] for item in rows.items]
