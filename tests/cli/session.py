"""Plays the session of docs/cli.md against a local stack: the commands as they stand there, and what they print.

`python -m tests.cli.session` writes what was printed into the document; the test compares. What no two runs share
(tokens, ids, times, durations, the port) is learnt from one to the other and compared by its form. The secret of a
token is cut in the document, so that nothing there looks like one to a scanner.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.stack import LocalStack, Options

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
SHOWN_URL = "http://127.0.0.1:8080"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_VARYING = {
    "TOKEN": r"gangway_[0-9A-Za-z]{16}_(?:[0-9A-Za-z]{49}|…)",
    "UUID": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "KEY": r"\b(?=[0-9A-Za-z]*[0-9A-Z])[0-9A-Za-z]{16}\b",
    "TIME": r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?",
    "DAY": r"20\d\d-\d\d-\d\d",
    "MS": r"\d+\.\d+ ms",
    "ID": r"(?<=^id                  )[0-9A-Za-z]{8}$",
}
_SECRET = re.compile(r"(gangway_[0-9A-Za-z]{16}_)[0-9A-Za-z]{49}")
_FORM = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _VARYING.items()), re.MULTILINE)


@dataclass
class Line:
    """A command of the session and what it prints."""

    command: str
    output: str


def written() -> list[Line]:
    """The session as the document has it."""
    lines: list[Line] = []
    for block in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                more, _, output = output.partition("\n")
                command = f"{command}\n{more}"
            lines.append(Line(command, output.rstrip("\n")))
    return lines


def played(session: list[Line]) -> Iterator[Line]:
    """What each command prints now; ids of this run take the place of those in the document."""
    learnt: dict[str, str] = {}
    variables: dict[str, str] = {}
    with LocalStack(Options(organizations=("unused",))) as stack:
        for line in session:
            command = _with(learnt, line.command).replace(SHOWN_URL, stack.base_url)
            output = _run(command, variables, f"{stack.base_url}/admin/v1")
            pairs = zip(_FORM.finditer(line.output), _FORM.finditer(output), strict=False)
            learnt |= {old[0]: new[0] for old, new in pairs if old.lastgroup == new.lastgroup}
            yield Line(_cut(_with(learnt, line.command)), _cut(output.replace(stack.base_url, SHOWN_URL)))


def form(text: str) -> str:
    """A text with the form of what varies in its place; columns may be wider or narrower."""
    return "\n".join(
        " ".join(line.split()) for line in _FORM.sub(lambda found: str(found.lastgroup), text).splitlines()
    )


def _cut(text: str) -> str:
    return _SECRET.sub(r"\1…", text)


def _with(learnt: dict[str, str], text: str) -> str:
    for old, new in sorted(learnt.items(), key=lambda pair: -len(pair[0])):  # an id may be part of another
        text = text.replace(old, new)
    return text


def _run(command: str, variables: dict[str, str], admin_url: str) -> str:
    words = shlex.split(command)
    if words[0] == "export":
        variables |= dict(word.split("=", 1) for word in words[1:])
        return ""
    if words[0] == "gangway":
        result = CliRunner().invoke(app, words[1:], env={"GANGWAY_ADMIN_URL": admin_url})
        return "\n".join(line.rstrip() for line in result.output.rstrip("\n").splitlines())
    ended = subprocess.run(
        ["bash", "-c", command], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return ended.stdout.rstrip("\n")


def main() -> None:
    """Write what is printed now into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    session = written()
    for before, after in zip(session, played(session), strict=True):
        old = f"$ {before.command}\n" + (f"{before.output}\n" if before.output else "")
        new = f"$ {after.command}\n" + (f"{after.output}\n" if after.output else "")
        text = text.replace(old, new, 1)
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
