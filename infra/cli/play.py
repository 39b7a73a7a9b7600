"""`gangway play`: be an identity provider for a while, to see a stack at work and an application hear of it."""

from __future__ import annotations

import statistics
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.brief_token import token_for_minutes
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Output, note, progress, show_facts
from infra.cli.provider import STYLES, IdentityProvider
from infra.cli.scim_client import ScimClient, UnreachableError

if TYPE_CHECKING:
    from infra.cli.admin import AdminClient
    from infra.cli.output import Json
    from infra.cli.provider import Tally

Who = StrEnum("Who", {name: name for name in STYLES})  # type: ignore[misc]  # a name for each style
SHOWN_FAILURES = 10


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("Against the organization of a `gangway local`", "gangway play okta --users 50"),
            (
                "As Entra ID, and take everything away again",
                "gangway play entra --org acme --users 200 --groups 5 --clean",
            ),
        )
    )(play)


def play(
    context: typer.Context,
    who: Annotated[Who, typer.Argument(metavar="PROVIDER", help="okta, entra or jumpcloud.")],
    *,
    users: Annotated[int, typer.Option(min=1, max=100_000, help="How many users to bring.")] = 50,
    groups: Annotated[int, typer.Option(min=0, max=1_000, help="How many groups they are in.")] = 3,
    org: Annotated[
        str | None, typer.Option(metavar="ORG", help="Which organization; needed if there are several.")
    ] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Delete all of them again at the end.")] = False,
    output: As = Output.TEXT,
) -> None:
    """Act as an identity provider: match, create, change users, push groups. Exit code 7: some requests failed."""
    client = connect(context)
    organization = _organization(client, org)
    base_url = organization["connectionUrl"] or organization["scimBaseUrl"]
    began = time.perf_counter()
    with token_for_minutes(client, organization["name"], None) as token:
        provider = IdentityProvider(STYLES[who], ScimClient(base_url, token))
        try:
            _work(provider, users, groups, clean=clean)
        except UnreachableError as error:
            raise CliError(f"{base_url} cannot be reached: {error}.") from None
    _report(provider.tally, time.perf_counter() - began, organization, output)


def _organization(client: AdminClient, name: str | None) -> Json:
    if name is None:
        names = [each["name"] for each in client.items("/orgs", "organizations")]
        if len(names) != 1:
            listed = ", ".join(names[:5]) or "none"
            raise typer.BadParameter(f"There are {len(names)} organizations ({listed}); name one with --org.")
        name = names[0]
    return client.get(path("orgs", name))


def _work(provider: IdentityProvider, users: int, groups: int, *, clean: bool) -> None:
    with progress() as bar:
        arriving = bar.add_task("Users arrive", total=users)
        pushing = bar.add_task("Groups are pushed", total=groups)
        changing = bar.add_task("Users change", total=users)
        tasks = {"user": arriving, "group": pushing, "change": changing}
        for done in provider.provision(users, groups):
            bar.advance(tasks[done])
        if clean:
            leaving = bar.add_task("All leave", total=users + groups)
            for _ in provider.clean(users, groups):
                bar.advance(leaving)


def _report(tally: Tally, seconds: float, organization: Json, output: Output) -> None:
    cuts = statistics.quantiles(tally.milliseconds, n=100, method="inclusive")
    measured = {
        "organization": organization["name"],
        "requests": tally.requests,
        "seconds": round(seconds, 1),
        "requestsPerSecond": round(tally.requests / seconds, 1),
        "medianMs": round(cuts[49], 1),
        "p95Ms": round(cuts[94], 1),
        "repeated": tally.repeated,
        "failed": len(tally.failures),
    }
    facts = {
        "organization": measured["organization"],
        "requests": f"{tally.requests} in {seconds:.1f} s, {measured['requestsPerSecond']} a second",
        "took": f"{measured['medianMs']} ms in the middle, 95 of 100 under {measured['p95Ms']} ms",
        "asked to wait": f"{tally.repeated} times",
        "failed": len(tally.failures),
    }
    show_facts({**measured, "failures": tally.failures[:SHOWN_FAILURES]}, facts, output)
    for failure in tally.failures[:SHOWN_FAILURES]:
        note(f"  {failure}")
    if tally.failures:
        raise CliError(
            f"{len(tally.failures)} of {tally.requests} requests failed.",
            f"See why with `gangway log {organization['name']}`.",
            code=Exit.PROBLEMS,
        )
