"""An alarm: a metric, when it has gone too far, and what to do then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTES = 60
HOURS = 60 * MINUTES


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric that has gone too far.

    Attributes:
        name: within the stack.
        meaning: what has happened, for whom.
        todo: what to do about it.
        namespace: of the metric.
        metric: its name.
        dimensions: its dimensions.
        above: fires when the statistic is greater.
        statistic: of CloudWatch: Sum, Maximum or a percentile.
        seconds: that one value covers.
        times: values in a row that have to be too high.
    """

    name: str
    meaning: str
    todo: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    above: float = 0
    statistic: str = "Sum"
    seconds: int = 5 * MINUTES
    times: int = 1

    @property
    def description(self) -> str:
        """What whoever is woken reads first."""
        return f"{self.meaning} {self.todo}"
