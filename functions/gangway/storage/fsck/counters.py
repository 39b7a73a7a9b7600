"""Counters: the sum of their cells must be the number of users, or groups, that are there.

Counting takes longer than a moment. It holds if no cell has changed from before to after, and to be sure that no
creation and deletion made up for each other, a difference counts only if it is found three times.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, Part, key_of, kind_of, number_of

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
    findings = examiner.certain(_judge_forms(ground))
    for resource_type in _TYPES:
        for _again in range(_TIMES):
            difference = _certain_difference(ground, examiner.table, resource_type)
            found = examiner.certain(_judge_sum(ground, resource_type, *difference)) if difference else []
            findings += found
            if found or not difference:
                break
    return findings


def _cells(ground: Ground, resource_type: str) -> list[keys.Key]:
    return [keys.counter(ground.organization, resource_type, cell) for cell in range(keys.COUNTER_CELLS)]


def _judge_forms(ground: Ground) -> Judge:
    cells = {key for resource_type in _TYPES for key in _cells(ground, resource_type)}
    part = Part(keys.counter(ground.organization, "User", 0).pk)

    def judge(sight: Sight) -> Iterator[Flaw]:
        for item in sight.part(part):
            key = key_of(item)
            number = number_of(item, "n")
            if key not in cells:
                yield Flaw("counter", "duplicated", key, "no counter has such a cell", "not there", {key: None})
            elif kind_of(item) != "counter" or number is None:
                right = items.item_of(key, "counter", n=items.number(number or 0))
                yield Flaw("counter", "altered", key, "cannot be read", "a number", {key: right})

    return judge


def _counted(ground: Ground, table: Table, resource_type: str) -> tuple[dict[str, int], int]:
    """The cells, and the number of resources."""
    cells = _in_cells(ground, table, resource_type)
    there = 0
    for partition in keys.head_partitions(ground.organization, resource_type):
        after: str | None = ""
        while after is not None:
            rows = table.query(partition, after=after, only_count=True)
            there, after = there + rows.number, rows.last
    return cells, there


def _in_cells(ground: Ground, table: Table, resource_type: str) -> dict[str, int]:
    own = _cells(ground, resource_type)
    found = table.query_all(own[0].pk, prefix=own[0].sk[:2])
    return {item["sk"]["S"]: number_of(item, "n") or 0 for item in found if key_of(item) in own}


def _certain_difference(ground: Ground, table: Table, resource_type: str) -> tuple[int, int] | None:
    """What is counted and what is there, if they certainly differ."""
    seen: Counter[tuple[int, int]] = Counter()
    for _attempt in range(_ATTEMPTS):
        before, there = _counted(ground, table, resource_type)
        if sum(before.values()) == there:
            return None
        if _in_cells(ground, table, resource_type) == before:
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
            return  # somebody came or went meanwhile, and it is counted once more
        lost = counted < there and None in found
        at = found.index(None) if lost else next((at for at, item in enumerate(found) if item), 0)
        key, cell = ordered[at], found[at]
        right = items.item_of(
            key, "counter", n=items.number((number_of(cell, "n") or 0 if cell else 0) + there - counted)
        )
        fault: Fault = "missing" if lost else "altered"
        yield Flaw("counter", fault, key, f"{counted} {resource_type}s are counted", f"there are {there}", {key: right})

    return judge
