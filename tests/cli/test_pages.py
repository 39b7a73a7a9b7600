"""The pages for platform teams: commands, settings, alarms and queries that they name are those that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from infra.stack.log_queries import QUERIES
from infra.stack.settings import Settings
from tests.cli.test_help import COMMANDS
from tests.infra.program import OPTIONS, gangway

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("deploy.md", "operations.md")
GLOBAL = re.compile(r"^gangway( --(?:stack|profile|region|outputs) \S+)*")
"""What may stand between the command and its words."""


def text(page: str) -> str:
    return (DOCS / page).read_text()


def command_lines(page: str) -> set[str]:
    """Every `gangway …` of a page: in code within a sentence, and in blocks, without comments and prompts."""
    inline = re.findall(r"`(?:uv run )?(gangway [^`\n]+)`", text(page))
    blocks = re.findall(r"^ *(?:\$ )?(?:uv run )?(gangway .+)$", text(page), re.MULTILINE)
    return {re.split(r" +#| [|>&]", line)[0].strip() for line in (*inline, *blocks)}


@pytest.mark.parametrize(("page", "line"), [(page, line) for page in PAGES for line in sorted(command_lines(page))])
def test_a_command_line_on_a_page_is_one_that_exists(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(GLOBAL.sub("gangway", line.replace("…", "")))
    known = [each for each in COMMANDS if tuple(words[1 : 1 + len(each)]) == each]
    if not known:  # the name of a group, or of the command itself
        assert any(each[: len(words) - 1] == tuple(words[1:]) for each in COMMANDS), f"{page}: {line}"
        return
    given = words[1 + len(known[0]) :]
    if given:  # a bare name only names the command
        COMMANDS[known[0]].make_context(known[0][-1], given)


@pytest.mark.parametrize("page", PAGES)
def test_a_setting_on_a_page_is_one_that_exists(page: str) -> None:
    named = set(re.findall(r"pulumi config set (\S+) ", text(page))) - {"aws:region"}
    assert named
    assert named <= {Settings.key(name) for name in Settings.model_fields}


def test_the_page_for_who_is_on_call_has_exactly_the_alarms_of_the_program() -> None:
    table = text("operations.md").partition("\n## Alarms\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)]
    programs = (gangway(**OPTIONS["everything"]), gangway(**OPTIONS["stood down"]))
    registered = {alarm.inputs["name"] for program in programs for alarm in program.all("MetricAlarm")}
    assert sorted(f"gangway-local-{name}" for name in named) == sorted(registered)


@pytest.mark.parametrize("page", PAGES)
def test_a_saved_query_on_a_page_is_one_that_exists(page: str) -> None:
    named = re.findall(r"[Ss]aved (?:log )?quer(?:y|ies) `([^`]+)`", text(page))
    assert named
    assert set(named) <= set(QUERIES)


@pytest.mark.parametrize("page", PAGES)
def test_a_place_on_a_page_that_is_linked_to_is_there(page: str) -> None:
    for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text(page)):
        headings = re.findall(r"^#+ (.+)$", text(target or page), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}, target


def test_the_page_about_deployment_goes_from_what_is_needed_to_what_goes_wrong() -> None:
    headings = re.findall(r"^## (.+)$", text("deploy.md"), re.MULTILINE)
    assert headings == [
        "Before you begin",
        "Deploy",
        "The first organization and its token",
        "Upgrade",
        "Rollback",
        "Restore",
        "Tear down",
        "Troubleshooting",
    ]
