"""Figures are printed one way, for people and for programs; what is printed is what was measured."""

import json
from collections.abc import Iterator

import pytest

from tests.bench.report import Figure, as_table, microseconds, run


def figures() -> Iterator[Figure]:
    yield Figure("parse", 24.26, "µs", goal=36, beside={"other": 103.0}, note="never seen")
    yield Figure("writes", 49, "per s", goal=50, at_least=True)


def test_a_table_has_a_column_for_each_thing_there_is_to_say() -> None:
    title, machine, blank, heading, rule, first, second = as_table("Title", list(figures())).splitlines()
    assert (title, blank) == ("Title", "")
    assert machine.startswith("Python")
    assert heading.split() == ["measured", "unit", "goal", "other", "note"]
    assert set(rule) == {"-"}
    assert first.split() == ["parse", "24.3", "µs", "≤", "36", "✓", "103", "never", "seen"]
    assert second.split() == ["writes", "49", "per", "s", "≥", "50", "✗"]


def test_json_is_the_only_thing_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    run("Title", figures, ["--output", "json"])
    first, second = json.loads(capsys.readouterr().out)["figures"]
    assert first == {
        "name": "parse",
        "value": 24.26,
        "unit": "µs",
        "goal": 36,
        "met": True,
        "beside": {"other": 103.0},
        "note": "never seen",
    }
    assert second["met"] is False


def test_a_call_is_measured_by_calling_it_often() -> None:
    calls = 0

    def work() -> None:
        nonlocal calls
        calls += 1

    assert microseconds(work, rounds=3, seconds=0.001) > 0
    assert calls > 3
