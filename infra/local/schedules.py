"""Plays schedules: calls a function whenever an EventBridge rule of the program is due."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.functions import FunctionError
from infra.local.stream_events import scheduled_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.local.gateway import Invocable

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule with a rate, and the function it calls."""

    rule_arn: str
    every_seconds: float
    function: str


def read_schedules(rules: Iterable[Mapping[str, Any]], targets: Iterable[Mapping[str, Any]]) -> list[Schedule]:
    """The schedules among recorded `EventRule`s, each with its `EventTarget`s; inputs merged with outputs.

    Raises:
        ValueError: a rule has anything but a rate, which is all that is played here.
    """
    schedules = []
    by_name = {rule["name"]: rule for rule in rules}
    for target in targets:
        rule = by_name[target["rule"]]
        rate = _RATE.fullmatch(rule.get("scheduleExpression", ""))
        if rate is None:
            raise ValueError(f"the local stack plays rules with a rate only, not {rule['name']}")
        function = target["arn"].split(":function:")[-1].partition(":")[0]  # an alias may follow
        schedules.append(Schedule(rule["arn"], int(rate[1]) * _SECONDS[rate[2]], function))
    return schedules


class Scheduler:
    """Calls functions when their schedules are due, until stopped."""

    def __init__(self, schedules: Iterable[Schedule], functions: Mapping[str, Invocable]) -> None:
        self._schedules = list(schedules)
        self._functions = functions
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to count; each schedule is first due after one period, as on AWS."""
        for schedule in self._schedules:
            name = f"schedule of {schedule.function}"
            threading.Thread(target=self._play, args=(schedule,), name=name, daemon=True).start()

    def stop(self) -> None:
        """Call nobody any more."""
        self._stopping.set()

    def _play(self, schedule: Schedule) -> None:
        while not self._stopping.wait(schedule.every_seconds):
            self.call(schedule)

    def call(self, schedule: Schedule) -> None:
        """Call a schedule's function now; its failure is the function's own to log."""
        try:
            self._functions[schedule.function].invoke(scheduled_event(schedule.rule_arn, datetime.now(UTC)))
        except FunctionError:
            return
