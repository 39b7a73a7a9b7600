"""`gangway doctor`: try the connection as the identity providers will, before an administrator does.

With a token of its own that lives for minutes, so that the administrator's is neither needed nor touched, nor a place
among those that the organization may have.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infra.cli.admin import connect, path
from infra.cli.brief_token import token_for_minutes
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Output, console, note, show_json
from infra.cli.probes import PROBES, Step
from infra.cli.scim_client import ScimClient, UnreachableError
from infra.cli.stack_doctor import examine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNAUTHORIZED = 401

Who = StrEnum("Who", {name: name for name in PROBES})  # type: ignore[misc]  # a name for each probe


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("As JumpCloud, Entra ID and Okta", "gangway doctor acme"),
            (
                "As one of them, at another URL",
                "gangway doctor acme --as okta --url https://scim.example.com/scim/v2/acme",
            ),
            ("The stack itself, after a deployment", "gangway doctor --stack"),
        )
    )(doctor)


def doctor(
    context: typer.Context,
    org: Annotated[
        str | None,
        typer.Argument(metavar="ORG", help="Login name of the organization.", show_default="with --stack: none"),
    ] = None,
    who: Annotated[list[Who] | None, typer.Option("--as", help="Only this provider. Repeatable.")] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another base URL than the organization's own.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="Use this token instead of a new one for minutes."),
    ] = None,
    stack: Annotated[
        bool, typer.Option("--stack", help="Check what is assumed about AWS; with ORG also what needs a token.")
    ] = False,
    output: As = Output.TEXT,
) -> None:
    """Play the connection tests of identity providers and report step by step. Exit code 7: a step failed.

    With --stack: check each assumption about AWS that could not be tried without it (docs/aws-assumptions.md), and list
    what only people can. It mints a token of its own if ORG is given, and then also writes, reads and deletes a user.
    """
    if org is None and not stack:
        message = "Say which organization (`gangway doctor ORG`), or check the stack (`gangway doctor --stack`)."
        raise typer.BadParameter(message, context, param_hint="ORG")
    if stack and (who or url):
        raise typer.BadParameter("--as and --url are for an organization's connection.", context, param_hint="--stack")
    client = connect(context)
    if org is None:
        examine(client, None, {}, output)
        return
    found = client.get(path("orgs", org))
    needed = {name: _made_up(name) for name in found["requiredAttributes"]}
    if stack:
        examine(client, found, needed, output)
        return
    base_url = url or found["connectionUrl"] or found["scimBaseUrl"]
    steps: list[Step] = []
    with token_for_minutes(client, org, token) as secret:
        for step in played(ScimClient(base_url, secret), [str(each) for each in who or PROBES], needed):
            steps.append(step)
            if output is Output.TEXT:
                _show(step)
    if output is Output.JSON:
        show_json([asdict(step) for step in steps])
    failed = [step for step in steps if step.problems]
    if failed:
        first = failed[0]
        whose = "Without --token a new one is minted, so it would show whether the token is at fault. "
        raise CliError(
            f"{first.provider} would stop where it {first.name}: {first.problems[0]}.",
            (whose if token and first.status == UNAUTHORIZED else "") + f"See what arrived with `gangway log {org}`.",
            code=Exit.PROBLEMS,
        )
    note(f"All {len(steps)} steps are as the providers need them, at {base_url}.")


def played(client: ScimClient, providers: list[str], extra: Mapping[str, Any]) -> Iterator[Step]:
    """The steps of some providers, each up to the first that fails: what comes after would only follow from it."""
    for name in providers:
        try:
            with closing(PROBES[name](client, extra)) as probe:
                for step in probe:
                    yield step
                    if step.problems:
                        break
        except UnreachableError as error:
            message = f"{client.base_url} cannot be reached: {error}."
            raise CliError(message, "Check its host name, the network, and that it speaks HTTPS.") from None


def _made_up(attribute: str) -> Any:
    """A value for an attribute that the organization requires beyond the schema."""
    lists = ("emails", "phoneNumbers", "addresses", "photos", "ims", "roles", "entitlements", "x509Certificates")
    return [{"value": "gangway-doctor@example.com", "type": "work"}] if attribute in lists else "gangway doctor"


def _show(step: Step) -> None:
    mark = ("✗", "red") if step.problems else ("✓", "green")
    line = Text.assemble(
        mark, f" {step.provider:<9} ", step.name.ljust(36), (f" {step.request} → {step.status}", "dim")
    )
    console().print(line, soft_wrap=True)
    for problem in step.problems:
        console().print(Text(f"             {problem}", style="red"), soft_wrap=True)
