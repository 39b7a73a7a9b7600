"""`gangway token suspend`, `resume`, `revoke` and `kill`: how tokens end, for a while or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.examples import examples
from infra.cli.output import As, Output, note, show_facts
from infra.cli.token_view import KeyId, show_token

if TYPE_CHECKING:
    from infra.cli.admin import AdminClient


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of tokens."""
    group.command()(suspend)
    group.command()(resume)
    group.command()(revoke)
    group.command(
        epilog=examples(
            ("One organization", "gangway token kill acme"),
            ("The whole stack, after a breach", "gangway token kill --everywhere"),
        )
    )(kill)


def suspend(context: typer.Context, org: Org, key_id: KeyId, yes: Yes = False, output: As = Output.TEXT) -> None:
    """Refuse a token from the next request on, until it is resumed."""
    confirm(f"{key_id} is refused until `gangway token resume {org} {key_id}`.", yes=yes)
    show_token(connect(context).post(path("orgs", org, "tokens", key_id, "suspend")), output)


def resume(context: typer.Context, org: Org, key_id: KeyId, output: As = Output.TEXT) -> None:
    """End a token's suspension."""
    show_token(connect(context).post(path("orgs", org, "tokens", key_id, "resume")), output)


def revoke(context: typer.Context, org: Org, key_id: KeyId, yes: Yes = False, output: As = Output.TEXT) -> None:
    """Refuse a token for good, from the next request on."""
    confirm(f"{key_id} of {org} is refused for good, from the next request on.", yes=yes)
    revoked = connect(context).post(path("orgs", org, "tokens", key_id, "revoke"))
    show_token(revoked, output)
    if not revoked["hashRemoved"]:
        note("It is refused, but the vault could not be reached to forget its hash: repeat the command.")


def kill(
    context: typer.Context,
    org: Annotated[str | None, typer.Argument(metavar="ORG", help="Login name of the organization.")] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="All organizations of the stack.")] = False,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """The kill switch: refuse all tokens for good, from the next request on."""
    if (org is None) is not everywhere:
        raise typer.BadParameter("Name an organization, or say --everywhere.")
    client = connect(context)
    whose = org or "all organizations"
    confirm(f"All tokens of {whose} are refused for good, from the next request on.", yes=yes)
    if org:
        done = client.post(path("orgs", org, "tokens", "revoke-all"))
        show_facts(done, {"tokens revoked": done["revoked"], "hashes removed": done["hashesRemoved"]}, output)
        return
    organizations = _kill_everywhere(client)
    show_facts({"organizations": organizations}, {"organizations": organizations}, output)


def _kill_everywhere(client: AdminClient) -> int:
    """Slice by slice, to the end; how many organizations there were."""
    organizations, cursor = 0, None
    while True:
        done = client.post("/tokens/revoke-all", cursor=cursor)
        organizations, cursor = organizations + int(done["organizations"]), done["nextCursor"]
        if cursor is None:
            return organizations
