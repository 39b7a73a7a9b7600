"""What a DynamoDB under load refuses, which no emulator does: transactions that meet, and partitions that are too hot.

A transaction holds its items for twelve milliseconds; another one, or a single write, that begins meanwhile at one of
the same items is refused with TransactionConflict ("Transaction conflict handling in DynamoDB"). A partition takes
1,000 write units a second, with a reserve of one second; what exceeds that is throttled. Both go by a virtual clock.
Every partition key counts as a partition of its own, which is what DynamoDB's adaptive capacity comes to.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.fakes.world import World

type ItemKey = tuple[str, str]

READ_SECONDS = 0.004
HOLD_SECONDS = 0.012
WRITE_SECONDS = 0.005
PARTITION_WRITE_UNITS = 1000.0


class Calm:
    """No load at all: nothing takes time, nothing is refused."""

    def read(self) -> None:
        """A read has begun."""

    def meet(self, keys: Iterable[ItemKey], *, transaction: bool) -> set[ItemKey]:
        """A write has begun; returns the items at which it meets a transaction, else when it is to be carried out."""
        return set()

    def hot(self, units: Mapping[str, float]) -> set[str]:
        """Charge write units to partitions; returns those that cannot bear them, and then none is charged."""
        return set()


class Contention(Calm):
    """Load on a virtual clock.

    Attributes:
        refused: what was refused, and how often.
        written: write units by partition and second.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[ItemKey, float] = {}
        self._reserve: dict[str, tuple[float, float]] = {}
        self.refused: Counter[str] = Counter()
        self.written: Counter[tuple[str, int]] = Counter()

    def read(self) -> None:
        self._world.sleep(READ_SECONDS)

    def meet(self, keys: Iterable[ItemKey], *, transaction: bool) -> set[ItemKey]:
        wanted = list(keys)
        met = {key for key in wanted if self._held.get(key, -1.0) > self._world.time}
        if met:
            self.refused["conflict"] += 1
        elif transaction:
            self._held |= dict.fromkeys(wanted, self._world.time + HOLD_SECONDS)
        self._world.sleep(HOLD_SECONDS if transaction and not met else WRITE_SECONDS)
        return met

    def hot(self, units: Mapping[str, float]) -> set[str]:
        left = {partition: self._left(partition) - needed for partition, needed in units.items()}
        hot = {partition for partition, rest in left.items() if rest < 0}
        if hot:
            self.refused["throttled"] += 1
            return hot
        for partition, rest in left.items():
            self._reserve[partition] = (self._world.time, rest)
            self.written[partition, int(self._world.time)] += int(units[partition])
        return set()

    def hottest(self) -> int:
        """The most write units that one partition took within one second."""
        return max(self.written.values(), default=0)

    def _left(self, partition: str) -> float:
        since, rest = self._reserve.get(partition, (self._world.time, PARTITION_WRITE_UNITS))
        return min(PARTITION_WRITE_UNITS, rest + (self._world.time - since) * PARTITION_WRITE_UNITS)


def conflict_reasons(keys: Iterable[ItemKey], met: set[ItemKey], code: str) -> list[dict[str, Any]]:
    """The CancellationReasons of a transaction that is refused at some of its items."""
    return [{"Code": code if key in met else "None"} for key in keys]
