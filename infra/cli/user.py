"""`gangway user`: look at an organization's users; delete, bring back and erase them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli.admin import AdminClient, connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, note, show_facts, show_table
from infra.cli.scim import Filter, Limit, primary, resources

group = typer.Typer(help="Users of an organization.", no_args_is_help=True, rich_markup_mode="rich")

Id = Annotated[str, typer.Argument(metavar="ID", help="The user's id; see `user list`.")]

COLUMNS = (
    Column("ID", "id"),
    Column("USER NAME", "userName"),
    Column("DISPLAY NAME", "displayName"),
    Column("E-MAIL", lambda row: primary(row.get("emails"))),
    Column("ACTIVE", lambda row: row.get("active", True)),
    Column("EXTERNAL ID", "externalId"),
)

_ERASE_ROUNDS = 20


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    app.add_typer(group, name="user")


@group.command(
    "list",
    epilog=examples(
        ("", "gangway user list acme"),
        ("Any SCIM filter", "gangway user list acme --filter 'emails.value eq \"ada@example.com\"'"),
    ),
)
def list_(
    context: typer.Context, org: Org, filter_: Filter = None, limit: Limit = 100, output: As = Output.TEXT
) -> None:
    """List users, all or those that a SCIM filter matches."""
    found = resources(connect(context), path("orgs", org, "users"), filter_, limit)
    show_table(found, COLUMNS, output, none="No user matches." if filter_ else f"{org} has no users.")


@group.command(epilog=examples(("", "gangway user show acme 01920000-0000-7000-8000-000000000000 -o json")))
def show(context: typer.Context, org: Org, user_id: Id, output: As = Output.TEXT) -> None:
    """Show a user with its groups."""
    show_user(connect(context).get(path("orgs", org, "users", user_id)), output)


@group.command(epilog=examples(("", "gangway user delete acme 01920000-0000-7000-8000-000000000000 --yes")))
def delete(context: typer.Context, org: Org, user_id: Id, yes: Yes = False) -> None:
    """Delete a user, as an identity provider would; `user undelete` brings it back for a while."""
    client = connect(context)
    confirm(f"{_named(client, org, user_id)} is deleted, with its memberships.", yes=yes)
    client.delete(path("orgs", org, "users", user_id))
    note(f"Deleted. Bring it back with `gangway user undelete {org} {user_id}`.")


@group.command(epilog=examples(("", "gangway user undelete acme 01920000-0000-7000-8000-000000000000")))
def undelete(context: typer.Context, org: Org, user_id: Id, output: As = Output.TEXT) -> None:
    """Bring a deleted user back with the same id and values, without memberships, as long as it is remembered."""
    show_user(connect(context).post(path("orgs", org, "users", user_id, "undelete")), output)


@group.command(epilog=examples(("", "gangway user erase acme 01920000-0000-7000-8000-000000000000 --yes")))
def erase(context: typer.Context, org: Org, user_id: Id, yes: Yes = False) -> None:
    """Erase all values of a person, living or deleted: from the directory, past events and failed requests.

    What stays is that a resource with this id was created, changed and deleted, when, and by which token.
    """
    client = connect(context)
    confirm(f"All that is kept of user {user_id} of {org} is erased for good; nobody can bring it back.", yes=yes)
    items = 0
    for _round in range(_ERASE_ROUNDS):
        erased = client.post(path("orgs", org, "users", user_id, "erase"))
        items += erased["items"]
        if erased["done"]:
            note(f"Erased: {items} items held values of this person." if items else "Nothing was kept of this person.")
            return
    note("Not all is erased yet, because changes of this user are on their way. Repeat the command in a minute.")
    raise typer.Exit(1)


def show_user(user: dict[str, Any], output: Output) -> None:
    """Show one user."""
    facts = {
        "Id": user["id"],
        "User name": user.get("userName"),
        "Display name": user.get("displayName"),
        "External id": user.get("externalId"),
        "E-mails": [each.get("value") for each in user.get("emails", ())],
        "Active": user.get("active", True),
        "Groups": [each.get("display") or each["value"] for each in user.get("groups", ())],
        "Created": user["meta"].get("created"),
        "Last changed": user["meta"].get("lastModified"),
        "Version": user["meta"].get("version"),
    }
    show_facts(user, facts, output)


def _named(client: AdminClient, org: str, user_id: str) -> str:
    user = client.get(path("orgs", org, "users", user_id), attributes="userName")
    return f"User {user['userName']} ({user_id}) of {org}"
