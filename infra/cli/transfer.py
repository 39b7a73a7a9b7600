"""`gangway import` and `gangway export`: users, groups and members from and to files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path  # noqa: TC003  # typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.cli.admin import AdminClient, connect, path
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.journal import Journal
from infra.cli.org import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.output import As, Column, Output, note, progress, show_json, show_table
from infra.cli.rows import FileRow, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

type Json = dict[str, Any]

COLUMNS = (
    Column("LINE", "line", right=True),
    Column("OUTCOME", "outcome"),
    Column("WHO", "who"),
    Column("WHY", "detail"),
)
_ROWS_PER_REQUEST: Final = 200
_BYTES_PER_REQUEST: Final = 600_000
_AT_ONCE: Final = 4
"""Requests at the same time; each writes eight rows at once, which is about what one partition of DynamoDB takes."""
_SHOWN: Final = 200
_TRIES: Final = 8


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(
        "import",
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
        Path, typer.Argument(help="CSV, or JSON: an array, or an object a line.", dir_okay=False, exists=True)
    ],
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=PATH", help="What a CSV's column is. Repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    output: As = Output.TEXT,
) -> None:
    """Create and update users, groups and members from a file; nothing is ever removed.

    Rows are matched by externalId, else by userName or displayName. An import that was interrupted goes on when the
    command is repeated. The columns of a CSV are SCIM paths: userName, externalId, displayName, active,
    name.givenName, name.familyName, title, email, phone, department, employeeNumber, …, and groups, names with ; in
    between.
    """
    client = connect(context)
    rows = list(rows_of(file, columns_of(map_ or [])))
    with ExitStack() as stack:
        journal = None if dry_run else stack.enter_context(closing(Journal(file, org)))
        if journal and journal.done:
            note(f"Going on where the last import stopped: {len(journal.done)} rows are done.")
        bar = stack.enter_context(progress())
        task = bar.add_task("Rehearsing" if dry_run else f"Importing into {org}", total=len(rows))
        told = []
        for batch in _Run(client, org, journal, dry_run=dry_run).outcomes(rows):
            told += batch
            bar.advance(task, len(batch))
        complete = all(each["outcome"] != "refused" for each in told)
        if journal and complete:
            journal.remove()
    _report(told, output, dry_run=dry_run)
    if not complete:
        raise typer.Exit(Exit.PROBLEMS)


class _Run:
    """One import."""

    def __init__(self, client: AdminClient, org: str, journal: Journal | None, *, dry_run: bool) -> None:
        self._client, self._org, self._journal, self._dry_run = client, org, journal, dry_run

    def outcomes(self, rows: Sequence[FileRow]) -> Iterator[list[Json]]:
        """What becomes of each row, in batches: resources some requests at a time, members one after the other."""
        yield [_told(row, "refused", row.error) for row in rows if row.error]
        numbered = [(f"{row.line}/{at}", row) for at, row in enumerate(rows) if not row.error]
        done = self._journal.done if self._journal else set()
        yield [_told(row, "done before") for key, row in numbered if key in done]
        left = [(key, row) for key, row in numbered if key not in done]
        for kind in ("User", "Group"):
            batches = _batches([each for each in left if each[1].resource["resourceType"] == kind])
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for answered in pool.map(self._send, batches):
                    yield self._write_down(answered)
        for key, row in left:
            if row.resource["resourceType"] == "Members":
                yield self._members(key, row)

    def _members(self, key: str, row: FileRow) -> list[Json]:
        if self._dry_run or self._journal is None:
            return [_told(row, "added")]
        ids = self._journal.ids
        resource = row.resource | {
            "group": ids.get(row.resource["group"], row.resource["group"]),
            "members": [ids.get(each, each) for each in row.resource["members"]],
        }
        return self._write_down(self._send([(key, FileRow(row.line, resource))]))

    def _write_down(self, answered: list[tuple[str, FileRow, Json]]) -> list[Json]:
        if self._journal is not None:
            self._journal.add(_line(key, row, told) for key, row, told in answered if told["outcome"] != "refused")
        return [_told(row, told["outcome"], told["detail"]) for _key, row, told in answered]

    def _send(self, batch: Sequence[tuple[str, FileRow]]) -> list[tuple[str, FileRow, Json]]:
        """Send rows until each has an answer: the server leaves out what it had no time for."""
        left = dict(enumerate(batch))
        answered: list[tuple[str, FileRow, Json]] = []
        fruitless = 0
        while left:
            rows = [{"line": number, "resource": row.resource} for number, (_key, row) in left.items()]
            told = self._client.post(path("orgs", self._org, "import"), {"rows": rows, "dryRun": self._dry_run})["rows"]
            fruitless = 0 if told else fruitless + 1
            if fruitless == _TRIES:
                raise CliError(
                    f"{self._org} is too busy with other changes.", "Repeat the command; it goes on where it stopped."
                )
            answered += [(*left.pop(each["line"]), each) for each in told]
        return answered


def export(
    context: typer.Context,
    org: Org,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Without: standard output.")] = None,
) -> None:
    """Write all users, groups and memberships as JSON lines, which `gangway import` takes back."""
    client = connect(context)
    with ExitStack() as stack:
        out = stack.enter_context(to.open("w", encoding="utf-8")) if to else sys.stdout
        bar = stack.enter_context(progress())
        task = bar.add_task(f"Exporting {org}", total=None)
        for piece in export_pieces(client, path("orgs", org, "export")):
            for line in piece["lines"]:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
            resources = sum(line["resourceType"] != "Members" for line in piece["lines"])
            bar.update(task, total=piece["expected"])
            bar.advance(task, resources)


def export_pieces(client: AdminClient, at: str) -> Iterator[Json]:
    """The pieces of an export, one request each."""
    cursor = None
    while True:
        piece = client.get(at, cursor=cursor)
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


def _batches(rows: Sequence[tuple[str, FileRow]]) -> Iterator[list[tuple[str, FileRow]]]:
    batch: list[tuple[str, FileRow]] = []
    size = 0
    for key, row in rows:
        length = len(json.dumps(row.resource))
        if batch and (len(batch) == _ROWS_PER_REQUEST or size + length > _BYTES_PER_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append((key, row))
        size += length
    if batch:
        yield batch


def _line(key: str, row: FileRow, told: Json) -> dict[str, str]:
    known = row.resource.get("id")
    return {"key": key, **({"from": known, "id": told["id"]} if known and told["id"] else {})}


def _told(row: FileRow, outcome: str, detail: str = "") -> Json:
    resource = row.resource
    who = resource.get("userName") or resource.get("displayName")
    if resource.get("resourceType") == "Members" and not detail:
        who = f"{len(resource['members'])} members"
    return {"line": row.line, "outcome": outcome, "who": who, "detail": detail}


def _report(told: Sequence[Json], output: Output, *, dry_run: bool) -> None:
    rows = sorted(told, key=lambda each: each["line"])
    counts = Counter(each["outcome"] for each in rows)
    if output is Output.JSON:
        show_json({"dryRun": dry_run, "outcomes": counts, "rows": rows})
        return
    shown = rows if dry_run and len(rows) <= _SHOWN else [each for each in rows if each["outcome"] == "refused"]
    if shown:
        show_table(shown, COLUMNS, output)
    said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())) or "no rows"
    note(f"{'Would be: ' if dry_run else ''}{said}.")
