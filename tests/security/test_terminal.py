"""What a stranger puts into a name must not move an operator's cursor, ring the bell or turn the line round."""

import json

import pytest

from infra.cli.output import Column, Output, note, show_facts, show_json_line, show_table

NAMES = [
    "\x1b[2J\x1b[1;1H",
    "\x9b2J",
    "a\rb",
    "a\x07",
    "\u202eevil",
    "\u2066x",
    "\u2028",
    "[red]x[/red]",
    "[/]",
    "a\nb",
]


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("name", NAMES)
def test_given_a_name_that_a_terminal_would_obey_then_it_is_shown_and_not_obeyed(
    name: str, output: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"name": name, "list": [name]}
    show_table([row], (Column("NAME", "name"), Column("LIST", "list")), output)
    show_facts(row, {"Name": name}, output)
    show_json_line(row)
    note(name)
    written = "".join(capsys.readouterr())
    assert all(character.isprintable() or character == "\n" for character in written)


@pytest.mark.parametrize("name", NAMES)
def test_given_json_then_the_name_is_still_what_it_was(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_json_line({"name": name})
    assert json.loads(capsys.readouterr().out) == {"name": name}
