"""Requests that meet: chosen interleavings of their calls of AWS, and transactions that others stand in the way of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.security.account import Gangway, Tenant
from tests.security.turns import Turns
from tests.support.client import PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.proxy import Reply

RUNS = 60


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.fixture
def acme() -> Tenant:
    return Gangway().tenant("acme")


def runs(
    acme: Tenant, requests: Callable[[int], Mapping[str, Callable[[], Reply]]]
) -> Iterator[tuple[int, dict[str, Reply]]]:
    """Play the requests of each seed at the same time; gives their answers by name."""
    for seed in range(RUNS):
        acme.gangway.account.advance(seconds=1)
        finished = Turns(acme.gangway.account, seed).play(requests(seed), after={})
        yield seed, {name: request.result for name, request in finished.items()}


def of_name(acme: Tenant, name: str) -> list[Mapping[str, Any]]:
    acme.gangway.account.advance(seconds=1)
    found: list[Mapping[str, Any]] = acme.send("GET", f"/Users?filter=userName%20eq%20%22{name}%22").json()["Resources"]
    return found


@pytest.mark.row("REL-11")
def test_given_three_who_create_one_username_then_one_wins_and_the_others_are_told(acme: Tenant) -> None:
    def create(seed: int, number: int) -> Callable[[], Reply]:
        name = f"user{seed}" if number else f"USER{seed}"
        return lambda: acme.send("POST", "/Users", {"schemas": [USER], "userName": name})

    for seed, answers in runs(acme, lambda seed: {str(n): create(seed, n) for n in range(3)}):
        assert sorted(answer.status for answer in answers.values()) == [201, 409, 409]
        (winner,) = of_name(acme, f"user{seed}")
        assert winner["id"] in {answer.json().get("id") for answer in answers.values()}


@pytest.mark.row("REL-12")
def test_given_a_deletion_a_renaming_and_a_creation_for_one_name_then_at_most_one_has_it(acme: Tenant) -> None:
    def requests(seed: int) -> Mapping[str, Callable[[], Reply]]:
        first = acme.create("/Users", {"schemas": [USER], "userName": f"first{seed}"})["id"]
        second = acme.create("/Users", {"schemas": [USER], "userName": f"second{seed}"})["id"]
        rename = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "userName", "value": f"first{seed}"}]}
        return {
            "delete": lambda: acme.send("DELETE", f"/Users/{first}"),
            "rename": lambda: acme.send("PATCH", f"/Users/{second}", rename),
            "create": lambda: acme.send("POST", "/Users", {"schemas": [USER], "userName": f"first{seed}"}),
        }

    seen = set()
    for seed, answers in runs(acme, requests):
        statuses = answers["delete"].status, answers["rename"].status, answers["create"].status
        assert statuses in {(204, 200, 409), (204, 409, 201), (204, 409, 409)}
        seen.add(statuses)
        holders = of_name(acme, f"first{seed}")
        assert len(holders) == statuses.count(200) + statuses.count(201)
    assert len(seen) > 1


@pytest.mark.row("REL-13")
def test_given_parallel_changes_of_different_attributes_then_none_is_lost(acme: Tenant) -> None:
    names = ("title", "nickName", "displayName")

    def requests(seed: int) -> Mapping[str, Callable[[], Reply]]:
        user = acme.create("/Users", {"schemas": [USER], "userName": f"busy{seed}"})["id"]

        def change(name: str) -> Callable[[], Reply]:
            operation = {"op": "replace", "path": name, "value": "new"}
            return lambda: acme.send("PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [operation]})

        return {name: change(name) for name in names}

    for seed, answers in runs(acme, requests):
        assert {answer.status for answer in answers.values()} == {200}
        (user,) = of_name(acme, f"busy{seed}")
        assert [user[name] for name in names] == ["new"] * 3
        assert user["meta"]["version"] == 'W/"4"'


def cancelled(*codes: str) -> ClientError:
    answer: Any = {"Error": {"Code": "TransactionCanceledException"}}
    answer["CancellationReasons"] = [{"Code": code} for code in codes]
    return ClientError(answer, "TransactWriteItems")


@pytest.mark.row("REL-08", "REL-09")
@pytest.mark.parametrize("others", ["None", "ConditionalCheckFailed"])
@pytest.mark.parametrize("times", range(1, 9))
def test_given_a_transaction_that_meets_others_then_it_is_repeated_and_is_no_conflict_of_the_clients(
    acme: Tenant, times: int, others: str
) -> None:
    left = [times]

    def meet(operation: str, request: Mapping[str, Any]) -> None:
        if operation == "transact_write_items" and left[0]:
            left[0] -= 1
            raise cancelled("TransactionConflict", *[others] * (len(request["TransactItems"]) - 1))

    acme.gangway.account.dynamodb.before = meet
    assert acme.send("POST", "/Users", {"schemas": [USER], "userName": "u"}).status == 201
    assert left == [0]


@pytest.mark.row("REL-08")
def test_given_a_storm_without_end_then_503_with_retry_after(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    from gangway.directory import persistence

    def meet(operation: str, request: Mapping[str, Any]) -> None:
        if operation == "transact_write_items":
            raise cancelled(*["TransactionConflict"] * len(request["TransactItems"]))

    monkeypatch.setattr(persistence, "BUDGET_SECONDS", 0.05)
    acme.gangway.account.dynamodb.before = meet
    answer = acme.send("POST", "/Users", {"schemas": [USER], "userName": "u"})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
