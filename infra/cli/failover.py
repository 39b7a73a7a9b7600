"""`gangway failover`: prepare the second region's copy of the table to be worked with, before its stack does.

The first region may have told of changes that the copy never heard of. Their numbers would be given out again, to other
events; so every organization's log begins anew (`gangway.storage.log_beginning`), and whoever is sent the changes is
told to take a snapshot. What else there is to do is printed; docs/operations.md explains each step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer  # noqa: TC002  # typer reads annotations when it runs

from infra.cli.confirm import Yes, confirm
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, note, progress, show_json, show_table
from infra.cli.stack_table import aws_errors, stack_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.stack_table import StackTable

COLUMNS = (Column("ORGANIZATION", "name"), Column("GOES ON WITH EVENT", "number", right=True))


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=examples(("With the stack of the second region selected", "gangway failover")))(failover)


def failover(context: typer.Context, yes: Yes = False, output: As = Output.TEXT) -> None:
    """Prepare the stack of a second region to take over after the first was lost; then set its duty to active.

    Only for a loss: when the first stack can still be made to stand by, nothing is lost, and this is not needed.
    """
    table = stack_table(context.obj)
    if table.outputs.get("duty") != "standby":
        raise CliError(
            "This stack does not stand by.",
            "Choose that of the second region: gangway --stack NAME failover",
            code=Exit.REFUSED,
        )
    confirm(
        f"The changes of {table.name} that this region has not heard of are given up; applications take a snapshot.",
        yes=yes,
    )
    with aws_errors():
        begun = list(_begin_logs(table))
    steps = ["pulumi config set duty active", "pulumi up", *(f"gangway fsck {each['name']} --repair" for each in begun)]
    if output is Output.JSON:
        show_json({"table": table.name, "organizations": begun, "nextSteps": steps})
        return
    show_table(begun, COLUMNS, output, none="There is no organization.")
    note("\nNext, with this stack selected:\n" + "\n".join(f"  {step}" for step in steps))


def _begin_logs(table: StackTable) -> Iterator[dict[str, Any]]:
    from gangway.clock import SystemClock  # noqa: PLC0415  # takes its time, and help needs none
    from gangway.storage.log_beginning import take_over  # noqa: PLC0415
    from infra.cli.restoration import names_in  # noqa: PLC0415

    client, clock = table.clients("dynamodb"), SystemClock()
    organizations, by = names_in(client, table.name), table.operator
    with progress() as bar:
        task = bar.add_task("Letting logs begin anew", total=len(organizations))
        for name, organization_id in organizations.items():
            cause = by.cause(organization_id, clock.now())
            if number := take_over(client, table.name, organization_id, cause, clock):
                yield {"name": name, "number": number}
            bar.advance(task)
