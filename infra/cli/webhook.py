"""`gangway webhook`: the endpoints that hear of an organization's changes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from infra.cli import webhook_deliveries
from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.examples import examples
from infra.cli.output import As, Output, note, show_table
from infra.cli.times import span
from infra.cli.webhook_views import COLUMNS, EndpointId, endpoint_path, show_endpoint, show_secret

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


FormOption = Annotated[
    Form | None,
    typer.Option(
        "--form", help="thin (of new endpoints): without values; full: with values; set: security event tokens."
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Event type to hear of, such as user.deactivated. Repeatable."),
]
Description = Annotated[str | None, typer.Option("--description", "-d", help="What people call it.")]
Audience = Annotated[str | None, typer.Option(metavar="TEXT", help="`aud` of security event tokens.")]


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    webhook_deliveries.add_to(group)
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
    show_secret(added, output)
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
    show_endpoint(connect(context).get(endpoint_path(org, endpoint)), output)


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
    changed = connect(context).patch(endpoint_path(org, endpoint), body)
    show_secret(changed, output) if changed["secret"] else show_endpoint(changed, output)


@group.command()
def remove(context: typer.Context, org: Org, endpoint: EndpointId, yes: Yes = False) -> None:
    """Remove an endpoint for good."""
    confirm(f"{endpoint} of {org} hears nothing more, and what it has not heard is not kept for it.", yes=yes)
    connect(context).delete(endpoint_path(org, endpoint))


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
    show_secret(connect(context).post(endpoint_path(org, endpoint, "rotate-secret"), {"overlapHours": hours}), output)


@group.command()
def disable(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Deliver nothing until it is enabled; what happens meanwhile waits in the log."""
    show_endpoint(connect(context).post(endpoint_path(org, endpoint, "disable")), output)


@group.command()
def enable(context: typer.Context, org: Org, endpoint: EndpointId, output: As = Output.TEXT) -> None:
    """Deliver again, at once what waits."""
    show_endpoint(connect(context).post(endpoint_path(org, endpoint, "enable")), output)


def _given(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
