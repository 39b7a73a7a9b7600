"""`gangway local`: run the whole stack on this machine until interrupted."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.output import Output
from infra.cli.target import ADMIN_URL_VARIABLE
from infra.local.emulator import Backend, EmulatorError
from infra.local.errors import PortTakenError, StartError
from infra.local.stack import DEFAULT_ORGANIZATION, LocalStack, Options

if TYPE_CHECKING:
    from types import FrameType

DEFAULT_PORT = 8080

EXIT_UNUSABLE = 2
"""What was asked for cannot be done: the port is taken, a file is wrong."""
EXIT_BROKEN = 1
STOP_SECONDS = 4.0
"""After a signal, the process ends by then; its children notice when it is gone."""

# Help keeps single line breaks, hence the one line a paragraph.
HELP = "\n\n".join(
    (
        "Run the whole stack on this machine.",
        "Runs the real Pulumi program and the real Lambda handlers against an emulated AWS, in memory, and prints a "
        "SCIM base URL and a bearer token. Nothing leaves this machine and nothing is kept: the next start is empty.",
        "[bold]Examples[/bold]",
        "Start, then paste the printed URL and token into a SCIM client:\n    [cyan]gangway local[/cyan]",
        "Two organizations on a free port, described as one line of JSON for a script:\n"
        "    [cyan]gangway local --port 0 --org acme --org globex --output json[/cyan]",
        "As an organization whose identity provider is Entra ID:\n    [cyan]gangway local --org acme=entra[/cyan]",
        "Refuse everything that RFC 7644 does not allow, and add attributes of your own to users:\n"
        "    [cyan]gangway local --profile strict --extension User=badge.json[/cyan]",
        "Transactions isolated as AWS isolates them, to see what happens under load:\n"
        "    [cyan]gangway local --backend ministack[/cyan]",
        "With a setting of the stack, as `pulumi config set` takes it:\n"
        "    [cyan]gangway local --set isolation=session[/cyan]",
    )
)


class Profile(StrEnum):
    """How forgiving the organizations are towards identity providers."""

    LENIENT = "lenient"
    STRICT = "strict"


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("local", help=HELP)(local)


def local(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.", min=0, max=65535)] = DEFAULT_PORT,
    org: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=PROVIDER]",
            help="Organization to create, with a token; the provider decides its dialect. Repeatable.",
            show_default=DEFAULT_ORGANIZATION,
        ),
    ] = None,
    profile: Annotated[
        Profile, typer.Option(help="Accept what identity providers get wrong, or only what RFC 7644 allows.")
    ] = Profile.LENIENT,
    extension: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ResourceType=]FILE",
            help="Schema extension (RFC 7643 section 7); without a type, of the one that ends its URN. Repeatable.",
        ),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="Emulator: moto, or ministack, which isolates transactions as AWS does.")
    ] = Backend.MOTO,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SETTING=VALUE", help="Setting of the stack, as in Pulumi.yaml. Repeatable."),
    ] = None,
    output: Annotated[Output, typer.Option(help="Describe the running stack for people, or as one line of JSON.")] = (
        Output.TEXT
    ),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the functions log.")] = False,
) -> None:
    """Run the stack until SIGINT or SIGTERM."""
    console = Console(stderr=True)
    options = Options(
        port=port,
        organizations=tuple(dict.fromkeys(org or [DEFAULT_ORGANIZATION])),
        strict=profile is Profile.STRICT,
        extensions=tuple(extension or ()),
        backend=backend,
        settings=_settings(setting or []),
        log=sys.stderr.fileno() if verbose else None,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        _run(options, output, console)
    except (PortTakenError, StartError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_UNUSABLE) from None
    except EmulatorError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_BROKEN) from None


def _run(options: Options, output: Output, console: Console) -> None:
    status = console.status("Starting")
    status.start()
    try:
        with LocalStack(options, progress=lambda step: status.update(f"{step} …")) as stack:
            status.stop()
            if output is Output.JSON:
                print(json.dumps(stack.describe()), flush=True)
            else:
                _describe(stack)
            threading.Event().wait()
    finally:
        status.stop()


def _settings(given: list[str]) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise typer.BadParameter(f"{each!r} sets nothing; write SETTING=VALUE, for example isolation=session.")
    return dict(each.split("=", 1) for each in given)


def _describe(stack: LocalStack) -> None:
    facts = stack.describe()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold green]Gangway is running[/] on {facts['backend']}. Ctrl-C stops it; nothing is kept.\n")
    for organization in facts["orgs"]:
        console.print(f"[bold]Organization[/]       {organization['name']}")
        console.print(f"  SCIM base URL    {organization['scimBaseUrl']}")
        console.print(f"  bearer token     {organization['token']}")
    console.print(f"[bold]Provisioning URL[/]   {facts['provisioningBaseUrl']}   (the token decides the organization)")
    console.print(f"[bold]Admin API[/]          {facts['adminUrl']}   (AWS Signature Version 4)")
    console.print(
        f"[bold]AWS emulator[/]       {facts['awsEndpointUrl']}   region {facts['region']}, table {facts['tableName']}"
    )
    console.print("\nIn another terminal:\n")
    console.print(f"  export SCIM_URL={facts['scimBaseUrl']} SCIM_TOKEN={facts['token']}")
    console.print(f"  export {ADMIN_URL_VARIABLE}={facts['adminUrl']}")
    console.print('  curl -H "Authorization: Bearer $SCIM_TOKEN" $SCIM_URL/Users')
    console.print("  gangway org list\n")


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: another signal must not interrupt the stopping of children.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # Somebody on the way may swallow the exception below, or wait for a thread that waits for the emulator.
    deadline = threading.Timer(STOP_SECONDS, os._exit, (0,))
    deadline.daemon = True
    deadline.start()
    raise SystemExit(0)  # the one exception besides KeyboardInterrupt that asyncio lets through
