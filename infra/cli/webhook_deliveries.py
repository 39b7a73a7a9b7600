"""`gangway webhook test|deliveries|redrive`: try an endpoint, see what it was sent, send again what was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.admin import connect
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, show_facts, show_table
from infra.cli.times import to_the_second
from infra.cli.webhook_views import EndpointId, endpoint_path

if TYPE_CHECKING:
    from infra.cli.admin import AdminClient

ATTEMPTS = (
    Column("EVENT", "number", right=True),
    Column("TIME", lambda row: to_the_second(row["time"])),
    Column("TRY", "attempt", right=True),
    Column("OUTCOME", "outcome"),
    Column("ANSWER", lambda row: row["answer"]["status"] or row["answer"]["failure"]),
    Column("MS", lambda row: row["answer"]["milliseconds"], right=True),
    Column("RESOURCE", "resourceId"),
    Column("REQUEST", "requestId"),
)
LETTERS = (
    Column("EVENT", "number", right=True),
    Column("GIVEN UP", lambda row: to_the_second(row["time"])),
    Column("REASON", "reason"),
    Column("RESOURCE", "resourceId"),
)


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of webhooks."""
    group.command("test")(send_test)
    group.command(
        epilog=examples(
            ("The last attempts", "gangway webhook deliveries acme ENDPOINT --last 20"),
            ("What was given up", "gangway webhook deliveries acme ENDPOINT --dead"),
        )
    )(deliveries)
    group.command(
        epilog=examples(
            ("All of them", "gangway webhook redrive acme ENDPOINT"),
            ("Two of them", "gangway webhook redrive acme ENDPOINT 4711 4712"),
        )
    )(redrive)


def send_test(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Post a signed test event now and show what the receiver answered."""
    answer = connect(context).post(endpoint_path(org, endpoint, "test"))
    facts = {
        "answer": answer["status"] or answer["failure"],
        "took": f"{answer['milliseconds']} ms",
        "body": answer["excerpt"],
    }
    show_facts(answer, facts, output)
    if not 200 <= (answer["status"] or 0) < 300:
        raise CliError(
            "The receiver did not accept the test event.",
            "It must answer any 2xx within 15 seconds, without a redirect.",
            code=Exit.PROBLEMS,
        )


def deliveries(
    context: typer.Context,
    org: Org,
    endpoint: EndpointId,
    last: Annotated[int, typer.Option(min=1, max=500, help="How many attempts to list.")] = 50,
    dead: Annotated[bool, typer.Option("--dead", help="List the events that were given up instead.")] = False,
    output: As = Output.TEXT,
) -> None:
    """List attempts at deliveries, newest event first: when, which try, what came of it, how long it took."""
    client = connect(context)
    if dead:
        found = client.items(endpoint_path(org, endpoint, "dead-letters"), "deadLetters")
        show_table(found, LETTERS, output, none="Nothing was given up.")
        return
    page = client.get(endpoint_path(org, endpoint, "deliveries"), limit=last)
    show_table(page["deliveries"], ATTEMPTS, output, none="Nothing was delivered in the last 30 days.")


def redrive(
    context: typer.Context,
    org: Org,
    endpoint: EndpointId,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="NUMBER", help="Numbers of events that were given up; or all.")
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Try events again that were given up."""
    client = connect(context)
    redriven = _redrive_all(client, org, endpoint) if not numbers else 0
    for start in range(0, len(numbers or ()), 50):
        body = {"numbers": (numbers or [])[start : start + 50]}
        redriven += client.post(endpoint_path(org, endpoint, "redrive"), body)["redriven"]
    show_facts({"redriven": redriven}, {"tried again": redriven}, output)


def _redrive_all(client: AdminClient, org: str, endpoint: str) -> int:
    redriven = 0
    while some := client.post(endpoint_path(org, endpoint, "redrive"))["redriven"]:
        redriven += some
    return redriven
