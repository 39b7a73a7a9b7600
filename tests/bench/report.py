"""The one way in which benchmarks take and print their figures: an aligned table for people, JSON for programs.

A benchmark is a function that yields one `Figure` after another; `run` reads the command line, tells on standard
error which figure it is at, and prints the table (or, with `--output json`, one document) on standard output. Nothing
else goes there, so the output can be piped. A goal is printed beside the figure and never makes the run fail: what was
measured is what is printed.

    def figures() -> Iterator[Figure]:
        yield Figure("parse a filter", microseconds(lambda: parse(TEXT)), "µs", goal=36, beside={"scim2-models": 90.1})

    if __name__ == "__main__":
        run("The SCIM language", figures)
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    `goal` is what it should not exceed (`at_least` turns that round); `beside` holds the same thing measured in the
    same run for other implementations, in the same unit; `note` says what a reader must know to judge the number.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    beside: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def microseconds(work: Callable[[], object], *, rounds: int = 7, seconds: float = 0.1) -> float:
    """CPU time of one call of `work` in microseconds: of `rounds` rounds of about `seconds` each, the fastest.

    CPU time of this process, not the time on the wall, and the round that neighbours on the machine disturbed least.
    """
    work()
    calls = 1
    while (taken := _cpu_seconds(work, calls)) < seconds / 10:
        calls *= 2 if taken <= 0 else max(2, min(100, int(seconds / 10 / taken) + 1))
    calls = max(1, int(calls * seconds / taken))
    return min(_cpu_seconds(work, calls) for _ in range(rounds)) / calls * 1e6


def _cpu_seconds(work: Callable[[], object], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        work()
    return time.process_time() - started


def run(title: str, figures: Callable[[], Iterable[Figure]], arguments: Sequence[str] | None = None) -> None:
    """Take the figures and print them as the command line asks.

    `arguments` are those after the program's name; by default the command line's.
    """
    parser = argparse.ArgumentParser(
        description=f"{title}: measure and print.", epilog="Example: --output json | jq '.figures[] | {name, value}'"
    )
    parser.add_argument("--output", choices=("table", "json"), default="table", help="how to print (default: table)")
    chosen = parser.parse_args(arguments)
    taken: list[Figure] = []
    for figure in figures():
        taken.append(figure)
        _tell(f"{len(taken)}. {figure.name}")
    _tell("")
    print(as_json(title, taken) if chosen.output == "json" else as_table(title, taken))


def _tell(line: str) -> None:
    """Overwrite the progress line, when somebody is watching."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def as_table(title: str, figures: Sequence[Figure]) -> str:
    """The figures as text: names to the left, numbers to the right, a column for each implementation beside."""
    others = list(dict.fromkeys(name for figure in figures for name in figure.beside))
    heading = ["", "measured", "unit", "goal", *others, "note"]
    rows = [
        [
            figure.name,
            _number(figure.value),
            figure.unit,
            _goal(figure),
            *(_number(figure.beside[other]) if other in figure.beside else "" for other in others),
            figure.note,
        ]
        for figure in figures
    ]
    kept = [column for column in range(len(heading)) if column == 0 or any(row[column] for row in rows)]
    widths = [max(len(line[column]) for line in [heading, *rows]) for column in range(len(heading))]
    left = {0, 2, len(heading) - 1}

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cells[column].ljust(widths[column]) if column in left else cells[column].rjust(widths[column])
            for column in kept
        ).rstrip()

    rule = "-" * max(len(line(row)) for row in [heading, *rows])
    return "\n".join([title, _machine(), "", line(heading), rule, *map(line, rows)])


def as_json(title: str, figures: Sequence[Figure]) -> str:
    """The same as one JSON document."""
    return json.dumps(
        {"title": title, "machine": _machine(), "figures": [_plain(figure) for figure in figures]},
        indent=2,
        ensure_ascii=False,
    )


def _plain(figure: Figure) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": figure.name, "value": figure.value, "unit": figure.unit}
    if figure.goal is not None:
        plain |= {"goal": figure.goal, "met": figure.met}
    if figure.beside:
        plain["beside"] = dict(figure.beside)
    if figure.note:
        plain["note"] = figure.note
    return plain


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {_number(figure.goal)} {'✓' if figure.met else '✗'}"


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def _machine() -> str:
    busy = f"{os.getloadavg()[0]:.1f} processes wanted to run"
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {busy}"
