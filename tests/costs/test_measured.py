"""The units that bills are made of are what the benches count today, and what stands there is what is deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gangway.storage.keys import OUTBOX_LANES, outbox_lane
from infra.costs import measured
from infra.costs.measured import Standing, Units
from infra.stack.presets import PRESETS
from infra.stack.settings import Settings
from tests.bench.changes import Table, cost
from tests.bench.directory import Counter, of_groups, of_users
from tests.fakes.capacity import item_size
from tests.infra.program import gangway
from tests.security.account import Gangway
from tests.support.proxy import LambdaContext
from tests.support.scim import user_body

if TYPE_CHECKING:
    from tests.fakes.dynamodb import FakeDynamoDB
    from tests.infra.program import Program

ITEM_OVERHEAD = 100
"""Bytes that AWS adds to each item when it counts storage."""


def counter() -> Counter:
    return Counter(measured.MEASURED_USERS, (measured.MEASURED_MEMBERS,))


def test_operations_take_what_the_bench_counts() -> None:
    taken = [*of_users(counter(), ""), *of_groups(counter(), measured.MEASURED_MEMBERS)]
    counted = {
        figure.name.rsplit(", ", 1)[0]: Units(figure.beside["read units"], figure.beside["write units"], figure.value)
        for figure in taken
    }

    assert {name: counted[name] for name in measured.OPERATIONS} == measured.OPERATIONS


def test_a_change_takes_what_the_bench_counts() -> None:
    beside = cost(1, {}).beside

    assert (beside["read units each"], beside["write units each"]) == (measured.CHANGE.read, measured.CHANGE.write)


def test_a_request_is_authenticated_by_so_much() -> None:
    stack = Gangway()
    acme = stack.tenant("acme")

    def calls() -> list[tuple[float, float]]:
        stack.account.dynamodb.forget_calls()
        assert stack.send(acme.token, "GET", "/scim/v2/acme/ServiceProviderConfig").status == 200
        return [(call.read, call.write) for call in stack.account.dynamodb.calls]

    calls()  # the first of a day notes the token's use down

    assert calls() == [(measured.AUTHENTICATION.read, measured.AUTHENTICATION.write)]


def test_a_sweep_takes_so_much_for_every_further_organization() -> None:
    few, many = of_sweep(2), of_sweep(12)

    assert [(more - less) / 10 for less, more in zip(few, many, strict=True)] == [
        measured.SWEEP.read,
        measured.SWEEP.write,
        measured.SWEEP.round_trips,
    ]


def of_sweep(organizations: int) -> tuple[float, float, int]:
    """Read units, write units and calls of relay and housekeeper when nothing waits."""
    stack = Gangway()
    for number in range(organizations):
        stack.tenant(f"org-{number}")
    for _ in range(4):  # until what creating them left behind is done
        stack.sweep()
    table = stack.account.dynamodb
    table.forget_calls()
    with stack.account.installed():
        for name in ("change_relay", "housekeeper"):
            stack.handler(name)({"source": "aws.events", "detail": {}}, LambdaContext())
    return sum(call.read for call in table.calls), sum(call.write for call in table.calls), len(table.calls)


def test_users_and_changes_keep_so_much() -> None:
    changes = Table()
    user = changes.users.create(user_body("u@bench.example"))["id"]
    changes.answer_a_doorbell(range(OUTBOX_LANES))
    before = stored(changes.client)
    for number in range(100, 200):
        changes.users.patch(user, {"op": "replace", "path": "title", "value": f"title {number}"})
        changes.answer_a_doorbell([outbox_lane(user)])

    assert stored(counter().client) / measured.MEASURED_USERS == pytest.approx(measured.USER_BYTES, rel=0.01)
    assert (stored(changes.client) - before) / 100 == pytest.approx(measured.CHANGE_BYTES, rel=0.01)


def stored(client: FakeDynamoDB) -> int:
    """Bytes that are paid for."""
    return sum(item_size(item) + ITEM_OVERHEAD for item in client.items())


@pytest.mark.parametrize("preset", PRESETS)
def test_what_stands_there_is_what_the_program_deploys(preset: str) -> None:
    assert measured.STANDING[preset] == standing(gangway(preset=preset))


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_second_region_adds_is_what_the_two_stacks_deploy(preset: str) -> None:
    first = gangway(preset=preset, secondRegion="us-west-2", secondStack="west")
    stacks = [standing(first), standing(gangway(preset=preset, primaryStack="local"))]
    copies = sum(len(secret.inputs["replicas"]) for secret in first.all("secretsmanager:Secret"))
    both = {name: sum(getattr(stack, name) for stack in stacks) for name in Standing.__dataclass_fields__}
    alone = measured.STANDING[preset]

    added = {name: number - getattr(alone, name) for name, number in both.items()} | {"secrets": copies}
    assert measured.SECOND_REGION[preset] == Standing(**added)


def standing(program: Program) -> Standing:
    """What of a stack is paid by the month."""
    rules = [json.loads(acl.text["ruleJson"]) for acl in program.all("WebAcl")]
    return Standing(
        secrets=len(program.all("secretsmanager:Secret")),
        keys=len(program.all("kms:Key")),
        alarms=len(program.all("MetricAlarm")),
        dashboards=len(program.all("Dashboard")),
        firewall_rules=sum(len(each) for each in rules),
    )


def test_schedules_are_those_of_the_program() -> None:
    minutes = {"rate(1 minute)": 1, "rate(5 minutes)": 5, "rate(1 day)": 1440}
    rates = [rule.inputs["scheduleExpression"] for rule in gangway().all("EventRule")]

    assert sum(1440 // minutes[rate] for rate in rates) == measured.CALLS_A_DAY
    assert 1440 // minutes["rate(5 minutes)"] == measured.SWEEPS_A_DAY


def test_the_log_is_kept_as_long_as_the_setting_says() -> None:
    assert Settings().event_retention_days == measured.RETENTION_DAYS
