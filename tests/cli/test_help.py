"""Help that teaches: every command explains itself, and every example is a command line that exists."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from infra.cli.errors import Exit
from infra.cli.examples import all_examples
from infra.cli.main import HELP, app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT: Any = get_command(app)


def commands(group: Any = ROOT, *names: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below a group, by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            yield (*names, name), command


COMMANDS = dict(commands())


@pytest.mark.parametrize("example", sorted(set(all_examples())))
def test_an_example_is_a_command_line_that_exists(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("app-users.csv", "globex.jsonl", "okta.csv", "people.csv"):
        (tmp_path / name).touch()
    words = shlex.split(re.split(r" [|>] ", example)[0])
    assert words[0] == "gangway"
    found = next(known for known in COMMANDS if tuple(words[1 : 1 + len(known)]) == known)

    COMMANDS[found].make_context(found[-1], words[1 + len(found) :])


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"])

    assert shown.exit_code == 0
    assert COMMANDS[words].help.strip()


def test_the_help_of_the_whole_lists_every_exit_code() -> None:
    assert all(f"{code.value} " in HELP for code in Exit)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_the_shell(shell: str) -> None:
    variables = {"_GANGWAY_COMPLETE": f"complete_{shell}", "COMP_WORDS": "gangway to", "COMP_CWORD": "1"}
    variables |= {"_TYPER_COMPLETE_ARGS": "gangway to", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}

    assert "token" in CliRunner().invoke(app, [], prog_name="gangway", env=variables).output
