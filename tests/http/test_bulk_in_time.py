"""The largest bulk request there may be, over a table that takes 10 ms for every call, within the gateway's 29 s."""

from __future__ import annotations

import threading
import time
from typing import Any

from gangway.scim.limits import LIMITS
from tests.fakes.dynamodb import FakeDynamoDB
from tests.http.whole import TABLE, whole_scim
from tests.support.scim import GROUP, USER

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
GATEWAY_SECONDS = 29
CALL_SECONDS = 0.010


class SlowTable:
    """DynamoDB at a distance; knows how many calls there were, and how many at the same time."""

    def __init__(self) -> None:
        self._client = FakeDynamoDB(TABLE)
        self._lock = threading.Lock()
        self.calls = self._busy = self.busiest = 0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def slowly(**request: Any) -> Any:
            with self._lock:
                self.calls += 1
                self._busy += 1
                self.busiest = max(self.busiest, self._busy)
            time.sleep(CALL_SECONDS)
            try:
                return call(**request)
            finally:
                with self._lock:
                    self._busy -= 1

        return slowly


def creations(number: int) -> list[dict[str, Any]]:
    return [
        {"method": "POST", "path": "/Users", "bulkId": f"u{n}", "data": {"schemas": [USER], "userName": f"user-{n}"}}
        for n in range(number)
    ]


def seconds_for(table: SlowTable, operations: list[dict[str, Any]], **message: Any) -> float:
    scim = whole_scim(table)
    started = time.perf_counter()
    reply = scim.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations, **message})
    seconds = time.perf_counter() - started
    assert [result["status"] for result in reply.json()["Operations"]] == ["201"] * len(operations)
    return seconds


def test_given_250_creations_then_they_run_in_parallel_and_in_time() -> None:
    table = SlowTable()
    seconds = seconds_for(table, creations(LIMITS.max_operations))
    print(f"250 creations in {seconds:.2f} s: {table.calls} calls, up to {table.busiest} at a time")
    assert table.busiest > 4
    assert seconds < GATEWAY_SECONDS


def test_given_fail_on_errors_then_250_creations_run_in_turn_and_still_in_time() -> None:
    table = SlowTable()
    seconds = seconds_for(table, creations(LIMITS.max_operations), failOnErrors=1)
    print(f"250 creations in turn in {seconds:.2f} s: {table.calls} calls")
    assert table.busiest == 1
    assert seconds < GATEWAY_SECONDS


def test_given_groups_before_their_members_then_users_are_created_in_parallel_first() -> None:
    table = SlowTable()
    groups = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": f"g{n}",
            "data": {
                "schemas": [GROUP],
                "displayName": f"Group {n}",
                "members": [{"value": f"bulkId:u{each}"} for each in range(n, 200, 50)],
            },
        }
        for n in range(50)
    ]
    seconds = seconds_for(table, groups + creations(200))
    print(f"50 groups of 4 and their 200 members in {seconds:.2f} s: {table.calls} calls")
    assert seconds < GATEWAY_SECONDS
