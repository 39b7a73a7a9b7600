"""How results are shown: tables and aligned facts for people, JSON for scripts.

Standard output carries the result and nothing else, so that it can be piped; notes, progress and errors go to standard
error. JSON is what the admin API answered, not a rendering of the table, so a script gets every member and no column
heading ever becomes an interface. Without a terminal, tables are neither coloured nor fitted to a width: `grep` finds
whole values.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

type Json = dict[str, Any]

_UNLIMITED = 10_000
"""Columns of a console that is no terminal."""

# Names come from identity providers. A terminal obeys control characters, and turns text round after a bidirectional
# override; both are shown by their number instead, in JSON as JSON spells it.
_OBEYED = (*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {number: f"\\u{number:04x}" for number in _OBEYED if number != ord("\n")}


class Output(StrEnum):
    """Who reads it."""

    TEXT = "text"
    JSON = "json"


As = Annotated[Output, typer.Option("--output", "-o", help="For people, or as JSON for scripts.")]
"""Declare it as `output: As = Output.TEXT` in every command that has a result."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: its title.
        value: a member's name, or what makes the text of a row.
        right: whether it is aligned to the right, as numbers are.
    """

    heading: str
    value: str | Callable[[Json], Any]
    right: bool = False

    def text(self, row: Json) -> str:
        """The cell of a row."""
        return cell(row.get(self.value) if isinstance(self.value, str) else self.value(row))


def cell(value: object) -> str:
    """A value as people write it."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return printable(", ".join(str(item) for item in value))
    return printable(str(value))


def printable(text: str) -> str:
    """A text as a terminal may be given it: what it would obey is shown by its number."""
    return text.translate(_SHOWN)


def show_table(rows: Iterable[Json], columns: Sequence[Column], output: Output, *, none: str = "Nothing.") -> None:
    """Show things of one kind.

    Args:
        rows: each as the admin API answers it.
        columns: what people see of each.
        output: a table, or a JSON array of the rows.
        none: what people read when there is none.
    """
    found = list(rows)
    if output is Output.JSON:
        show_json(found)
    elif not found:
        note(none)
    else:
        table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
        for column in columns:
            table.add_column(column.heading, justify="right" if column.right else "left", overflow="fold")
        for row in found:
            table.add_row(*(Text(column.text(row)) for column in columns))
        console().print(table)


def show_facts(thing: Json, facts: Mapping[str, object], output: Output) -> None:
    """Show one thing: what people see of it, by label, or the thing itself as JSON."""
    if output is Output.JSON:
        show_json(thing)
        return
    width = max(len(label) for label in facts)
    for label, value in facts.items():
        console().print(Text.assemble((label.ljust(width), "bold"), "  ", cell(value)), soft_wrap=True)


def show_json(value: object) -> None:
    """Write JSON, indented."""
    print(printable(json.dumps(value, indent=2, ensure_ascii=False)))


def show_json_line(value: object) -> None:
    """Write one of many JSON documents, a line each, at once."""
    print(printable(json.dumps(value, ensure_ascii=False)), flush=True)


def note(text: str) -> None:
    """Tell people something that is no result."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(printable(text)))


def console() -> Console:
    """Where results go."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNLIMITED)


def progress() -> Progress:
    """A progress bar on standard error, which only a terminal shows.

    `with progress() as bar: task = bar.add_task("Reading users", total=n); bar.advance(task)`. A total of None shows
    that something is going on.
    """
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
