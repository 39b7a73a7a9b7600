"""The `gangway` command. Each group of commands is a module of its own that adds itself to the application here.

Which stack a command is for is said in front of it, once for all commands (`gangway --stack prod org list`), or by a
variable; `infra.cli.target` finds it when a command asks for the admin API, so help never needs a stack.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from infra.cli import (
    costs,
    doctor,
    drift,
    events,
    failover,
    fsck,
    group,
    guide,
    local,
    log,
    org,
    play,
    preflight,
    restore,
    token,
    trace,
    transfer,
    user,
    webhook,
)
from infra.cli.errors import Commands
from infra.cli.target import ADMIN_URL_VARIABLE, OUTPUTS_VARIABLE, STACK_VARIABLE, Choice

GROUPS = (
    local,
    org,
    guide,
    token,
    log,
    trace,
    doctor,
    play,
    user,
    group,
    webhook,
    events,
    fsck,
    transfer,
    drift,
    costs,
    preflight,
    restore,
    failover,
)

# Help keeps single line breaks, hence the one line a paragraph.
HELP = "\n\n".join(
    (
        "Gangway: SCIM provisioning in your own AWS account.",
        "Try it on this machine with [bold]gangway local[/bold]; deploy it with [bold]pulumi up[/bold]. "
        "Other commands speak to the admin API of one stack, signed with your AWS credentials; [bold]preflight[/bold], "
        "[bold]restore[/bold] and [bold]failover[/bold] ask AWS itself.",
        "[bold]Which stack?[/bold]",
        "The one that [cyan]pulumi stack select[/cyan] chose in this folder:\n    [cyan]gangway org list[/cyan]",
        "Another one, with another AWS profile:\n    [cyan]gangway --stack prod --profile ops org list[/cyan]",
        "One that runs in another terminal by [cyan]gangway local[/cyan]:\n"
        f"    [cyan]export {ADMIN_URL_VARIABLE}=http://127.0.0.1:8080/admin/v1[/cyan]\n"
        "    [cyan]gangway org list[/cyan]",
        "[bold]Exit codes[/bold]",
        "0 done · 1 the stack failed or cannot be reached · 2 the command line cannot be carried out, or was not "
        "confirmed · 3 there is no such thing · 4 refused, for example a taken name · 5 not permitted · "
        "6 no stack found · 7 a check found problems",
    )
)

app = typer.Typer(
    name="gangway",
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
)
for module in GROUPS:
    module.add_to(app)


@app.callback(help=HELP)
def gangway(
    context: typer.Context,
    stack: Annotated[
        str | None, typer.Option(envvar=STACK_VARIABLE, metavar="NAME", help="A Pulumi stack of this folder.")
    ] = None,
    outputs: Annotated[
        str | None,
        typer.Option(
            envvar=OUTPUTS_VARIABLE,
            metavar="FILE",
            help="What `pulumi stack output --json` wrote; - is standard input.",
        ),
    ] = None,
    admin_url: Annotated[
        str | None, typer.Option(envvar=ADMIN_URL_VARIABLE, metavar="URL", help="The admin API, ending in /admin/v1.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="AWS region of the stack, where its URL does not tell.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Profile of your AWS configuration to sign with.")
    ] = None,
) -> None:
    """Remember which stack is meant."""
    context.obj = Choice(admin_url=admin_url, outputs=outputs, stack=stack, region=region, profile=profile)


def main() -> None:
    """Entry point of the `gangway` script."""
    # Some environments switch bytecode off. Compiling Pulumi and moto anew costs every start several seconds.
    sys.dont_write_bytecode = False
    app()


if __name__ == "__main__":
    main()
