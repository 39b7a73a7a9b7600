"""Traffic on a directory: requests that arrive by chance, so and so many a second, on the model of load.

The code is the real one, retries and pauses included; time is virtual, so the figures do not depend on the machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.fakes.contention import Contention
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.world import Inline, World
from tests.support.directories import TABLE, Desk
from tests.support.invariants import findings
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS = 200
"""Users who are in the group at the beginning; there are as many again, and one for every second request."""


@dataclass(frozen=True)
class Load:
    """What came of some traffic.

    Attributes:
        requests: how many were made.
        failures: how many were not answered as they should be.
        conflicts: transactions that were refused because they met another.
        throttled: writes that were refused because their partition was too hot.
        median: seconds that half of the requests took at most.
        longest: seconds that the slowest took.
        hottest: write units that the hottest partition took in its hottest second.
        wrong: what the items of the organization show to be wrong afterwards.
    """

    requests: int
    failures: int
    conflicts: int
    throttled: int
    median: float
    longest: float
    hottest: int
    wrong: list[str]


def on_one_organization(rate: float, seconds: float) -> Load:
    """Users are created, changed and deleted, one after the other in this order."""

    def requests(desk: Desk, people: list[str], _group: str) -> Callable[[int], Callable[[], object]]:
        users = Client(desk, "User")

        def request(number: int) -> Callable[[], object]:
            match number % 3:
                case 0:
                    return lambda: users.create(user_body(f"newcomer {number}", externalId=str(number)))
                case 1:
                    title = {"op": "replace", "path": "title", "value": f"title {number}"}
                    return lambda: users.patch(people[number % MEMBERS], title)
                case _:
                    return lambda: users.delete(people.pop())

        return request

    return _play(rate, seconds, requests)


def on_one_group(rate: float, seconds: float) -> Load:
    """Members are added to one group and removed from it, each by a request of its own."""

    def requests(desk: Desk, people: list[str], group: str) -> Callable[[int], Callable[[], object]]:
        groups = Client(desk, "Group")

        def request(number: int) -> Callable[[], object]:
            member = people[number % MEMBERS]
            leaves = number // MEMBERS % 2 == 0
            operation = remove_member(member) if leaves else add_members(member)
            return partial(groups.patch, group, operation)

        return request

    return _play(rate, seconds, requests)


def _play(
    rate: float, seconds: float, traffic: Callable[[Desk, list[str], str], Callable[[int], Callable[[], object]]]
) -> Load:
    world = World()
    contention = Contention(world)
    client = FakeDynamoDB(TABLE, contention)
    desk = Desk(client, clock=world)
    there = 2 * MEMBERS + int(rate * seconds) // 2
    random.seed(5)  # what jitter and counters draw from
    with (
        patch("gangway.directory.persistence.time", world),
        patch("gangway.storage.table._POOL", Inline()),
    ):
        people = [Client(desk, "User").create(user_body(f"user{each}"))["id"] for each in range(there)]
        group = Client(desk, "Group").create(group_body("all", people[:MEMBERS]))["id"]
        desk.store.work.roll_forward(group, lambda: True)
        world.sleep(10.0)
        contention.refused.clear()
        contention.written.clear()
        request = traffic(desk, people, group)
        results = world.play([(at, request(number)) for number, at in enumerate(_arrivals(rate, seconds))])
    took = sorted(seconds for _result, seconds in results)
    return Load(
        requests=len(results),
        failures=sum(isinstance(result, Exception) for result, _took in results),
        conflicts=contention.refused["conflict"],
        throttled=contention.refused["throttled"],
        median=took[len(took) // 2],
        longest=took[-1],
        hottest=contention.hottest(),
        wrong=findings(client, desk.organization),
    )


def _arrivals(rate: float, seconds: float) -> list[float]:
    chance = random.Random(3)
    times: list[float] = []
    at = chance.expovariate(rate)
    while at < seconds:
        times.append(at)
        at += chance.expovariate(rate)
    return times
