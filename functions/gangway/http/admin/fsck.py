"""Checking an organization's items, in slices: each request goes on where the one before stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gangway.access.errors import WrongState
from gangway.directory.upkeep.errors import InvalidCursor
from gangway.http.admin.models import AdminModel
from gangway.http.admin.operation import AdminCall, Area, Operation
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.organizations import Organizations
    from gangway.directory.upkeep.fsck import Finding, Fsck

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    InvalidCursor: ProblemType(400, "invalid-cursor", "The cursor cannot be used"),
    WrongState: ProblemType(409, "wrong-state", "This cannot be done in the present state"),
}


class FsckSlice(AdminModel):
    """Which slice of a check to do."""

    cursor: str | None = None
    """`nextCursor` of the slice before; null at the beginning."""
    repair: bool = False
    """Whether to put right what is found."""


class FindingView(AdminModel):
    """An item that is not what the organization's users and groups imply."""

    kind: str
    """Kind of the item."""
    fault: Literal["missing", "altered", "duplicated", "orphaned"]
    where: str
    """Its key; ids and hashes, no values."""
    wrong: str
    """What was found."""
    right: str
    """What would be right."""
    outcome: Literal["found", "repaired", "beyond repair"]

    @classmethod
    def of(cls, finding: Finding) -> FindingView:
        """The view of a finding."""
        return cls(
            kind=finding.kind,
            fault=finding.fault,
            where=finding.where,
            wrong=finding.wrong,
            right=finding.right,
            outcome=finding.outcome,
        )


class FsckReport(AdminModel):
    """What a slice of a check came to."""

    phase: str
    """What was being looked at when the slice ended."""
    checked: int
    """Items looked at in this slice."""
    expected: int
    """About how many items a whole check looks at."""
    findings: tuple[FindingView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Fsck:
    organizations: Organizations
    open_fsck: Callable[[str], Fsck]

    def run(self, call: AdminCall) -> FsckReport:
        wanted = call.body(FsckSlice)
        organization = self.organizations.get(call.parameters["org"])
        if organization.state == "deleting":
            raise WrongState("The organization is being deleted, so its items need not agree; restore it first.")
        fsck = self.open_fsck(organization.id)
        done = fsck.run(wanted.cursor, call.has_time, repair=wanted.repair)
        return FsckReport(
            phase=done.phase,
            checked=done.checked,
            expected=fsck.expected(),
            findings=tuple(FindingView.of(each) for each in done.findings),
            next_cursor=done.cursor,
        )


def fsck_area(organizations: Organizations, open_fsck: Callable[[str], Fsck]) -> Area:
    """The route of checks; `open_fsck` gives the check of an organization by its id."""
    here = _Fsck(organizations, open_fsck)
    summary = "Check that all items of an organization agree with its users and groups, and repair them if asked to."
    running = Operation(summary, here.run, body=FsckSlice, returns=FsckReport)
    return Area("Upkeep", [Route("/orgs/{org}/fsck", {"POST": running})], PROBLEMS)
