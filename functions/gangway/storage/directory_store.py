"""The directory of one organization, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gangway.storage.bookmarks import BookmarkTable
from gangway.storage.changes_table import ChangeTable
from gangway.storage.heads import HeadTable
from gangway.storage.members import MemberTable
from gangway.storage.table import Table
from gangway.storage.work_table import WorkTable

if TYPE_CHECKING:
    from gangway.clock import Clock


class DirectoryTable(NamedTuple):
    """Implements `gangway.directory.ports.DirectoryStore`."""

    heads: HeadTable
    members: MemberTable
    bookmarks: BookmarkTable
    changes: ChangeTable
    work: WorkTable


def open_directory(client: Any, table_name: str, organization_id: str, clock: Clock) -> DirectoryTable:
    """Open the directory of one organization.

    Args:
        client: a DynamoDB client (`gangway.storage.aws.dynamodb`).
        table_name: name of the table.
        organization_id: the organization's immutable id; nothing outside it can be reached.
        clock: tells what has expired.
    """
    table = Table(client, table_name, organization_id)
    heads = HeadTable(table)
    return DirectoryTable(
        heads,
        MemberTable(table, heads, clock),
        BookmarkTable(table, clock),
        ChangeTable(table),
        WorkTable(table, clock),
    )
