"""Rules of the program that call a function now and then."""

from __future__ import annotations

import time

import pytest

from infra.local.schedules import Schedule, Scheduler, read_schedules
from tests.local.test_gateway import FakeFunction

RULE_ARN = "arn:aws:events:eu-central-1:123456789012:rule/p-sweep"
TARGET = {"rule": "p-sweep", "arn": "arn:aws:lambda:eu-central-1:123456789012:function:p-keeper"}


@pytest.mark.parametrize(
    ("rate", "seconds"), [("rate(5 minutes)", 300), ("rate(1 hour)", 3600), ("rate(2 days)", 172800)]
)
def test_a_rate_and_its_target_make_a_schedule(rate: str, seconds: float) -> None:
    rule = {"name": "p-sweep", "arn": RULE_ARN, "scheduleExpression": rate}

    assert read_schedules([rule], [TARGET]) == [Schedule(RULE_ARN, seconds, "p-keeper")]


@pytest.mark.parametrize("rule", [{"scheduleExpression": "cron(0 12 * * ? *)"}, {"eventPattern": "{}"}])
def test_what_is_no_rate_is_an_error(rule: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="p-sweep"):
        read_schedules([{"name": "p-sweep", "arn": RULE_ARN, **rule}], [TARGET])


def test_when_due_then_the_function_gets_a_scheduled_event_until_stopped() -> None:
    function = FakeFunction(None)
    scheduler = Scheduler([Schedule(RULE_ARN, 0.02, "p-keeper")], {"p-keeper": function})

    scheduler.start()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and function.event is None:
        time.sleep(0.01)
    scheduler.stop()

    assert function.event["source"] == "aws.events"
    assert function.event["resources"] == [RULE_ARN]
