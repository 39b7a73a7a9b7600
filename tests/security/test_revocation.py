"""A request that begins after a token was taken back never succeeds, on whatever function and in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.security.account import Account, Gangway, determined
from tests.security.turns import Finished, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.security.account import Handler
    from tests.support.proxy import Reply

RUNS = 1_000
WAYS = ("revoke", "suspend", "rotate", "revoke-all")
"""How a token is taken back: for good, for a while, by another one at once, and with all others."""
RUNS_PER_ACCOUNT = 50
"""Warm functions grow old over so many runs; a cold one joins in each."""


@dataclass
class Run:
    """An organization with two tokens, one of which will be taken back."""

    gangway: Gangway
    name: str

    def __post_init__(self) -> None:
        self.gangway.organization(self.name)
        self.lost, self.kept = (self.gangway.mint(self.name, label) for label in ("lost", "kept"))
        self.key_id = self.lost.split("_")[1]

    def take_back(self, way: str) -> None:
        path = f"/orgs/{self.name}/tokens/" + ("revoke-all" if way == "revoke-all" else f"{self.key_id}/{way}")
        answer = self.gangway.administer("POST", path, {"overlapHours": 0} if way == "rotate" else None)
        assert answer.status in (200, 201), answer.text

    def ask(self, handler: Handler, token: str, path: str) -> Callable[[], Reply]:
        return lambda: self.gangway.send(token, "GET", f"/scim/v2/{self.name}{path}", handler=handler)


def play(seed: int, run: Run, warm: list[Handler], way: str) -> Mapping[str, Any]:
    """One run: requests with both tokens on several functions while the token is taken back, and some afterwards."""
    random = Random(seed)
    functions = [*warm, run.gangway.account.function("scim_api")]
    for handler in random.sample(functions, random.randint(0, len(functions))):
        assert run.ask(handler, run.lost, "/ServiceProviderConfig")().status == 200
    paths = ("/ServiceProviderConfig", "/Users", "/Users?filter=userName%20eq%20%22a%22")
    requests: dict[str, Callable[[], Any]] = {"take back": lambda: run.take_back(way)}
    for number in range(6):
        handler = random.choice(functions)
        requests[f"lost {number}"] = run.ask(handler, run.lost, random.choice(paths))
        if number % 2:
            requests[f"kept {number}"] = run.ask(handler, run.kept, random.choice(paths))
    after = {f"lost {number}": "take back" for number in (3, 4, 5)}
    return Turns(run.gangway.account, seed).play(requests, after=after)


def order(request: Finished, other: Finished) -> str:
    """Whether a request was over before another began, or began after it was answered."""
    if request.ended < other.began:
        return "before"
    return "after" if request.began > other.ended else "during"


@pytest.mark.slow
@pytest.mark.row("TOK-17", "TOK-27")
def test_given_a_thousand_random_runs_then_no_request_begun_after_a_token_was_taken_back_succeeds() -> None:
    seen: Counter[tuple[str, int]] = Counter()
    for start in range(0, RUNS, RUNS_PER_ACCOUNT):
        with determined(start):
            gangway = Gangway(Account())
            warm = [gangway.account.function("scim_api") for _ in range(2)]
            for seed in range(start, start + RUNS_PER_ACCOUNT):
                way = WAYS[seed % len(WAYS)]
                finished = dict(play(seed, Run(gangway, f"organization-{seed}"), warm, way))
                taken_back = finished.pop("take back")
                for name, request in finished.items():
                    if name.startswith("kept") and way != "revoke-all":
                        assert request.result.status == 200, (seed, name)
                    else:
                        seen[order(request, taken_back), request.result.status] += 1
    # In between either answer is true; before and after only one is.
    assert set(seen) == {("before", 200), ("during", 200), ("during", 401), ("after", 401)}
    # The runs were worth something: many requests on either side, and both answers in between.
    assert seen["after", 401] >= 3 * RUNS
    assert min(seen["before", 200], seen["during", 200], seen["during", 401]) > RUNS / 10, seen
