"""The directory of an organization, as areas that read or write users and groups open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.resources import Directory
from gangway.directory.upkeep.export import Export
from gangway.directory.users import Users
from gangway.http.admin.directory import DirectoryDoor
from gangway.storage import aws
from gangway.storage.deleted_users import DeletedUserTable
from gangway.storage.directory_store import DirectoryTable, open_directory

if TYPE_CHECKING:
    from gangway.directory.context import RequestContext
    from handlers.areas.shared import Shared


class Directories:
    """Opens directories."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        settings = shared.settings
        self.door = DirectoryDoor(
            shared.organizations, shared.registry, self.directory, settings.public_url, settings.tombstone_days
        )

    def table(self, organization_id: str) -> DirectoryTable:
        """The directory of an organization in the table."""
        return open_directory(aws.dynamodb(), self._shared.settings.table, organization_id, self._shared.clock)

    def deleted_users(self, organization_id: str) -> DeletedUserTable:
        """The deleted users of an organization."""
        return DeletedUserTable(aws.dynamodb(), self._shared.settings.table, organization_id)

    def users(self, context: RequestContext) -> Users:
        """The users of an organization, for one request."""
        return Users(self.table(context.organization_id), self._shared.registry, context, self._shared.clock)

    def directory(self, context: RequestContext) -> Directory:
        """Users and groups of an organization, for one request."""
        return Directory(self.table(context.organization_id), self._shared.registry, context, self._shared.clock)

    def export(self, context: RequestContext) -> Export:
        """Exports users, groups and members, for one request."""
        return Export(self.table(context.organization_id))
