"""What README.md says to paste works when it is pasted."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli.main import app
from infra.local.stack import LocalStack

README = Path(__file__).parent.parent / "README.md"


def shell_block(heading: str) -> str:
    """The first shell block under a heading."""
    section = README.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session is one of curl, which this machine lacks")
def test_given_a_running_stack_when_the_curl_session_is_pasted_then_every_request_succeeds(
    moto_stack: LocalStack,
) -> None:
    organization = moto_stack.organizations[1]
    session = subprocess.run(
        ["bash", "-eu", "-c", shell_block("First requests")],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SCIM_URL": organization.scim_base_url,
            "SCIM_TOKEN": organization.token,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = session.stdout.splitlines()
    assert '"userName":"ada@example.com"' in answers[0]
    assert '"totalResults":1' in answers[1]
    assert '"active":false' in answers[2]
    assert '"displayName":"Engineering"' in answers[3]
    assert answers[4:] == ["204", "204", "404"]


def test_given_the_operators_session_then_it_is_the_one_that_is_compared_with_a_running_stack() -> None:
    played = console_blocks(README.parent / "docs" / "cli.md")
    shown = console_blocks(README)
    assert shown
    assert [block for block in shown if block not in played] == []


def console_blocks(page: Path) -> list[str]:
    """Commands with what they printed."""
    return re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)


PAGES = sorted([README, *(README.parent / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_given_a_page_then_every_file_it_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_given_a_page_then_every_command_it_shows_exists(page: Path) -> None:
    shown = set(re.findall(r"^\$? ?(?:uv run )?gangway ((?:[a-z][a-z-]* ?)+)", page.read_text(), re.MULTILINE))
    assert [words for words in shown if not is_command(words.split())] == []


def is_command(words: list[str]) -> bool:
    """Whether words begin with the name of a command; what follows are its arguments."""
    commands: dict[str, Any] | None = dict(typer.main.get_group(app).commands)
    for word in words:
        if commands is None:
            return True
        if word not in commands:
            return False
        commands = getattr(commands[word], "commands", None)
    return commands is None
