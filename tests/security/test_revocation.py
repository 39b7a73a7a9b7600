"""A request that begins after a token was taken back never succeeds, on whatever function and in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.security.account import Account, Answer, Gangway, determined
from tests.security.turns import Finished, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.security.account import Handler

RUNS = 1_000
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

    def take_back(self) -> None:
        answer = self.gangway.administer("POST", f"/orgs/{self.name}/tokens/{self.key_id}/revoke")
        assert answer.status == 200, answer.text

    def ask(self, handler: Handler, token: str, path: str) -> Callable[[], Answer]:
        return lambda: self.gangway.send(token, "GET", f"/scim/v2/{self.name}{path}", handler=handler)


def play(seed: int, run: Run, warm: list[Handler]) -> Mapping[str, Any]:
    """One run: requests with both tokens on several functions while the token is taken back, and some afterwards."""
    random = Random(seed)
    functions = [*warm, run.gangway.account.function("scim_api")]
    for handler in random.sample(functions, random.randint(0, len(functions))):
        assert run.ask(handler, run.lost, "/ServiceProviderConfig")().status == 200
    paths = ("/ServiceProviderConfig", "/Users", "/Users?filter=userName%20eq%20%22a%22")
    requests: dict[str, Callable[[], Any]] = {"take back": run.take_back}
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
@pytest.mark.row("TOK-17")
def test_given_a_thousand_random_runs_then_no_request_begun_after_revocation_was_answered_succeeds() -> None:
    seen: Counter[tuple[str, int]] = Counter()
    for start in range(0, RUNS, RUNS_PER_ACCOUNT):
        with determined(start):
            gangway = Gangway(Account())
            warm = [gangway.account.function("scim_api") for _ in range(2)]
            for seed in range(start, start + RUNS_PER_ACCOUNT):
                finished = play(seed, Run(gangway, f"organization-{seed}"), warm)
                revoked = finished["take back"]
                assert {finished[name].result.status for name in finished if name.startswith("kept")} == {200}
                for number in range(6):
                    request = finished[f"lost {number}"]
                    seen[order(request, revoked), request.result.status] += 1
    # In between either answer is true; what a cold function finds missing in the vault, it reads the record again for.
    assert set(seen) == {("before", 200), ("during", 200), ("during", 401), ("after", 401)}
    # The runs were worth something: many requests on either side, and both answers in between.
    assert seen["after", 401] >= 3 * RUNS
    assert min(seen["before", 200], seen["during", 200], seen["during", 401]) > RUNS / 10, seen
