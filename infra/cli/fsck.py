"""`gangway fsck`: compare what an organization's items say with what they must say, and repair them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.admin import AdminClient, connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.errors import Exit
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, note, progress, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = (
    Column("KIND", "kind"),
    Column("FAULT", "fault"),
    Column("WHERE", "where"),
    Column("WRONG", "wrong"),
    Column("RIGHT", "right"),
    Column("OUTCOME", "outcome"),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("Look only; exit code 7 if anything is wrong", "gangway fsck acme"),
            ("Put right what is wrong", "gangway fsck acme --repair"),
            ("For a script", "gangway fsck acme -o json | jq '.[].where'"),
        )
    )(fsck)


def fsck(
    context: typer.Context,
    org: Org,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what is found.")] = False,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """Check that every item of an organization agrees with its users and groups.

    Traffic may go on meanwhile, also while it is repaired. What cannot be repaired says what to do.
    """
    client = connect(context)
    if repair:
        confirm(f"What is wrong with the items of {org} is put right; lost events are told again.", yes=yes)
    with progress() as bar:
        task = bar.add_task(f"Checking {org}", total=None)
        findings: dict[tuple[str, str], dict[str, Any]] = {}
        for piece in _slices(client, org, repair=repair):
            bar.update(task, description=f"Checking {org}: {piece['phase']}", total=piece["expected"])
            bar.advance(task, piece["checked"])
            for each in piece["findings"]:
                findings.setdefault((each["kind"], each["where"]), each)
    if output is Output.JSON:
        show_json(list(findings.values()))
    else:
        show_table(findings.values(), COLUMNS, output, none=f"All items of {org} agree.")
    if any(each["outcome"] != "repaired" for each in findings.values()):
        if not repair and output is Output.TEXT:
            note(f"Put them right with `gangway fsck {org} --repair`.")
        raise typer.Exit(Exit.PROBLEMS)


def _slices(client: AdminClient, org: str, *, repair: bool) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        piece = client.post(path("orgs", org, "fsck"), {"cursor": cursor, "repair": repair})
        yield piece
        cursor = piece["nextCursor"]
        if cursor is None:
            return
