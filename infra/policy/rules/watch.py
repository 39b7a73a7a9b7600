"""What watches the stack, if the setting `alarms` is on: nothing that can fail is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.policy.declared import UNKNOWN, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.policy.declared import Resource, Stack, StackRule

WATCHED = (
    ("lambda:Function", "FunctionName", ("Errors", "Throttles")),
    ("sqs:Queue", "QueueName", ("ApproximateNumberOfMessagesVisible",)),
)
"""Kinds of resources, the dimension that names one, and the metrics that must have an alarm."""


def alarms_watch_everything_that_can_fail(stack: Stack) -> Iterator[str]:
    """Every function and every queue of dead letters has its alarms."""
    alarms = stack.all("cloudwatch:MetricAlarm")
    if not alarms:
        return
    watched = {seen for alarm in alarms for seen in _watches(alarm)}
    for kind, dimension, metrics in WATCHED:
        for resource in stack.all(kind):
            name = resource.inputs.get("name")
            for metric in metrics:
                if name is not UNKNOWN and (metric, dimension, name) not in watched:
                    yield f"{resource.name}: no alarm watches {metric}"


def alarms_are_heard(stack: Stack) -> Iterator[str]:
    """Every alarm tells somebody, and says what has happened and what to do."""
    for alarm in stack.all("cloudwatch:MetricAlarm"):
        if missing(alarm.inputs.get("alarmActions")):
            yield f"{alarm.name}: tells nobody"
        said = alarm.inputs.get("alarmDescription")
        if said is not UNKNOWN and len(str(said or "").split(". ")) < 2:
            yield f"{alarm.name}: does not say what has happened and what to do"


def _watches(alarm: Resource) -> Iterator[tuple[object, str, object]]:
    dimensions = alarm.inputs.get("dimensions")
    for name, value in dimensions.items() if isinstance(dimensions, dict) else ():
        yield alarm.inputs.get("metricName"), name, value


STACK_RULES: tuple[StackRule, ...] = (alarms_watch_everything_that_can_fail, alarms_are_heard)
