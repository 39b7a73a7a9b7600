"""What people and scripts see."""

from __future__ import annotations

import json

import pytest
import typer

from infra.cli.confirm import confirm
from infra.cli.errors import CliError, Exit
from infra.cli.output import Column, Output, show_facts, show_table

ROWS = [
    {"name": "acme", "users": 12, "state": None},
    {"name": "globex-with-a-long-name", "users": 7, "state": "paused"},
]
COLUMNS = (Column("NAME", "name"), Column("USERS", "users", right=True), Column("STATE", lambda row: row["state"]))


def test_given_rows_then_people_read_an_aligned_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(ROWS, COLUMNS, Output.TEXT)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "NAME                     USERS  STATE",
        "acme                        12  –",
        "globex-with-a-long-name      7  paused",
    ]


def test_given_rows_then_scripts_get_them_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(ROWS, COLUMNS[:1], Output.JSON)

    assert json.loads(capsys.readouterr().out) == ROWS


def test_given_no_rows_then_people_are_told_and_scripts_get_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([], COLUMNS, Output.TEXT, none="There are no organizations.")
    told = capsys.readouterr()
    show_table([], COLUMNS, Output.JSON)

    assert (told.out, told.err.strip()) == ("", "There are no organizations.")
    assert json.loads(capsys.readouterr().out) == []


def test_without_a_terminal_a_value_is_never_cut_or_folded(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"url": "x" * 300}], [Column("URL", "url")], Output.TEXT)

    assert "x" * 300 in capsys.readouterr().out


def test_facts_are_aligned_by_their_labels(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts({}, {"name": "acme", "token limit": 2, "strict": False, "needs": ["emails", "title"]}, Output.TEXT)

    assert capsys.readouterr().out.splitlines() == [
        "name         acme",
        "token limit  2",
        "strict       no",
        "needs        emails, title",
    ]


def test_markup_in_a_value_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts({}, {"name": "[red]acme[/red]"}, Output.TEXT)

    assert "[red]acme[/red]" in capsys.readouterr().out


def test_given_nobody_to_ask_then_only_yes_confirms() -> None:
    confirm("acme is deleted.", yes=True)

    with pytest.raises(CliError, match="acme is deleted") as raised:
        confirm("acme is deleted.", yes=False)
    assert raised.value.code is Exit.USAGE
    assert "--yes" in raised.value.next_step


@pytest.mark.parametrize("answer", [True, False])
def test_given_a_terminal_then_the_person_decides(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_args, **_options: answer)

    if answer:
        confirm("acme is deleted.", yes=False)
    else:
        with pytest.raises(CliError, match="Nothing was done"):
            confirm("acme is deleted.", yes=False)
