"""Wires the area of users and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.upkeep.erasure import Erasure
from gangway.directory.upkeep.undelete import Undelete
from gangway.http.admin.directory import directory_area
from gangway.storage import aws
from gangway.storage.traces import TraceTable
from handlers.areas.directories import Directories

if TYPE_CHECKING:
    from gangway.directory.context import RequestContext
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    directories = Directories(shared)

    def undelete(context: RequestContext) -> Undelete:
        return Undelete(directories.users(context), directories.deleted_users(context.organization_id))

    def erasure(context: RequestContext) -> Erasure:
        traces = TraceTable(aws.dynamodb(), shared.settings.table, context.organization_id, shared.clock)
        return Erasure(directories.users(context), directories.deleted_users(context.organization_id), traces)

    return directory_area(directories.door, undelete, erasure)
