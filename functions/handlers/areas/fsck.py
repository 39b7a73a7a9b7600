"""Wires the area of checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.upkeep.fsck import Fsck
from gangway.http.admin.fsck import fsck_area
from gangway.storage import aws
from gangway.storage.fsck.inspector import open_inspector

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""

    def fsck_of(organization_id: str) -> Fsck:
        client, table = aws.dynamodb(), shared.settings.table
        return Fsck(open_inspector(client, table, organization_id, shared.registry, shared.clock, shared.vault))

    return fsck_area(shared.organizations, fsck_of)
