"""The model of load does what it says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.contention import Contention
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.world import RoundTrips, World

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = "directory"


def put(sk: str, size: int = 10) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": {"pk": {"S": "P"}, "sk": {"S": sk}, "d": {"S": "x" * size}}}


def transaction(*sort_keys: str, size: int = 10) -> dict[str, Any]:
    return {"TransactItems": [{"Put": put(sk, size)} for sk in sort_keys]}


def play(*tasks: tuple[float, Callable[[FakeDynamoDB], Any]]) -> list[Any]:
    world = World()
    client = FakeDynamoDB(TABLE, Contention(world))
    return [result for result, _took in world.play([(at, partial(do, client)) for at, do in tasks])]


def code(result: Any) -> Any:
    if not isinstance(result, ClientError):
        return "done"
    response: Any = result.response
    reasons = {reason["Code"] for reason in response.get("CancellationReasons", ())} - {"None"}
    return reasons.pop() if reasons else response["Error"]["Code"]


@pytest.mark.parametrize(
    ("after", "second", "expected"),
    [
        (0.0119, ("b", "c"), "TransactionConflict"),
        (0.0121, ("b", "c"), "done"),
        (0.0001, ("c", "d"), "done"),
    ],
)
def test_transactions_that_overlap_within_twelve_milliseconds_on_an_item_conflict(
    after: float, second: tuple[str, ...], expected: str
) -> None:
    results = play(
        (0.0, lambda client: client.transact_write_items(**transaction("a", "b"))),
        (after, lambda client: client.transact_write_items(**transaction(*second))),
    )
    assert [code(result) for result in results] == ["done", expected]


def test_a_single_write_meets_a_transaction_and_a_read_does_not() -> None:
    results = play(
        (0.0, lambda client: client.transact_write_items(**transaction("a"))),
        (0.005, lambda client: client.put_item(**put("a"))),
        (0.005, lambda client: client.get_item(TableName=TABLE, Key={"pk": {"S": "P"}, "sk": {"S": "a"}})),
    )
    assert [code(result) for result in results] == ["done", "TransactionConflictException", "done"]
    assert results[2] == {}


def test_a_partition_takes_a_thousand_units_a_second() -> None:
    write = lambda client: client.put_item(**put("a", 399 * 1024))  # noqa: E731 - the same request three times
    results = play((0.0, write), (0.02, write), (0.04, write), (0.3, write))
    assert [code(result) for result in results] == ["done", "done", "ProvisionedThroughputExceededException", "done"]


def test_a_hot_partition_cancels_a_transaction_whole() -> None:
    results = play(
        (0.0, lambda client: client.put_item(**put("a", 398 * 1024))),
        (0.1, lambda client: client.put_item(**put("b", 398 * 1024))),
        (0.2, lambda client: client.transact_write_items(**transaction("c", size=300 * 1024))),
        (0.2, lambda client: client.get_item(TableName=TABLE, Key={"pk": {"S": "P"}, "sk": {"S": "c"}})),
    )
    assert code(results[2]) == "ThrottlingError"
    assert results[3] == {}


def test_tasks_live_in_the_order_of_the_virtual_clock() -> None:
    world = World()
    seen: list[tuple[str, float]] = []

    def live(name: str, pause: float) -> str:
        for _each in range(2):
            world.sleep(pause)
            seen.append((name, round(world.time, 3)))
        return name

    results = world.play([(0.0, lambda: live("slow", 3.0)), (1.0, lambda: live("fast", 1.0))])
    assert results == [("slow", 6.0), ("fast", 2.0)]
    assert seen == [("fast", 2.0), ("slow", 3.0), ("fast", 3.0), ("slow", 6.0)]


def test_round_trips_count_the_longest_chain() -> None:
    trips = RoundTrips()
    trips.call()

    def chain() -> None:
        trips.call()
        trips.call()

    futures = [trips.submit(chain), trips.submit(trips.call)]
    trips.call()
    for future in futures:
        future.result()
    assert trips.number == 3
