"""Asks before something is destroyed or stops working for somebody.

A person is asked on the terminal. A script cannot be asked and must say `--yes`; that a pipe on standard input happens
to hold a `y` is no consent.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from infra.cli.errors import CliError, Exit

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without being asked.")]
"""Declare it as `yes: Yes = False` in every command that confirms."""


def confirm(consequence: str, *, yes: bool) -> None:
    """Go on only if it is wanted.

    Args:
        consequence: what will happen, as a sentence that names the thing.
        yes: whether the command line said so already.

    Raises:
        CliError: it is not wanted, or nobody is there to be asked.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CliError(consequence, "Nothing was done. Repeat the command with --yes to do it.", code=Exit.USAGE)
    typer.echo(consequence, err=True)
    if not typer.confirm("Do it?", err=True):
        raise CliError("Nothing was done.", code=Exit.USAGE)
