"""Many users through import and export on an emulator that isolates transactions.

A run of the whole suite takes 300; the full size is
`IMPORT_USERS=100000 uv run pytest tests/upkeep/test_size.py -n 0 -s`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from gangway.directory.upkeep.export import Export
from gangway.directory.upkeep.import_ import Import, Row
from gangway.storage.table import together
from tests.support.directories import REGISTRY, Desk, context_for
from tests.support.emulators import ministack, ministack_table

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ministack", "ministack_table"]

USERS = int(os.environ.get("IMPORT_USERS", "300"))
_BATCH = 200


def imported(desk: Desk, rows: Sequence[Row]) -> list[str]:
    """What becomes of rows that are sent as the command line sends them."""
    outcomes: list[str] = []
    for start in range(0, len(rows), _BATCH):
        importing = Import(desk.store, REGISTRY, context_for(desk.organization), desk.clock, together)
        outcomes += [each.outcome for each in importing.rows(rows[start : start + _BATCH], lambda: True)]
    return outcomes


@pytest.mark.slow
def test_given_many_users_when_imported_and_exported_then_all_are_there(ministack_table: Any) -> None:
    desk = Desk(ministack_table)
    rows = [
        Row(at, {"resourceType": "User", "userName": f"user {at}", "externalId": f"x-{at}", "active": at % 7 > 0})
        for at in range(USERS)
    ]
    began = time.monotonic()
    assert set(imported(desk, rows)) == {"created"}
    written = time.monotonic()
    export, cursor, names = Export(desk.store), None, list[str]()
    while True:
        piece = export.piece(cursor, lambda: True)
        names += [line["userName"] for line in piece.lines]
        cursor = piece.cursor
        if cursor is None:
            break
    read = time.monotonic()
    assert sorted(names) == sorted(f"user {at}" for at in range(USERS))
    assert export.expected() == USERS
    print(f"\n{USERS} users: import {written - began:.0f} s, export {read - written:.1f} s")
