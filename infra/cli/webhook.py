"""`gangway webhook`: add, test, watch and repair the endpoints that hear of an organization's changes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from infra.cli.admin import connect, path
from infra.cli.confirm import Yes, confirm
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.org import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.output import As, Column, Output, console, note, show_facts, show_json, show_table
from infra.cli.times import span, to_the_minute, to_the_second

if TYPE_CHECKING:
    from infra.cli.admin import AdminClient
    from infra.cli.output import Json

group = typer.Typer(
    help="Webhooks: endpoints of an application that hear of every change, in order and signed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


class Form(StrEnum):
    """What is posted."""

    THIN = "thin"
    FULL = "full"
    SET = "set"


EndpointId = Annotated[
    str, typer.Argument(metavar="ENDPOINT", help="Which endpoint: its id; see `gangway webhook list ORG`.")
]
FormOption = Annotated[
    Form | None,
    typer.Option(
        "--form", help="thin: without values; full: with values; set: security event tokens.", show_default="thin"
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Event type to hear of, such as user.deactivated. Repeatable."),
]
Description = Annotated[str | None, typer.Option("--description", "-d", help="What people call it.")]
Audience = Annotated[str | None, typer.Option(metavar="TEXT", help="`aud` of security event tokens.")]


def _state(endpoint: Json) -> str:
    if endpoint["disabled"]:
        return f"disabled: {endpoint['disabled']}"
    return "replaying" if endpoint["replayUntil"] else "enabled"


COLUMNS = (
    Column("ENDPOINT", "id"),
    Column("URL", "url"),
    Column("FORM", "form"),
    Column("STATE", _state),
    Column("BEHIND", "behind", right=True),
    Column("WAITING", "heldEvents", right=True),
    Column("LAST SUCCESS", lambda row: to_the_second(row["lastSuccess"]) or "never"),
)
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


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    app.add_typer(group, name="webhook")


@group.command(
    epilog=examples(
        ("", "gangway webhook add acme https://app.example.com/hooks/gangway"),
        (
            "With values, and only of people who leave",
            "gangway webhook add acme https://app.example.com/hooks/gangway --form full "
            "--type user.deactivated --type user.deleted",
        ),
    )
)
def add(
    context: typer.Context,
    org: Org,
    url: Annotated[str, typer.Argument(metavar="URL", help="https, port 443, a public host.")],
    *,
    form: FormOption = None,
    event_type: Types = None,
    description: Description = None,
    audience: Audience = None,
    output: As = Output.TEXT,
) -> None:
    """Add an endpoint, which hears of everything from now on, and show its signing secret, this once."""
    body = _given(url=url, form=form, types=event_type, description=description, audience=audience)
    added = connect(context).post(path("orgs", org, "webhooks"), body)
    _show_secret(added, output)
    if output is Output.TEXT:
        note(f"Next: gangway webhook test {org} {added['id']}")


@group.command("list")
def list_(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """List an organization's endpoints and how far each has heard."""
    none = f"{org} has no webhooks. Add one with `gangway webhook add {org} URL`."
    show_table(connect(context).items(path("orgs", org, "webhooks"), "endpoints"), COLUMNS, output, none=none)


@group.command()
def show(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Show an endpoint and how far it has heard."""
    show_endpoint(connect(context).get(_path(org, endpoint)), output)


@group.command()
def change(
    context: typer.Context,
    org: Org,
    endpoint: EndpointId,
    *,
    url: Annotated[str | None, typer.Option(help="Where it hears from now on; another host gets a new secret.")] = None,
    form: FormOption = None,
    event_type: Types = None,
    description: Description = None,
    audience: Audience = None,
    output: As = Output.TEXT,
) -> None:
    """Change an endpoint; what is not named stays."""
    body = _given(url=url, form=form, types=event_type, description=description, audience=audience)
    changed = connect(context).patch(_path(org, endpoint), body)
    _show_secret(changed, output) if changed["secret"] else show_endpoint(changed, output)


@group.command()
def remove(context: typer.Context, org: Org, endpoint: EndpointId, yes: Yes = False) -> None:
    """Remove an endpoint for good."""
    confirm(f"{endpoint} of {org} hears nothing more, and what it has not heard is not kept for it.", yes=yes)
    connect(context).delete(_path(org, endpoint))


@group.command("test")
def send_test(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Post a signed test event now and show what the receiver answered."""
    answer = connect(context).post(_path(org, endpoint, "test"))
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


@group.command("rotate-secret", epilog=examples(("", "gangway webhook rotate-secret acme ENDPOINT --overlap 7d")))
def rotate_secret(
    context: typer.Context,
    org: Org,
    endpoint: EndpointId,
    overlap: Annotated[
        timedelta | None,
        typer.Option(
            parser=span, metavar="SPAN", help="How long both secrets sign; 0h: not at all.", show_default="24h"
        ),
    ] = None,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """Make a new signing secret and show it, this once. The old one signs too until the overlap is over."""
    overlap = timedelta(hours=24) if overlap is None else overlap
    if not overlap:
        confirm(f"From now on {endpoint} gets messages that its receiver cannot verify with the old secret.", yes=yes)
    hours = round(overlap / timedelta(hours=1))
    _show_secret(connect(context).post(_path(org, endpoint, "rotate-secret"), {"overlapHours": hours}), output)


@group.command()
def disable(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Deliver nothing until it is enabled; what happens meanwhile waits in the log."""
    show_endpoint(connect(context).post(_path(org, endpoint, "disable")), output)


@group.command()
def enable(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Deliver again, at once what waits."""
    show_endpoint(connect(context).post(_path(org, endpoint, "enable")), output)


@group.command(
    epilog=examples(
        ("The last attempts", "gangway webhook deliveries acme ENDPOINT --last 20"),
        ("What was given up", "gangway webhook deliveries acme ENDPOINT --dead"),
    )
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
        found = client.items(_path(org, endpoint, "dead-letters"), "deadLetters")
        show_table(found, LETTERS, output, none="Nothing was given up.")
        return
    page = client.get(_path(org, endpoint, "deliveries"), limit=last)
    show_table(page["deliveries"], ATTEMPTS, output, none="Nothing was delivered in the last 30 days.")


@group.command(
    epilog=examples(
        ("All of them", "gangway webhook redrive acme ENDPOINT"),
        ("Two of them", "gangway webhook redrive acme ENDPOINT 4711 4712"),
    )
)
def redrive(
    context: typer.Context,
    org: Org,
    endpoint: EndpointId,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER]...", help="Numbers of events that were given up; or all.")
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Try events again that were given up."""
    client = connect(context)
    redriven = _redrive_all(client, org, endpoint) if not numbers else 0
    for start in range(0, len(numbers or ()), 50):
        body = {"numbers": (numbers or [])[start : start + 50]}
        redriven += client.post(_path(org, endpoint, "redrive"), body)["redriven"]
    show_facts({"redriven": redriven}, {"tried again": redriven}, output)


def show_endpoint(endpoint: Json, output: Output) -> None:
    """Show what is known of one endpoint."""
    facts = {
        "endpoint": endpoint["id"],
        "url": endpoint["url"],
        "description": endpoint["description"],
        "types": endpoint["types"] or "all",
        "form": endpoint["form"],
        "state": _state(endpoint),
        "next event": endpoint["nextNumber"],
        "behind": f"{endpoint['behind']} events",
        "waiting": f"{endpoint['heldEvents']} events of {endpoint['heldResources']} resources",
        "next attempt": to_the_second(endpoint["nextAttempt"]),
        "last success": to_the_second(endpoint["lastSuccess"]) or "never",
        "old secret until": to_the_minute(endpoint["oldSecretUntil"]),
    }
    show_facts(endpoint, facts, output)


def _show_secret(endpoint: Json, output: Output) -> None:
    if output is Output.JSON:
        show_json(endpoint)
        return
    console().print(Text(endpoint["secret"], style="bold"), soft_wrap=True)
    note(f"This is the only time it is shown. It signs what {endpoint['id']} gets at {endpoint['url']}.")


def _redrive_all(client: AdminClient, org: str, endpoint: str) -> int:
    redriven = 0
    while some := client.post(_path(org, endpoint, "redrive"))["redriven"]:
        redriven += some
    return redriven


def _given(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def _path(org: str, endpoint: str, *action: str) -> str:
    return path("orgs", org, "webhooks", endpoint, *action)
