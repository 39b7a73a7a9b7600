"""Counters: the sum of their cells must be the number of users, or groups, that are there.

Counting takes longer than a moment. It holds if no cell has changed from before to after, and to be sure that no
creation and deletion made up for each other, a difference counts only if it is found three times.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gangway.directory.ports import Collision
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, kind_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.directory.upkeep.fsck import Fault, Finding
    from gangway.storage.fsck.examiner import Examiner
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.table import Table

_TIMES: Final = 3
_ATTEMPTS: Final = 10
_TYPES: Final = ("User", "Group")


def examine_counters(ground: Ground, examiner: Examiner) -> list[Finding]:
    """Compare counters with what is there; under traffic that never ceases nothing is said of a counter."""
    findings: list[Finding] = []
    for resource_type in _TYPES:
        findings += examiner.certain(_judge_forms(ground, resource_type))
        difference = _certain_difference(ground, examiner.table, resource_type)
        if difference:
            findings += examiner.certain(_judge_sum(ground, resource_type, *difference))
    return findings


def _cells(ground: Ground, resource_type: str) -> list[keys.Key]:
    return [keys.counter(ground.organization, resource_type, cell) for cell in range(keys.COUNTER_CELLS)]


def _judge_forms(ground: Ground, resource_type: str) -> Judge:
    cells = _cells(ground, resource_type)

    def judge(sight: Sight) -> Iterator[Flaw]:
        for key, item in zip(cells, sight.all(cells), strict=True):
            if item is not None and (kind_of(item) != "counter" or number_of(item, "n") is None):
                right = items.item_of(key, "counter", n=items.number(number_of(item, "n") or 0))
                yield Flaw("counter", "altered", key, "cannot be read", "a number", {key: right})

    return judge


def _counted(ground: Ground, table: Table, resource_type: str) -> tuple[dict[str, int], int]:
    """The cells, and the number of resources."""
    first = keys.counter(ground.organization, resource_type, 0)
    cells = {item["sk"]["S"]: number_of(item, "n") or 0 for item in table.query_all(first.pk, prefix=first.sk[:2])}
    there = 0
    for partition in keys.head_partitions(ground.organization, resource_type):
        after: str | None = ""
        while after is not None:
            rows = table.query(partition, after=after, only_count=True)
            there, after = there + rows.number, rows.last
    return cells, there


def _certain_difference(ground: Ground, table: Table, resource_type: str) -> tuple[int, int] | None:
    """What is counted and what is there, if they certainly differ."""
    seen: Counter[tuple[int, int]] = Counter()
    for _attempt in range(_ATTEMPTS):
        before, there = _counted(ground, table, resource_type)
        if sum(before.values()) == there:
            return None
        first = keys.counter(ground.organization, resource_type, 0)
        after = {i["sk"]["S"]: number_of(i, "n") or 0 for i in table.query_all(first.pk, prefix=first.sk[:2])}
        if before == after:
            found = (sum(before.values()), there)
            seen[found] += 1
            if seen[found] == _TIMES:
                return found
    return None


def _judge_sum(ground: Ground, resource_type: str, counted: int, there: int) -> Judge:
    def judge(sight: Sight) -> Iterator[Flaw]:
        ordered = _cells(ground, resource_type)
        found = sight.all(ordered)
        if sum(number_of(item, "n") or 0 for item in found if item) != counted:
            raise Collision("counted meanwhile")
        lost = counted < there and None in found
        at = found.index(None) if lost else next((at for at, item in enumerate(found) if item), 0)
        key, cell = ordered[at], found[at]
        right = items.item_of(
            key, "counter", n=items.number((number_of(cell, "n") or 0 if cell else 0) + there - counted)
        )
        fault: Fault = "missing" if lost else "altered"
        yield Flaw("counter", fault, key, f"{counted} {resource_type}s are counted", f"there are {there}", {key: right})

    return judge
