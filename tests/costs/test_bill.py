"""Bills add up, and docs/costs.md shows what the command prints, with every price and every assumption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.errors import Exit
from infra.cli.main import app
from infra.costs import measured, prices, traffic
from infra.costs.bill import Stack, bill, month

PAGE = (Path(__file__).parents[2] / "docs" / "costs.md").read_text(encoding="utf-8")


def printed(*words: str) -> str:
    """What the command prints."""
    ended = CliRunner().invoke(app, ["costs", *words])
    assert ended.exit_code == 0, ended.output
    return "\n".join(line.rstrip() for line in ended.stdout.splitlines())


def test_the_page_shows_what_the_command_prints() -> None:
    assert f"```\n{printed()}\n```" in PAGE
    assert f"```\n{printed('--preset', 'trial')}\n```" in PAGE
    assert f"```\n{printed('--second-region')}\n```" in PAGE


@pytest.mark.parametrize("price", prices.PRICES, ids=lambda price: price.what)
def test_the_page_shows_every_price(price: prices.Price) -> None:
    per = "1" if price.per == 1 else "million"
    assert f"| [{price.what}]({price.page}) | {price.dollars:.10g} | {per} |" in PAGE
    assert prices.AS_OF in PAGE


@pytest.mark.parametrize("habit", traffic.HABITS, ids=lambda habit: habit.operation)
def test_the_page_shows_every_habit_with_what_it_takes(habit: traffic.Habit) -> None:
    units = measured.OPERATIONS[habit.operation]
    row = f"| {habit.why} | {habit.operation} | {habit.a_day:g} |"
    assert f"{row} {units.read:g} | {units.write:g} | {units.round_trips:g} |" in PAGE


def test_given_twice_the_organizations_then_what_is_used_doubles_and_what_stands_there_stays() -> None:
    small, large = bill(Stack(100)), bill(Stack(200))

    for used in ("Gateway", "Functions", "Table, reads and writes", "Event bus", "Logs"):
        assert large[used] == pytest.approx(2 * small[used])
    for standing in ("Token secrets", "Alarms and dashboard", "Metrics"):
        assert large[standing] == small[standing]


def test_given_more_organizations_than_secrets_are_for_then_more_secrets_are_paid() -> None:
    assert bill(Stack(8_000))["Token secrets"] == pytest.approx(100 * prices.SECRET.dollars)


def test_the_gateway_is_paid_for_each_request() -> None:
    requests = 30 * 5 * sum(habit.a_day for habit in traffic.HABITS)

    assert month(Stack(1, users=500)).requests == pytest.approx(requests)
    assert bill(Stack(1, users=500))["Gateway"] == pytest.approx(requests * 3.5 / 1_000_000)


def test_given_a_second_region_then_every_write_and_byte_is_paid_once_more() -> None:
    one, two = bill(Stack(100)), bill(Stack(100, second_region=True))

    added = {what: dollars for what, dollars in two.items() if what not in one}
    assert {what: two[what] for what in one} == one
    writes = prices.COPIED_WRITE.of(month(Stack(100)).write)
    assert added["Second region, copy of the table"] == pytest.approx(writes + one["Table, storage and recovery"])
    assert added["Second region, standing"] > one["Token secrets"] + one["Alarms and dashboard"]


def test_json_carries_lines_that_add_up() -> None:
    answer = json.loads(printed("--organizations", "40", "--users", "2000", "--output", "json"))

    assert answer["usersPerOrganization"] == 2000
    (stack,) = answer["stacks"]
    assert stack["organizations"] == 40
    assert sum(stack["lines"].values()) == pytest.approx(stack["total"], abs=0.01)


def test_given_an_unknown_preset_then_the_command_says_which_there_are() -> None:
    ended = CliRunner().invoke(app, ["costs", "--preset", "huge"])

    assert ended.exit_code == Exit.USAGE
    assert "trial, production" in ended.stderr
