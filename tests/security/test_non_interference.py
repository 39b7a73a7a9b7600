"""What one organization gets does not depend on what any other does: neither answers, nor calls, nor items, nor log.

Organization A sends the same random requests in two accounts. In one it is alone; in the other, B sends random
requests in between, and B knows everything that A has ever seen: it reuses A's names, externalIds, ids, cursors and
ETags, in its own paths and in A's, and forges tokens under A's key id. B even makes resources with the very ids that A
will make next. Everything that reaches A, or that A leaves behind, must be the same to the byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gangway.access.token import compose
from tests.security.account import START, Account, Gangway, Tenant, determined
from tests.security.traffic import STEPS, Seen, Step, take
from tests.support.proxy import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REQUESTS_PER_ROUND = 1_000


@dataclass
class World:
    """An account with both organizations in it, and what A went through."""

    isolation: str = "guard"
    answers: list[Any] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)
    lines: list[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gangway = Gangway(Account(isolation=self.isolation))
        with determined(1, "a"):
            self.a = self.gangway.tenant("acme")
        with determined(2, "b"):
            self.b = self.gangway.tenant("globex")
        assert self.a.send("GET", "/Users").status == 200  # from here on the function knows A's hash
        self.of_a, self.of_b = Seen(), Seen()
        self.recorded: list[str] = []
        self.gangway.account.dynamodb.before = self._record
        self.gangway.account.secrets.before = self._record
        self.gangway.account.sts.before = self._record

    def round(self, number: int, step: Step, noise: Sequence[tuple[int, Step]]) -> None:
        """B sends its requests, then A its one, at the same time and with the same random numbers."""
        account = self.gangway.account
        account.time = START + timedelta(seconds=number)
        for position, (door, foreign) in enumerate(noise):
            account.requests = number * REQUESTS_PER_ROUND + position + 1
            # The first of B's draws what A will draw; two of one organization's never draw the same in nature.
            with determined(number + position * REQUESTS_PER_ROUND, f"b{position}"):
                answer = take(foreign, self.of_b.beside(self.of_a), self._sends_of_b(door))
            assert answer.status < 500, answer.text
            if door == 0:
                self.of_b.note(answer)
        account.requests = number * REQUESTS_PER_ROUND
        begin = account.printed.tell()
        self.recorded.clear()
        with determined(number, "a"):
            answer = take(step, self.of_a, self.a.send)
        self.of_a.note(answer)
        self.answers.append(answer.raw)
        self.calls.append(sorted(self.recorded))
        self.lines += [_timeless(line) for line in account.printed.getvalue()[begin:].splitlines()]

    def _sends_of_b(self, door: int) -> Any:
        key_id = self.a.token.split("_")[1]
        forged = compose("gangway", key_id, self.b.token.split("_")[2][:43])
        return (
            self.b.send,
            Tenant(self.gangway, self.a.name, self.a.id, self.b.token).send,
            Tenant(self.gangway, self.a.name, self.a.id, forged).send,
            Tenant(self.gangway, self.b.name, self.b.id, forged).send,
        )[door]

    def _record(self, operation: str, request: Mapping[str, Any]) -> None:
        known = {name: value for name, value in request.items() if name != "ClientRequestToken"}
        self.recorded.append(json.dumps([operation, known], sort_keys=True))

    def items_of(self, tenant: Tenant) -> list[dict[str, Any]]:
        """All but the counts of refused tokens: what others try under A's key ids is written down for A to see."""
        items = self.gangway.account.dynamodb.items()
        return [each for each in items if each["pk"]["S"].startswith(f"{tenant.id}#") and each["k"]["S"] != "refusal"]

    def published_of(self, tenant: Tenant) -> list[dict[str, Any]]:
        return [entry for entry in self.gangway.account.bus.entries if entry["Resources"][0].startswith(tenant.id)]


def _timeless(text: str) -> Mapping[str, Any]:
    line = json.loads(text)
    return {name: value for name, value in line.items() if name not in ("_aws", "Duration")}


def _without_tickets(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the id of the write that made each: relay and housekeeper draw as they go round all organizations."""
    return [{name: value for name, value in item.items() if name != "q"} for item in items]


rounds = st.lists(
    st.tuples(STEPS, st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 2, 3]), STEPS), max_size=4)),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@pytest.mark.row("ISO-03", "ISO-07", "ISO-12", "ISO-13", "ISO-14")
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(rounds, st.sampled_from(["guard", "guard", "session"]))
def test_given_random_traffic_of_another_organization_then_nothing_changes_for_this_one(
    rounds: list[tuple[Step, list[tuple[int, Step]]]], isolation: str
) -> None:
    alone, together = World(isolation), World(isolation)
    for number, (step, noise) in enumerate(rounds):
        alone.round(number, step, [])
        together.round(number, step, noise)
        assert alone.answers[-1] == together.answers[-1]
        assert alone.calls[-1] == together.calls[-1]
    assert alone.lines == together.lines
    assert alone.items_of(alone.a) == together.items_of(together.a)
    for world in (alone, together):
        with determined(0):
            world.gangway.sweep()
        assert_everything_on_its_side(world)
    assert _without_tickets(alone.items_of(alone.a)) == _without_tickets(together.items_of(together.a))
    assert alone.published_of(alone.a) == together.published_of(together.a)


def assert_everything_on_its_side(world: World) -> None:
    """Nothing of A mentions B, nothing of B mentions A, and the rest is the stack's own."""
    a, b = world.a, world.b
    for mine, other in ((a, b), (b, a)):
        assert other.id not in json.dumps([world.items_of(mine), world.published_of(mine)])
        for line in world.gangway.account.lines():
            if line.get("organization") == mine.id:
                assert other.id not in json.dumps(line)
    partitions = {item["pk"]["S"].partition("#")[0] for item in world.gangway.account.dynamodb.items()}
    assert not [
        each for each in partitions - {a.id, b.id} if not each.isupper()
    ]  # names, bookmarks, counts of the stack


def test_given_the_same_round_then_both_organizations_make_resources_with_one_id() -> None:
    world = World()
    create: Step = ("create user", 0, 0, 0)
    world.round(0, create, [(0, create)])
    assert Reply(world.answers[0]).json()["id"] == world.of_b.ids[-1] == world.of_a.ids[-1]


def test_given_a_difference_that_another_organization_makes_then_it_is_noticed() -> None:
    alone, together = World(), World()
    together.a = Tenant(together.gangway, together.b.name, together.b.id, together.b.token)  # as if doors were mixed up
    for world, noise in ((alone, []), (together, [(0, ("create user", 0, 0, 0))])):
        world.round(0, ("find", 0, 0, 0), noise)
    assert alone.answers != together.answers
    assert alone.calls != together.calls
