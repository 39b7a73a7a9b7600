"""`gangway org pause`, `resume`, `delete` and `restore`: how an organization comes to rest, and to its end."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.examples import examples
from infra.cli.org_view import show_organization
from infra.cli.output import As, Output


class Remains(StrEnum):
    """What happens to the users of a deleted organization."""

    DELETE = "delete"
    REMOVE = "remove"


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of organizations."""
    group.command()(pause)
    group.command()(resume)
    group.command(
        epilog=examples(
            ("Each user is told as deleted to your application", "gangway org delete acme --users delete"),
            ("Without a word, and without days of grace", "gangway org delete acme --users remove --grace-days 0"),
        )
    )(delete)
    group.command()(restore)


def pause(context: typer.Context, org: Org, yes: Yes = False, output: As = Output.TEXT) -> None:
    """Pause: its identity provider is told to come back later, so that nothing is lost and nothing accepted."""
    confirm(f"Provisioning of {org} stops until `gangway org resume {org}`.", yes=yes)
    show_organization(connect(context).post(path("orgs", org, "pause")), output)


def resume(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """End a pause."""
    show_organization(connect(context).post(path("orgs", org, "resume")), output)


def delete(
    context: typer.Context,
    org: Org,
    users: Annotated[Remains, typer.Option(help="Delete each user and group with its event, or remove all silently.")],
    grace_days: Annotated[int, typer.Option(help="Days in which it can be restored.", min=0)] = 30,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """Delete an organization: refused at once, gone when the days of grace are over."""
    client = connect(context)
    found = client.get(path("orgs", org))
    until = f"in {grace_days} days" if grace_days else "at once"
    confirm(f"{org} is refused at once, and deleted {until} with {found['users']} users.", yes=yes)
    show_organization(client.post(path("orgs", org, "delete"), {"users": users, "graceDays": grace_days}), output)


def restore(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """Take a deletion back within its days of grace."""
    show_organization(connect(context).post(path("orgs", org, "restore")), output)
