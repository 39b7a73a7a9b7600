"""What to be woken for, and what to do then.

An alarm is here because somebody has to do something when it fires, and its text says what. What only should be seen
is on the dashboard. Metrics of the stack's own are named as the functions write them, with the function as the only
dimension; a test holds the names to those in the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.stack.alarm import MINUTES, Alarm
from infra.stack.api import STAGE_NAME
from infra.stack.function import METRICS_NAMESPACE
from infra.stack.own_alarms import OWN_ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.stack.naming import Names


@dataclass(frozen=True, slots=True)
class Watched:
    """What alarms are made for.

    Attributes:
        names: of the stack.
        table_name: of the table.
        apis: short names of the APIs.
        listening: short names of the functions that the stream wakes.
        background: short names of the functions with a dead-letter queue.
        copied_to: region in which a copy of the table is; empty: none.
    """

    names: Names
    table_name: str
    apis: tuple[str, ...]
    listening: tuple[str, ...]
    background: tuple[str, ...]
    copied_to: str = ""

    @property
    def functions(self) -> tuple[str, ...]:
        """Short names of all functions."""
        return (*(f"{api}-api" for api in self.apis), *self.background, "webhook-sender")


def alarms(on: Watched) -> Iterator[Alarm]:
    """All alarms of a stack."""
    for api in on.apis:
        yield from _of_api(on.names, api)
    yield _answered_429()
    for function in on.functions:
        yield from _of_function(on.names, function)
    for function in on.background:
        yield _dead_letters(on.names, function)
    for function in on.listening:
        yield _late_stream(on.names, function)
    yield _throttled_table(on.table_name)
    if on.copied_to:
        yield _late_copy(on.table_name, on.copied_to)
    yield from OWN_ALARMS


def _of_api(names: Names, api: str) -> Iterator[Alarm]:
    dimensions = {"ApiName": names.api(api), "Stage": STAGE_NAME}
    yield Alarm(
        f"{api}-5xx",
        f"The {api} API answered with faults of ours; identity providers try again, some only after hours.",
        "Open the saved query `failed requests`: it shows the cause of each, and what they have in common.",
        "AWS/ApiGateway",
        "5XXError",
        dimensions,
        above=5,
        times=2,
    )
    yield Alarm(
        f"{api}-slow",
        f"One in a hundred requests to the {api} API takes more than 10 seconds; the gateway gives up after 29.",
        "See the dashboard: if the table throttles, wait or warm it; if functions start cold, raise functionMemory.",
        "AWS/ApiGateway",
        "Latency",
        dimensions,
        above=10_000,
        statistic="p99",
        times=3,
    )


def _answered_429() -> Alarm:
    return Alarm(
        "scim-faults-429",
        "Faults of ours were answered with 429, after which alone Okta tries again; the gateway does not count them.",
        "Open the saved query `failed requests`: it shows the cause of each, and what they have in common.",
        METRICS_NAMESPACE,
        "FaultsAnswered429",
        {"service": "scim-api"},
        above=5,
        times=2,
    )


def _of_function(names: Names, function: str) -> Iterator[Alarm]:
    dimensions = {"FunctionName": names.function(function)}
    yield Alarm(
        f"{function}-errors",
        f"{function} failed as a whole: it could not start, ran out of time or memory, or has a bug.",
        "Open the saved query `crashes`. If it began with a deployment, go back (docs/deploy.md, Rollback).",
        "AWS/Lambda",
        "Errors",
        dimensions,
        times=2,
    )
    yield Alarm(
        f"{function}-throttled",
        f"Lambda refused to run {function}: the account's or the function's concurrency is used up.",
        "Raise the account's quota `Concurrent executions`, or scimConcurrency if it is set.",
        "AWS/Lambda",
        "Throttles",
        dimensions,
    )


def _dead_letters(names: Names, function: str) -> Alarm:
    return Alarm(
        f"{function}-dead-letters",
        f"{function} gave up on something. No data is lost: the work is in the table, and the schedule tries again.",
        "Read the message in the queue, look for its request id in the logs, repair the cause, purge the queue.",
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": names.dead_letters(function)},
        statistic="Maximum",
    )


def _late_stream(names: Names, function: str) -> Alarm:
    return Alarm(
        f"{function}-late",
        f"{function} is more than five minutes behind the table's stream.",
        "See its errors and throttles; a record that always fails goes to the dead letters by itself.",
        "AWS/Lambda",
        "IteratorAge",
        {"FunctionName": names.function(function)},
        above=5 * MINUTES * 1000,
        statistic="Maximum",
        times=2,
    )


def _throttled_table(table_name: str) -> Alarm:
    return Alarm(
        "table-throttled",
        "DynamoDB refused writes: one partition or the table got more than it had been scaled to.",
        "It scales by itself within minutes. If it comes back, give the table warm throughput.",
        "AWS/DynamoDB",
        "WriteThrottleEvents",
        {"TableName": table_name},
        above=100,
        times=2,
    )


def _late_copy(table_name: str, region: str) -> Alarm:
    return Alarm(
        "copy-late",
        f"Changes reach the copy of the table in {region} more than a minute late; failing over now would lose them.",
        "See AWS Health. If the key there is disabled, enable it at once: after 20 hours the copy is cut off for good.",
        "AWS/DynamoDB",
        "ReplicationLatency",
        {"TableName": table_name, "ReceivingRegion": region},
        above=60_000,
        statistic="Maximum",
        times=3,
    )
