"""The `gangway` command. Each subcommand is a module of its own that adds itself to the application here."""

from __future__ import annotations

import sys

import typer

from infra.cli import local

app = typer.Typer(
    name="gangway",
    help="Gangway: SCIM provisioning in your own AWS account.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
)
local.add_to(app)


@app.callback()
def gangway() -> None:
    """Gangway: SCIM provisioning in your own AWS account.

    Run the whole stack on this machine with [bold]gangway local[/bold]; deploy it with [bold]pulumi up[/bold].
    """


def main() -> None:
    """Entry point of the `gangway` script."""
    # Some environments switch bytecode off. Compiling Pulumi and moto anew costs every start several seconds.
    sys.dont_write_bytecode = False
    app()


if __name__ == "__main__":
    main()
