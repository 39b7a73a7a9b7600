"""What can go wrong for whoever types a command, and the exit code that tells a script.

An error says what happened and what to do next. Nobody catches one on its way: the command line's group prints it and
ends with its code, so a command raises it wherever it notices.
"""

from __future__ import annotations

from enum import IntEnum

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    OK = 0
    FAILED = 1
    """The stack failed or cannot be reached, or the command was interrupted; try again."""
    USAGE = 2
    """The command line cannot be carried out as it is, or what it destroys was not confirmed."""
    NOT_FOUND = 3
    """There is no such organization, token, user, …"""
    REFUSED = 4
    """The stack understood and refused: a name is taken, a limit is reached, a value cannot be."""
    NOT_PERMITTED = 5
    """No AWS credentials, or their policies do not allow it."""
    NO_STACK = 6
    """It cannot be told which stack is meant."""
    PROBLEMS = 7
    """A check did its work and found something wrong."""


class CliError(Exception):
    """A command cannot go on.

    Args:
        message: what happened, as a sentence.
        next_step: what to do about it, as a sentence; may name a command.
        code: the exit code.
    """

    def __init__(self, message: str, next_step: str = "", *, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.code = code


class BusyError(CliError):
    """The stack could not answer now: too many requests, or a failure that may pass. It may have done what was asked.

    Args:
        message: what happened, as a sentence.
        next_step: what to do about it, as a sentence.
        code: the exit code.
        retry_after: seconds after which the stack wants to be asked again.
        reached: whether there was an answer at all.
    """

    def __init__(
        self,
        message: str,
        next_step: str = "",
        *,
        code: Exit = Exit.FAILED,
        retry_after: float = 0.0,
        reached: bool = True,
    ) -> None:
        super().__init__(message, next_step, code=code)
        self.retry_after = retry_after
        self.reached = reached


class Commands(TyperGroup):
    """The application's root group: turns errors into a sentence on standard error and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own subclass of click's Context
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            console = Console(stderr=True, highlight=False, soft_wrap=True)
            console.print(Text(str(error), style="red"))
            if error.next_step:
                console.print(Text(error.next_step))
            raise typer.Exit(error.code) from None
