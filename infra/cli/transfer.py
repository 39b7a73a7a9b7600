"""`gangway import` and `gangway export`: users, groups and members from and to files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path  # noqa: TC003  # typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from infra.cli.admin import AdminClient, connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.errors import BusyError, CliError, Exit
from infra.cli.examples import examples
from infra.cli.files import complete_or_not_at_all
from infra.cli.importing import ImportRun
from infra.cli.journal import Journal
from infra.cli.output import As, Column, Output, note, printable, progress, show_json, show_table
from infra.cli.patience import Patience
from infra.cli.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.progress import Progress

type Json = dict[str, Any]

COLUMNS = (
    Column("LINE", "line", right=True),
    Column("OUTCOME", "outcome"),
    Column("WHO", "who"),
    Column("WHY", "detail"),
)
# Help keeps single line breaks, hence the one line a paragraph.
HELP: Final = "\n\n".join(
    (
        "Create and update users, groups and members from a file; nothing is ever removed.",
        "Rows are matched by externalId, else by userName or displayName, so importing a file twice changes nothing "
        "twice. "
        "Rows that cannot be are shown with their lines and reasons, and hold up no other.",
        "An import that was interrupted, or whose rows were refused, goes on when the command is repeated.",
        "The columns of a CSV are SCIM paths: userName, externalId, displayName, active, name.givenName, "
        "name.familyName, title, email, phone, department, employeeNumber, …, and groups, names with ; in between.",
    )
)
_SHOWN: Final = 200


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(
        "import",
        help=HELP,
        epilog=examples(
            ("What would happen, row by row", "gangway import acme people.csv --dry-run"),
            ("Columns that are not named as in SCIM", "gangway import acme people.csv --map Login=userName"),
            ("From another organization's export", "gangway import acme globex.jsonl"),
        ),
    )(import_)
    app.command(
        epilog=examples(
            ("", "gangway export acme --to acme.jsonl"),
            ("Names only", "gangway export acme | jq -r .userName"),
        )
    )(export)


def import_(
    context: typer.Context,
    org: Org,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, or JSON: an array, or an object a line.", dir_okay=False, exists=True
        ),
    ],
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=PATH", help="What a CSV's column is. Repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    output: As = Output.TEXT,
) -> None:
    """Create and update users, groups and members from a file; see `HELP`."""
    client = connect(context)
    columns = columns_of(map_ or [])
    unique = client.get(path("orgs", org))["uniqueGroupNames"]
    with ExitStack() as stack:
        bar = stack.enter_context(progress())
        task = bar.add_task(f"Reading {file.name}", total=None)
        total = sum(1 for _row in rows_of(file, columns, unique_group_names=unique))
        bar.update(task, description="Rehearsing" if dry_run else f"Importing into {org}", total=total)
        journal = None if dry_run else stack.enter_context(closing(Journal(file, org, columns)))
        if journal and journal.done:
            note(f"Going on where the last import stopped: {len(journal.done)} of {total} rows are done.")
        report = _Report(output, dry_run=dry_run)
        run = ImportRun(client, org, journal, Patience(tell=partial(_waiting, bar)))
        with _hint_at_what_is_done(journal, total):
            for outcomes in run.outcomes(rows_of(file, columns, unique_group_names=unique)):
                report.add(outcomes)
                bar.advance(task, len(outcomes))
        if journal and not report.counts["refused"]:
            journal.remove()
    report.show()
    if report.counts["refused"]:
        raise typer.Exit(Exit.PROBLEMS)


def export(
    context: typer.Context,
    org: Org,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Without: standard output.")] = None,
) -> None:
    """Write all users, groups and memberships as JSON lines, which `gangway import` takes back.

    A file is there when the export is complete, and not before.
    """
    client = connect(context)
    with ExitStack() as stack:
        out = stack.enter_context(complete_or_not_at_all(to)) if to else sys.stdout
        bar = stack.enter_context(progress())
        task = bar.add_task(f"Exporting {org}", total=None)
        seen: set[str] = set()
        for piece in export_pieces(client, path("orgs", org, "export"), Patience(tell=partial(_waiting, bar))):
            for line in _consistent(piece["lines"], seen):
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
            bar.update(task, total=piece["expected"], completed=len(seen))


def export_pieces(client: AdminClient, at: str, patience: Patience | None = None) -> Iterator[Json]:
    """The pieces of an export, one request each."""
    patience = patience or Patience()
    cursor = None
    while True:
        piece = patience.ask(partial(client.get, at, cursor=cursor))
        yield piece
        cursor = piece["nextCursor"]
        if cursor is None:
            return


def columns_of(given: Sequence[str]) -> dict[str, str]:
    """What `--map` says: SCIM paths by column. Raises CliError."""
    columns = dict(each.partition("=")[::2] for each in given)
    if not all(columns.values()):
        raise CliError("--map takes COLUMN=PATH, such as Login=userName.", code=Exit.USAGE)
    return columns


def _waiting(bar: Progress, busy: BusyError) -> None:
    """Say why a bar stands still; above the bar, where it stays."""
    bar.console.print(Text(printable(f"{busy} Asking again for about a minute.")))


def _consistent(lines: Iterable[Json], seen: set[str]) -> Iterator[Json]:
    """Lines without members who have none: whoever came after the export had passed is no part of it."""
    for line in lines:
        if line["resourceType"] != "Members":
            seen.add(line["id"])
            yield line
        elif line["group"] in seen and (members := [each for each in line["members"] if each in seen]):
            yield {**line, "members": members}


@contextmanager
def _hint_at_what_is_done(journal: Journal | None, total: int) -> Iterator[None]:
    """Say how far an import came that ends here, and how to go on."""
    try:
        yield
    except CliError as error:
        if journal is not None:
            error.next_step = f"{error.next_step} {_how_to_go_on(journal, total)}".strip()
        raise
    except KeyboardInterrupt:
        if journal is not None:
            note(_how_to_go_on(journal, total))
        raise


def _how_to_go_on(journal: Journal, total: int) -> str:
    return f"{len(journal.done)} of {total} rows are done; repeat the command to go on with the others."


class _Report:
    """What became of the rows, and how it is shown."""

    def __init__(self, output: Output, *, dry_run: bool) -> None:
        self.counts: Counter[str] = Counter()
        self._output, self._dry_run = output, dry_run
        self._refused: list[Json] = []
        self._others: list[Json] = []

    def add(self, outcomes: Sequence[Json]) -> None:
        """Count rows; only those that will be shown are kept."""
        for each in outcomes:
            self.counts[each["outcome"]] += 1
            if each["outcome"] == "refused":
                self._refused.append(each)
            elif self._output is Output.JSON or (self._dry_run and len(self._others) <= _SHOWN):
                self._others.append(each)

    def show(self) -> None:
        """Show the report."""
        rows = [*self._refused, *self._others]
        if self._output is Output.JSON:
            show_json({"dryRun": self._dry_run, "outcomes": self.counts, "rows": sorted(rows, key=_by_line)})
            return
        all_of_them = self._dry_run and self.counts.total() <= _SHOWN
        shown = rows if all_of_them else self._refused
        if shown:
            show_table(sorted(shown, key=_by_line), COLUMNS, self._output)
        said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items())) or "no rows"
        note(f"{'Would be: ' if self._dry_run else ''}{said}.")
        if self._refused and not self._dry_run:
            note("Correct the refused rows and repeat the command; it changes nothing twice.")


def _by_line(told: Json) -> int:
    return int(told["line"])
