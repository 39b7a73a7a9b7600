"""`gangway org`: create, look at, set up, pause, delete and restore organizations."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gangway.access.providers import PROVIDERS
from gangway.scim.dialect import LENIENT
from infra.cli.admin import connect, path
from infra.cli.confirm import Yes, confirm
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, note, show_facts, show_table
from infra.cli.times import to_the_minute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.cli.output import Json

Org = Annotated[str, typer.Argument(metavar="ORG", help="Login name of the organization.")]
Provider = StrEnum("Provider", {name: name for name in PROVIDERS})  # type: ignore[misc]  # a name for each provider


class UnknownMembers(StrEnum):
    """What happens to members of a group that the directory does not know."""

    REFUSE = "refuse"
    SKIP = "skip"


class Remains(StrEnum):
    """What happens to the users of a deleted organization."""

    DELETE = "delete"
    REMOVE = "remove"


group = typer.Typer(
    help="Organizations: one for each customer whose identity provider connects.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

DisplayName = Annotated[str | None, typer.Option("--display-name", "-d", help="What people call it.")]
ProviderOption = Annotated[
    Provider | None,
    typer.Option("--provider", "-p", help="Its identity provider: picks the URL form, guide and dialect."),
]
Strict = Annotated[
    bool | None, typer.Option("--strict/--lenient", help="Accept only what the RFCs allow.", show_default="lenient")
]
Members = Annotated[
    UnknownMembers | None,
    typer.Option(help="Members of a group that do not exist: refuse the request, or skip them.", show_default="refuse"),
]
Require = Annotated[
    list[str] | None,
    typer.Option("--require", metavar="ATTRIBUTE", help="User attribute that a create must have. Repeatable."),
]
TokenLimit = Annotated[int | None, typer.Option(help="Tokens that may be live at once.", show_default="2")]
RateLimit = Annotated[int | None, typer.Option(help="Requests a second; 0: as the stack says.", show_default="0")]
TombstoneDays = Annotated[
    int | None, typer.Option(help="Days in which a deleted user who returns is restored; -1: as the stack says.")
]
TwinNames = Annotated[
    bool | None,
    typer.Option("--twin-group-names/--unique-group-names", help="Whether groups may share a name."),
]
FailureDays = Annotated[int | None, typer.Option(help="Days for which failed requests are kept.", show_default="30")]

COLUMNS = (
    Column("NAME", "name"),
    Column("DISPLAY NAME", "displayName"),
    Column("PROVIDER", "provider"),
    Column("STATE", "state"),
    Column("CREATED", lambda row: to_the_minute(row["created"])),
)


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    app.add_typer(group, name="org")


@group.command(
    epilog=examples(
        ("A customer who uses Okta", 'gangway org create acme --display-name "Acme Inc." --provider okta'),
        ("Every new user must have an e-mail address", "gangway org create acme --require emails"),
    )
)
def create(
    context: typer.Context,
    org: Org,
    *,
    display_name: DisplayName = None,
    provider: ProviderOption = None,
    strict: Strict = None,
    unknown_members: Members = None,
    require: Require = None,
    token_limit: TokenLimit = None,
    rate_limit: RateLimit = None,
    tombstone_days: TombstoneDays = None,
    twin_group_names: TwinNames = None,
    failure_days: FailureDays = None,
    output: As = Output.TEXT,
) -> None:
    """Create an organization. Its name becomes part of its URL and is never given to another."""
    body = _settings(locals())  # options are arguments here, and both commands have the same
    show_organization(connect(context).post("/orgs", {"name": org, **body}), output)
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
def set_(
    context: typer.Context,
    org: Org,
    *,
    display_name: DisplayName = None,
    provider: ProviderOption = None,
    strict: Strict = None,
    unknown_members: Members = None,
    require: Require = None,
    token_limit: TokenLimit = None,
    rate_limit: RateLimit = None,
    tombstone_days: TombstoneDays = None,
    twin_group_names: TwinNames = None,
    failure_days: FailureDays = None,
    output: As = Output.TEXT,
) -> None:
    """Change settings; what is not named stays as it is."""
    body = _settings(locals())
    if not body:
        raise typer.BadParameter("Name at least one setting; see --help.")
    show_organization(connect(context).patch(path("orgs", org), body), output)


@group.command()
def pause(context: typer.Context, org: Org, yes: Yes = False, output: As = Output.TEXT) -> None:
    """Pause: its identity provider is told to come back later, so that nothing is lost and nothing accepted."""
    confirm(f"Provisioning of {org} stops until `gangway org resume {org}`.", yes=yes)
    show_organization(connect(context).post(path("orgs", org, "pause")), output)


@group.command()
def resume(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """End a pause."""
    show_organization(connect(context).post(path("orgs", org, "resume")), output)


@group.command(
    epilog=examples(
        ("Each user is told as deleted to your application", "gangway org delete acme --users delete"),
        ("Without a word, and without days of grace", "gangway org delete acme --users remove --grace-days 0"),
    )
)
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


@group.command()
def restore(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """Take a deletion back within its days of grace."""
    show_organization(connect(context).post(path("orgs", org, "restore")), output)


def show_organization(found: Json, output: Output) -> None:
    """Show one organization, with as much as is known of it."""
    facts: dict[str, object] = {
        "name": found["name"],
        "display name": found["displayName"],
        "provider": PROVIDERS[found["provider"]].title if found["provider"] in PROVIDERS else found["provider"],
        "state": _state(found),
        "created": to_the_minute(found["created"]),
        **_figures(found),
        "base URL": found.get("connectionUrl"),
        "provisioning URL": found.get("provisioningBaseUrl"),
        "dialect": _dialect(found),
        "unknown members": found["unknownMembers"],
        "required": found["requiredAttributes"],
        "token limit": found["tokenLimit"],
        "rate limit": found["rateLimit"] or "as the stack says",
        "group names": "unique" if found["uniqueGroupNames"] else "twins allowed",
        "restores users for": "as the stack says"
        if found["tombstoneDays"] is None
        else f"{found['tombstoneDays']} days",
        "keeps failures for": f"{found['failureDays']} days",
        "id": found["id"],
    }
    show_facts(found, facts, output)


def _dialect(found: Json) -> str:
    """Strict, or lenient with the rules that only this provider has."""
    if found["strict"]:
        return "strict"
    own = PROVIDERS[found["provider"]].profile - LENIENT if found["provider"] in PROVIDERS else ()
    return f"lenient, {', '.join(sorted(own))}" if own else "lenient"


def _state(found: Json) -> str:
    deletion = found.get("deletion")
    return f"{found['state']}, gone after {to_the_minute(deletion['due'])}" if deletion else str(found["state"])


def _figures(found: Json) -> dict[str, object]:
    if "users" not in found:
        return {}
    return {
        "users": found["users"],
        "groups": found["groups"],
        "live tokens": found["liveTokens"],
        "last sync": found["lastSync"] or "never",
    }


def _settings(given: Mapping[str, Any]) -> Json:
    """The members of the body for the options that were given."""
    unset = {"tombstone_days": -1, "rate_limit": 0}
    members = {
        "displayName": given["display_name"],
        "provider": given["provider"],
        "strict": given["strict"],
        "unknownMembers": given["unknown_members"],
        "requiredAttributes": [each for each in given["require"] if each] if given["require"] else None,
        "tokenLimit": given["token_limit"],
        "failureDays": given["failure_days"],
        "uniqueGroupNames": None if given["twin_group_names"] is None else not given["twin_group_names"],
    }
    body = {name: value for name, value in members.items() if value is not None}
    for name, member in (("rate_limit", "rateLimit"), ("tombstone_days", "tombstoneDays")):
        if given[name] is not None:
            body[member] = None if given[name] == unset[name] else given[name]
    return body
