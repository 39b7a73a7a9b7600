"""Examples at the end of a command's help; the tests hold each to be a command line that exists."""

from __future__ import annotations

from typing import Final

_KNOWN: Final[list[str]] = []


def examples(*pairs: tuple[str, str]) -> str:
    """Help text for what an example does (may be empty) and the command that does it."""
    _KNOWN.extend(command for _, command in pairs)
    shown = ((f"{says}:\n" if says else "") + f"    [cyan]{_escaped(command)}[/cyan]" for says, command in pairs)
    return "[bold]Examples[/bold]\n\n" + "\n\n".join(shown)


def all_examples() -> tuple[str, ...]:
    """Every command that help shows, of the modules imported so far."""
    return tuple(_KNOWN)


def _escaped(command: str) -> str:
    return command.replace("[", r"\[")
