"""Wires the area of import and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.upkeep.import_ import Import
from gangway.http.admin.transfer import transfer_area
from gangway.storage.table import together
from handlers.areas.directories import Directories

if TYPE_CHECKING:
    from gangway.directory.context import RequestContext
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    directories = Directories(shared)

    def import_(context: RequestContext, rehearse: bool) -> Import:
        table = directories.table(context.organization_id)
        return Import(table, shared.registry, context, shared.clock, together, rehearse=rehearse)

    return transfer_area(directories.door, import_, directories.export)
