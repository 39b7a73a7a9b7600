"""fsck: compare every item of an organization with what its resources imply, and put right what is not.

A transaction leaves the items of an organization in agreement, so what disagrees was lost or altered by something else:
a restore that was cut short, a hand in the console, a bug. The check reads while others write. What looks wrong at
first sight is therefore looked at again, all items of the question at one moment; only what is wrong then is a
finding. A repair is a transaction on condition that everything it was decided on is still so.

The work is done in slices that each take a few seconds, so it needs no more time than a request has; where the last
one stopped is in the cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from gangway.directory.upkeep.errors import InvalidCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Fault = Literal["missing", "altered", "duplicated", "orphaned"]
"""What is wrong with an item: it ought to be there; it is not as it ought to be; it is there twice; nothing has it."""

type Outcome = Literal["found", "repaired", "beyond repair"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One item that is not what it ought to be.

    Attributes:
        kind: kind of the item, for instance ``lookup``.
        where: its key without the organization; holds ids and hashes, no values.
        wrong: what was found.
        right: what would be right; with a repair, what was done.
    """

    kind: str
    fault: Fault
    where: str
    wrong: str
    right: str
    outcome: Outcome = "found"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A piece of one phase: how many items were looked at, what was found, and where to go on (None: at its end)."""

    checked: int
    findings: tuple[Finding, ...]
    after: str | None


class Inspector(Protocol):
    """Looks at the items of one organization, phase by phase."""

    @property
    def phases(self) -> Sequence[str]:
        """Their names, in the order in which repairs build on each other."""
        ...

    def expected(self) -> int:
        """About how many items there are to look at, for a progress bar."""
        ...

    def inspect(self, phase: str, after: str, *, repair: bool, has_time: Callable[[], bool]) -> Inspected:
        """Look at a piece of a phase, from the position `after` (empty: the beginning)."""
        ...


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice of the check came to.

    Attributes:
        phase: the phase that it ended in.
        checked: items looked at.
        cursor: where to go on; None when all is done.
    """

    phase: str
    checked: int
    findings: tuple[Finding, ...]
    cursor: str | None


class Fsck:
    """Checks one organization."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    def expected(self) -> int:
        """About how many items a whole check looks at."""
        return self._inspector.expected()

    def run(self, cursor: str | None, has_time: Callable[[], bool], *, repair: bool = False) -> Slice:
        """Go on until all is checked or time is over.

        Args:
            cursor: where the slice before stopped; None at the beginning.
            has_time: whether another piece may be begun.
            repair: put right what is found.

        Raises:
            InvalidCursor: the cursor is none of this check.
        """
        phases = list(self._inspector.phases)
        phase, _, after = cursor.partition(":") if cursor else (phases[0], "", "")
        if phase not in phases:
            raise InvalidCursor("This cursor is none of a check; begin without one.")
        checked, findings = 0, dict[tuple[str, str, str], Finding]()
        at = phases.index(phase)
        while at < len(phases):
            phase = phases[at]
            piece = self._inspector.inspect(phase, after, repair=repair, has_time=has_time)
            checked += piece.checked
            findings.update({(each.kind, each.fault, each.where): each for each in piece.findings})
            after = piece.after or ""
            at += piece.after is None
            if not has_time():
                break
        done = at == len(phases)
        return Slice(phase, checked, tuple(findings.values()), None if done else f"{phases[at]}:{after}")
