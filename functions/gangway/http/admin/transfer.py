"""Import and export of an organization's users, groups and memberships, in slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from gangway.directory.upkeep.errors import InvalidCursor
from gangway.directory.upkeep.import_ import Import, Row
from gangway.http.admin.models import AdminModel
from gangway.http.admin.operation import SUPPORT, AdminCall, Area, Operation
from gangway.http.admin.paging import cursor_to, position_of
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.directory.context import RequestContext
    from gangway.directory.upkeep.export import Export
    from gangway.directory.upkeep.import_ import Imported
    from gangway.http.admin.directory import DirectoryDoor

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    InvalidCursor: ProblemType(400, "invalid-cursor", "The cursor cannot be used"),
}
MAX_ROWS = 1000


class ImportRow(AdminModel):
    """One row of a file."""

    line: int
    """Its line in the file; the answer refers to it."""
    resource: dict[str, Any]
    """A user or group with its `resourceType`; or `Members` with `group` and `members`, which are ids. In a dry run, a
    `group` of null is one that would have been created."""


class ImportSlice(AdminModel):
    """Some rows to import."""

    rows: Annotated[tuple[ImportRow, ...], Field(min_length=1, max_length=MAX_ROWS)]
    dry_run: bool = False
    """Whether only to say what would happen."""


class ImportedView(AdminModel):
    """What became of a row."""

    line: int
    outcome: Literal["created", "updated", "unchanged", "refused"]
    id: str | None
    """Of the resource; null if there is none, or none yet."""
    detail: str
    """Why it was refused."""

    @classmethod
    def of(cls, imported: Imported) -> ImportedView:
        """The view of a row's outcome."""
        return cls(line=imported.line, outcome=imported.outcome, id=imported.resource_id, detail=imported.detail)


class ImportReport(AdminModel):
    """What became of the rows; those that are missing were not tried for lack of time and are to be sent again."""

    rows: tuple[ImportedView, ...]


class ExportQuery(AdminModel):
    """Which piece of an export."""

    cursor: str | None = None
    """`nextCursor` of the piece before."""


class ExportPiece(AdminModel):
    """Some lines of an export, in the form that an import takes."""

    lines: tuple[dict[str, Any], ...]
    expected: int
    """About how many users and groups the whole export has."""
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Transfer:
    door: DirectoryDoor
    open_import: Callable[[RequestContext, bool], Import]
    open_export: Callable[[RequestContext], Export]

    def take(self, call: AdminCall) -> ImportReport:
        wanted = call.body(ImportSlice)
        importing = self.open_import(self.door.context(call), wanted.dry_run)
        done = importing.rows([Row(row.line, row.resource) for row in wanted.rows], call.has_time)
        return ImportReport(rows=tuple(ImportedView.of(each) for each in done))

    def give(self, call: AdminCall) -> ExportPiece:
        wanted = call.query(ExportQuery)
        export = self.open_export(self.door.context(call))
        piece = export.piece(position_of(wanted.cursor) or None, call.has_time)
        return ExportPiece(lines=piece.lines, expected=export.expected(), next_cursor=cursor_to(piece.cursor))


def transfer_area(
    door: DirectoryDoor,
    open_import: Callable[[RequestContext, bool], Import],
    open_export: Callable[[RequestContext], Export],
) -> Area:
    """The routes of import and export; `open_import` is told whether to write nothing."""
    here = _Transfer(door, open_import, open_export)
    taking = Operation("Import users, groups and members.", here.take, body=ImportSlice, returns=ImportReport)
    giving = Operation(
        "Export users, groups and members.", here.give, query=ExportQuery, returns=ExportPiece, roles=SUPPORT
    )
    routes = [Route("/orgs/{org}/import", {"POST": taking}), Route("/orgs/{org}/export", {"GET": giving})]
    return Area("Import and export", routes, PROBLEMS)
