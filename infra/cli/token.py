"""`gangway token`: mint, look at and rotate tokens of identity providers; their end is in `infra.cli.token_end`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.text import Text

from infra.cli import token_end
from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Json, Output, console, note, show_facts, show_json, show_table
from infra.cli.times import moment, span, to_the_minute, wire
from infra.cli.token_view import COLUMNS, KeyId, show_token

group = typer.Typer(
    help="Tokens: what identity providers show to be let in. A token is shown once, when it is made.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


class Scope(StrEnum):
    """What a token may be restricted to."""

    READ_ONLY = "read-only"
    USERS_ONLY = "users-only"


Expires = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="TIME", help="Refuse it from then on: 90d, 2027-03-01. Without: never."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group to the application."""
    token_end.add_to(group)
    app.add_typer(group, name="token")


@group.command(
    epilog=examples(
        ("", 'gangway token mint acme --label "Okta production" --expires 365d'),
        ("Only the token, for a script", "gangway token mint acme --label ci -o json | jq -r .token"),
        (
            "For looking only, and from one network",
            "gangway token mint acme --label audit --scope read-only --from 198.51.100.0/24",
        ),
    )
)
def mint(
    context: typer.Context,
    org: Org,
    label: Annotated[str, typer.Option("--label", "-l", help="For people, to tell tokens apart.")],
    expires: Expires = None,
    scope: Annotated[list[Scope] | None, typer.Option(help="Restrict it. Repeatable.")] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", metavar="CIDR", help="Network it may be used from. Repeatable.")
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Mint a token and show it, this once."""
    body = {
        "label": label,
        "expires": wire(expires) if expires else None,
        "scopes": [str(each) for each in scope or ()],
        "sourceRanges": source or [],
    }
    _show_new(connect(context).post(path("orgs", org, "tokens"), body), output)


@group.command("list", epilog=examples(("Who used to have one", "gangway token list acme --all")))
def list_(
    context: typer.Context,
    org: Org,
    dead: Annotated[
        bool, typer.Option("--all", help="Those too that are revoked or expired; they are forgotten after 90 days.")
    ] = False,
    output: As = Output.TEXT,
) -> None:
    """List an organization's tokens by key id, never their text."""
    which = "tokens" if dead else "live tokens (--all shows dead ones)"
    none = f'{org} has no {which}. Mint one with `gangway token mint {org} --label "…"`.'
    found = connect(context).items(path("orgs", org, "tokens"), "tokens", dead="true" if dead else None)
    show_table(found, COLUMNS, output, none=none)


@group.command()
def show(context: typer.Context, org: Org, key_id: KeyId, output: As = Output.TEXT) -> None:
    """Show what is known of a token; its text cannot be shown again."""
    show_token(connect(context).get(path("orgs", org, "tokens", key_id)), output)


@group.command(
    epilog=examples(
        ("The old one works for another week", "gangway token rotate acme --overlap 7d"),
        ("One of several; the old one ends at once", "gangway token rotate acme KEY_ID --overlap 0h"),
    )
)
def rotate(
    context: typer.Context,
    org: Org,
    key_id: Annotated[
        str | None, typer.Argument(metavar="KEY_ID", help="Which token; not needed if only one is active.")
    ] = None,
    overlap: Annotated[
        timedelta | None,
        typer.Option(
            parser=span, metavar="SPAN", help="How long the old one works on; 0h: not at all.", show_default="24h"
        ),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="TIME", help="Of the new one. Without: as long as the old one was to live."
        ),
    ] = None,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """Put a new token in a token's place and show it, this once. The old one ends by itself."""
    client = connect(context)
    overlap = timedelta(hours=24) if overlap is None else overlap
    key_id = key_id or _only_active(list(client.items(path("orgs", org, "tokens"), "tokens")), org)
    if not overlap:
        confirm(f"{key_id} is refused from the next request on.", yes=yes)
    body = {"overlapHours": overlap / timedelta(hours=1), "expires": wire(expires) if expires else None}
    rotated = client.post(path("orgs", org, "tokens", key_id, "rotate"), body)
    _show_new(rotated, output)
    if overlap:
        until = to_the_minute(rotated["replaced"]["expires"])
        note(f"{key_id} works until {until}: have the new one pasted by then.")


@group.command(epilog=examples(("After tokenShards has grown, or got a dedicated secret", "gangway token move")))
def move(context: typer.Context, output: As = Output.TEXT) -> None:
    """Move the hashes of tokens to the secrets where the stack's settings have them now.

    Tokens go on working meanwhile, and it may be interrupted and repeated.
    """
    client, moved, cursor = connect(context), 0, None
    while True:
        done = client.post("/tokens/move", cursor=cursor)
        moved, cursor = moved + int(done["moved"]), done["nextCursor"]
        if cursor is None:
            break
    show_facts({"moved": moved}, {"hashes moved": moved}, output)


def _show_new(minted: Json, output: Output) -> None:
    if output is Output.JSON:
        show_json(minted)
        return
    console().print(Text(minted["token"], style="bold"), soft_wrap=True)
    until = f"until {to_the_minute(minted['expires'])}" if minted["expires"] else "without expiry"
    note(f"This is the only time it is shown. Its key id is {minted['keyId']}; it works {until}.")


def _only_active(tokens: list[Json], org: str) -> str:
    known = {each["keyId"] for each in tokens}  # dead ones are not listed: a dead successor is none
    lasting = [each for each in tokens if each["state"] == "active" and not each["brief"]]
    active = [each["keyId"] for each in lasting if each["successor"] not in known]
    if len(active) == 1:
        return str(active[0])
    if not active:
        raise CliError(
            f"{org} has no token that could be rotated.",
            f'Mint one with `gangway token mint {org} --label "…"`.',
            code=Exit.REFUSED,
        )
    which = f"{org} has {len(active)} tokens that could be rotated: {', '.join(active)}"
    raise typer.BadParameter(f"{which}. Name one by its key id.")
