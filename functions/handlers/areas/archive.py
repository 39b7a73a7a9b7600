"""Wires the area of archives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.http.admin.archive import archive_area
from gangway.http.admin.archive_sections import Kept
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.failures import FailureTable
from gangway.storage.unnumbered import UnnumberedTable
from handlers.areas.directories import Directories

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    directories, client, table, clock = Directories(shared), aws.dynamodb(), shared.settings.table, shared.clock
    kept = Kept(
        shared.tokens,
        directories.export,
        directories.deleted_users,
        EndpointTable(client, table, clock),
        ChangeLogTable(client, table, clock),
        UnnumberedTable(client, table),
        FailureTable(client, table, clock),
        clock,
    )
    return archive_area(directories.door, kept)
