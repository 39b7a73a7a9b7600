"""The phases of a check, each a walk over partitions that can stop after any page and go on from there.

Partition keys follow from ids and constants, so nothing scans: the log names what was, lookups and memberships name
what ought to be, and heads say what is. An order of the phases matters for repairs only: the log comes first, because
what it has lost must not be taken for a change that was never told; memberships come before the counts of the cells,
which decide about a half of a membership that is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.examiner import Examiner
from gangway.storage.fsck.ground import Ground
from gangway.storage.fsck.walks.deleted import deleted
from gangway.storage.fsck.walks.log import log, oldest
from gangway.storage.fsck.walks.lookups import PARTITIONS, lookups
from gangway.storage.fsck.walks.memberships import groups_of, members
from gangway.storage.fsck.walks.records import access, records
from gangway.storage.fsck.walks.resources import cells, groups, resources
from gangway.storage.fsck.walks.rest import counters, outbox, work
from gangway.storage.fsck.walks.walk import Walk
from gangway.storage.log_move import read_head
from gangway.storage.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gangway.access.ports import TokenShards
    from gangway.clock import Clock
    from gangway.scim.schema import Registry
    from gangway.storage.fsck.walks.walk import Phase

PHASES: Final[Mapping[str, Phase]] = {
    "log": log,
    "outbox": outbox,
    "users": resources("User"),
    "groups": resources("Group"),
    "lookups": lookups,
    "cells": cells,
    "members": members,
    "memberships of users": groups_of("User"),
    "memberships of groups": groups_of("Group"),
    "the deleted": deleted,
    "counts of members": groups,
    "work": work,
    "counters": counters,
    "settings and tokens": access,
    "records": records,
}


class TableInspector:
    """Implements `gangway.directory.upkeep.fsck.Inspector`.

    Args:
        table: the organization's part of the table.
        registry: its schemas.
        clock: dates notes and events.
        hashes: the vault of token hashes, if tokens are to be compared with it.
    """

    def __init__(self, table: Table, registry: Registry, clock: Clock, hashes: TokenShards | None = None) -> None:
        self._table = table
        self._ground = Ground(table.organization_id, registry, clock)
        self._hashes = hashes

    @property
    def phases(self) -> Sequence[str]:
        """See `gangway.directory.upkeep.fsck.Inspector.phases`."""
        return tuple(PHASES)

    def expected(self) -> int:
        """Three looks at each user and five at each group, and one at each entry of the log; lookups are not known."""
        counted = dict.fromkeys("UG", 0)
        for item in self._table.query_all(keys.counter(self._ground.organization, "User", 0).pk):
            counted[item["sk"]["S"][:1]] = counted.get(item["sk"]["S"][:1], 0) + int(item.get("n", {}).get("N", 0))
        entries = max(0, read_head(self._table).number + 1 - oldest(self._walk(repair=False)))
        return 3 * counted["U"] + 5 * counted["G"] + entries + PARTITIONS

    def inspect(self, phase: str, after: str, *, repair: bool, has_time: Callable[[], bool]) -> Inspected:
        """See `gangway.directory.upkeep.fsck.Inspector.inspect`."""
        walk = self._walk(repair=repair)
        checked, findings, at = 0, list[Finding](), after
        while True:
            piece = PHASES[phase](walk, at)
            checked += piece.checked
            findings += piece.findings
            if piece.after is None or not has_time():
                return Inspected(checked, tuple(findings), piece.after)
            at = piece.after

    def _walk(self, *, repair: bool) -> Walk:
        return Walk(self._table, self._ground, Examiner(self._table, repair=repair), self._hashes)


def open_inspector(
    client: Any,
    table_name: str,
    organization_id: str,
    registry: Registry,
    clock: Clock,
    hashes: TokenShards | None = None,
) -> TableInspector:
    """The inspector of one organization."""
    return TableInspector(Table(client, table_name, organization_id), registry, clock, hashes)
