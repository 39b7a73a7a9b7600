"""`gangway restore`: bring the table back as it was at a moment, under another name, ready for the stack to go on with.

What is asked of AWS is in `restoration`. Here it is decided, shown and explained; what is left for people (to let the
stack adopt the table, to check and resume each organization) is printed with every name filled in.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime  # noqa: TC003  # typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, note, progress, show_facts, show_json, show_table
from infra.cli.stack_table import aws_errors, stack_table
from infra.cli.times import past

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.cli.restoration import Restoration
    from infra.cli.stack_table import StackTable

COLUMNS = (
    Column("ORGANIZATION", "name"),
    Column("USERS", lambda row: f"{row['now']['users']} → {row['then']['users']}", right=True),
    Column("GROUPS", lambda row: f"{row['now']['groups']} → {row['then']['groups']}", right=True),
    Column("TOKENS", "tokens", right=True),
    Column("REVOKED", lambda row: ", ".join(row["revoked"])),
    Column("WEBHOOKS", "endpoints", right=True),
    Column("GOES ON WITH EVENT", "number", right=True),
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("What would be done", "gangway restore gangway-prod-restored --at 2026-11-25T08:00Z --dry-run"),
            ("To the latest moment, which is about five minutes ago", "gangway restore gangway-prod-restored"),
        )
    )(restore)


def restore(
    context: typer.Context,
    to: Annotated[str, typer.Argument(metavar="TABLE", help="Name that the restored table gets.")],
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=past, metavar="TIME", help="Moment to restore, such as 2026-11-25T08:00Z, or 2h: so long ago."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    output: As = Output.TEXT,
) -> None:
    """Restore the stack's table to a moment, as a new table that the stack can go on with.

    The present table is only read. Tokens, webhook endpoints and the numbers of events do not go back: they are carried
    over from the present table, and every organization of the restored one is paused. A restore that was interrupted
    goes on when the command is repeated. Exit code 7: somebody may still write to the present table.
    """
    table = stack_table(context.obj)
    with aws_errors():
        _restore(table, to, at, output, dry_run=dry_run)


def _restore(table: StackTable, to: str, at: datetime | None, output: Output, *, dry_run: bool) -> None:
    from gangway.clock import SystemClock  # noqa: PLC0415  # takes its time, and help needs none
    from infra.cli.restoration import Restoration, second  # noqa: PLC0415

    source = table.name
    if source == to:
        raise CliError(f"The stack uses {to} already.", "gangway fsck ORG, then gangway org resume ORG")
    restoration = Restoration(table.clients("dynamodb"), source, to)
    there = restoration.found()
    if there is None:
        restoration.check(at)
    active = restoration.not_paused()
    if dry_run:
        _show_plan(restoration, at, active, output, there=there is not None)
        return
    if there is None:
        restoration.begin(at)
    by = table.operator
    with progress() as bar:
        waiting = bar.add_task(f"Restoring {source} as {to}", total=None)
        point = restoration.wait(at)
        bar.update(waiting, total=1, completed=1)
        giving = bar.add_task("Giving back what a restore leaves out", total=5)
        for _ in restoration.give_back():
            bar.advance(giving)
        carrying = bar.add_task("Carrying over tokens, webhooks, numbers", total=len(restoration.names(to)))
        carried = []
        for since in restoration.carry_over(point, by, SystemClock()):
            carried.append(asdict(since))
            bar.advance(carrying)
    created = sorted(restoration.names(source).keys() - restoration.names(to).keys())
    steps = next_steps(to, carried)
    if output is Output.JSON:
        about: dict[str, Any] = {"source": source, "table": to, "restoredTo": second(point), "nextSteps": steps}
        show_json(about | {"organizations": carried, "createdSince": created, "notPaused": active})
    else:
        note(f"{to} is {source} as of {second(point)}.")
        _show_carried(carried, created, steps)
    if active:
        raise CliError(_not_paused(source, active), _PAUSE, code=Exit.PROBLEMS)


def next_steps(table: str, organizations: Sequence[dict[str, Any]]) -> list[str]:
    """What is left to do, as command lines."""
    deleted = [each["name"] for each in organizations if each["state"] in ("deleting", "deleted")]
    names = [each["name"] for each in organizations if each["name"] not in deleted]
    return [
        _UNPROTECT,
        f"pulumi config set restoredTable {table}",
        "pulumi up",
        *(f"gangway user erase {each['name']} {user}" for each in organizations for user in each["erased"]),
        *(f"gangway org delete {name} --users delete" for name in deleted),
        *(f"gangway fsck {name} --repair" for name in names),
        *(f"gangway org resume {name}" for name in names),
    ]


def _show_plan(
    restoration: Restoration, at: datetime | None, active: list[str], output: Output, *, there: bool
) -> None:
    from infra.cli.restoration import second  # noqa: PLC0415  # see above

    window, kept = restoration.window(), restoration.kept(restoration.source)
    if output is Output.JSON:
        plan = {"source": restoration.source, "table": restoration.target, "at": second(at or window.latest)}
        show_json(plan | {"exists": there, "giveBack": asdict(kept), "notPaused": active})
        return
    begin = "is there already, or on its way" if there else f"restored from {restoration.source}"
    facts = {
        "table": f"{restoration.target}, {begin}",
        "moment": second(at) if at else f"the latest, now {second(window.latest)}",
        "possible": f"{second(window.earliest)} to {second(window.latest)}",
        "stream": kept.stream,
        "expiry": kept.expiry,
        "recovery points": f"{kept.recovery_days} days",
        "protected": kept.protected,
        "tags": ", ".join(f"{key}={value}" for key, value in sorted(kept.tags.items())),
        "carried over": "tokens, webhook endpoints, numbers of events",
        "to be paused first": active,
    }
    show_facts({}, facts, output)


def _show_carried(carried: Sequence[dict[str, Any]], created: Sequence[str], steps: Sequence[str]) -> None:
    show_table(carried, COLUMNS, Output.TEXT, none="There was no organization then.")
    if created:
        note(f"Created since, and gone with the restore: {', '.join(created)}.")
    for each in carried:
        if each["state"] in ("deleting", "deleted"):
            note(f"{each['name']} was deleted since and is back, paused.")
        if each["erased"]:
            note(f"{each['name']}: {len(each['erased'])} people were erased since and are back; erase them again.")
    note("\nNext:\n" + "\n".join(f"  {step}" for step in steps))


_UNPROTECT = (
    "pulumi stack export | grep -o 'urn:[^\"]*::directory-[a-z]*' | sort -u | xargs -n 1 pulumi state unprotect --yes"
)
"""Else Pulumi refuses to put another table in the place of this one; neither is deleted."""
_PAUSE = "gangway org pause NAME for each, wait a minute, then repeat this command."


def _not_paused(table: str, active: Sequence[str]) -> str:
    return f"{len(active)} organizations are not paused, first {active[0]}: what is written to {table} now is lost."
