"""`gangway org`: create organizations, look at them, set them up; the rest of their life is in `infra.cli.org_life`."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli import archive, org_life
from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.examples import examples
from infra.cli.org_settings import takes_settings
from infra.cli.org_view import show_organization
from infra.cli.output import As, Column, Json, Output, note, show_table
from infra.cli.times import to_the_minute

group = typer.Typer(
    help="Organizations: one for each customer whose identity provider connects.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

COLUMNS = (
    Column("NAME", "name"),
    Column("DISPLAY NAME", "displayName"),
    Column("PROVIDER", "provider"),
    Column("STATE", "state"),
    Column("CREATED", lambda row: to_the_minute(row["created"])),
)


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    org_life.add_to(group)
    archive.add_to(group)
    app.add_typer(group, name="org")


@group.command(
    epilog=examples(
        ("A customer who uses Okta", 'gangway org create acme --display-name "Acme Inc." --provider okta'),
        ("Every new user must have an e-mail address", "gangway org create acme --require emails"),
    )
)
@takes_settings
def create(context: typer.Context, org: Org, *, settings: Json, output: As = Output.TEXT) -> None:
    """Create an organization. Its name becomes part of its URL and is never given to another."""
    show_organization(connect(context).post("/orgs", {"name": org, **settings}), output)
    note(f'Next: gangway token mint {org} --label "…", then gangway org guide {org}.')


@group.command("list", epilog=examples(("Names only", "gangway org list -o json | jq -r '.[].name'")))
def list_(context: typer.Context, output: As = Output.TEXT) -> None:
    """List all organizations."""
    none = "There are no organizations. Create one with `gangway org create NAME`."
    show_table(connect(context).items("/orgs", "organizations"), COLUMNS, output, none=none)


@group.command()
def show(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """Show an organization: counts, last sync, live tokens, settings, URLs."""
    show_organization(connect(context).get(path("orgs", org)), output)


@group.command(epilog=examples(("", 'gangway org rename acme "Acme Holdings"')))
def rename(
    context: typer.Context,
    org: Org,
    display_name: Annotated[str, typer.Argument(metavar="DISPLAY_NAME", help="What people call it from now on.")],
    output: As = Output.TEXT,
) -> None:
    """Change the display name. The login name stays: it is in URLs."""
    show_organization(connect(context).patch(path("orgs", org), {"displayName": display_name}), output)


@group.command(
    "set",
    epilog=examples(
        ("Nothing but what the RFCs allow", "gangway org set acme --strict"),
        ("Members that do not exist do not fail a whole push", "gangway org set acme --unknown-members skip"),
        ("New users need an e-mail address and a title", "gangway org set acme --require emails --require title"),
        ("No longer", 'gangway org set acme --require ""'),
    ),
)
@takes_settings
def set_(context: typer.Context, org: Org, *, settings: Json, output: As = Output.TEXT) -> None:
    """Change settings; what is not named stays as it is."""
    if not settings:
        raise typer.BadParameter("Name at least one setting; see --help.")
    show_organization(connect(context).patch(path("orgs", org), settings), output)
