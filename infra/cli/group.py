"""`gangway group`: look at an organization's groups."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, show_facts, show_table
from infra.cli.scim import Filter, Limit, resources

group = typer.Typer(help="Groups of an organization.", no_args_is_help=True, rich_markup_mode="rich")

COLUMNS = (Column("ID", "id"), Column("DISPLAY NAME", "displayName"), Column("EXTERNAL ID", "externalId"))


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    app.add_typer(group, name="group")


@group.command(
    "list",
    epilog=examples(
        ("", "gangway group list acme"),
        (
            "Those of one user",
            "gangway group list acme --filter 'members.value eq \"01920000-0000-7000-8000-000000000000\"'",
        ),
    ),
)
def list_(
    context: typer.Context, org: Org, filter_: Filter = None, limit: Limit = 100, output: As = Output.TEXT
) -> None:
    """List groups, all or those that a SCIM filter matches, without their members."""
    at = path("orgs", org, "groups")
    found = resources(connect(context), at, filter_, limit, excludedAttributes="members")
    show_table(found, COLUMNS, output, none="No group matches." if filter_ else f"{org} has no groups.")


@group.command(epilog=examples(("", "gangway group show acme 01920000-0000-7000-8000-000000000080 -o json")))
def show(
    context: typer.Context,
    org: Org,
    group_id: Annotated[str, typer.Argument(metavar="ID", help="The group's id; see `group list`.")],
    output: As = Output.TEXT,
) -> None:
    """Show a group with its members."""
    found = connect(context).get(path("orgs", org, "groups", group_id))
    members = [each.get("display") or each["value"] for each in found.get("members", ())]
    facts = {
        "Id": found["id"],
        "Display name": found.get("displayName"),
        "External id": found.get("externalId"),
        "Members": members,
        "Created": found["meta"].get("created"),
        "Last changed": found["meta"].get("lastModified"),
        "Version": found["meta"].get("version"),
    }
    show_facts(found, facts, output)
