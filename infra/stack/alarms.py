"""What to be woken for, and what to do then.

An alarm is here because somebody has to do something when it fires, and its text says what. What only should be seen
is on the dashboard. Metrics of the stack's own are named as the functions write them, with the function as the only
dimension; a test holds the names to those in the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.stack.api import STAGE_NAME
from infra.stack.function import METRICS_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.stack.naming import Names

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
    yield from _OWN


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


def _own(service: str, metric: str, name: str, meaning: str, todo: str, **more: float) -> Alarm:
    settings = {"above": 0, "seconds": 5 * MINUTES, "times": 1} | more
    return Alarm(
        name,
        meaning,
        todo,
        METRICS_NAMESPACE,
        metric,
        {"service": service},
        above=settings["above"],
        seconds=int(settings["seconds"]),
        times=int(settings["times"]),
        statistic="Maximum",
    )


_OWN = (
    _own(
        "scim-api",
        "VaultFailures",
        "authentication-faults",
        "Tokens could not be checked because the vault or the key did not answer; those requests got 503.",
        "Open the saved query `failed requests`. If the key is disabled or a secret was deleted, restore it.",
    ),
    _own(
        "admin-api",
        "VaultFailures",
        "minting-faults",
        "The admin API could not read or write the token vault.",
        "Open the saved query `failed requests`; a full shard says so by itself (token-shard-fill).",
    ),
    _own(
        "change-relay",
        "OutboxAge",
        "outbox-age",
        "A change has waited for more than ten minutes to become an event; the application does not know of it yet.",
        "See change-relay's errors. What waits is in the table and is published in order once the cause is gone.",
        above=600,
        times=2,
    ),
    _own(
        "change-relay",
        "EventsSetAside",
        "events-set-aside",
        "An event could not be numbered or published and was set aside, so that those behind it go on.",
        "`events set aside` in change-relay's log says whose; `gangway fsck ORG --repair` tells again what is missing.",
    ),
    _own(
        "webhook-dispatcher",
        "WebhooksDead",
        "webhooks-dead",
        "A webhook was given up on after all attempts; its receiver lacks that event.",
        "Ask whoever runs the receiver; then `gangway webhook redrive` sends what it lacks.",
    ),
    _own(
        "webhook-dispatcher",
        "EndpointsDisabled",
        "endpoint-disabled",
        "A webhook receiver failed for days and was switched off.",
        "Ask whoever runs it; enabling it again sends what it lacks, in order.",
    ),
    _own(
        "housekeeper",
        "HousekeepingFailures",
        "housekeeping",
        "Large changes of members cannot be finished; readers see them, but each writer has to do the work again.",
        "Look for `housekeeping failed` in housekeeper's log.",
        times=3,
    ),
    _own(
        "housekeeper",
        "TokensExpiring",
        "tokens-expiring",
        "A token that is in use expires within 14 days, and no other is there to follow it.",
        "Find it with `gangway token list ORG`, mint one, give it to the customer; provisioning stops otherwise.",
        seconds=HOURS,
    ),
    _own(
        "token-compactor",
        "TokenShardFill",
        "token-shard-fill",
        "A secret with token hashes is filled to more than 60 percent; when it is full, no token can be minted there.",
        "Raise tokenShards: new organizations go to the new shards. Revoke tokens that nobody uses.",
        above=60,
        seconds=24 * HOURS,
    ),
)
