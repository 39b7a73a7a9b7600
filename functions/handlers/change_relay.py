"""change-relay: moves changes from the outbox into the numbered log and to the event bus, and wakes webhooks.

Two things wake it: the table's stream, filtered to insertions into an outbox, and a schedule. The first is answered
with the records to hear again, the second sweeps all organizations for what no record announced.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
from __future__ import annotations

import gc

gc.disable()

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from gangway.changes.doorbell import Ring, answer
from gangway.changes.publisher import Publisher
from gangway.changes.relay import Relay
from gangway.changes.sweeper import Sweeper
from gangway.changes.webhooks.waking import Waker
from gangway.clock import SystemClock
from gangway.observability import describe_failure, logger, metrics
from gangway.settings.background import ChangeRelaySettings
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.event_bus import EventBridgeBus
from gangway.storage.functions import DispatcherBell
from gangway.storage.keys import organization_and_lane
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.sweep import OrganizationNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

MILLISECONDS_TO_FINISH: Final = 5_000
"""No new page or organization is begun with less than this left: a call of AWS may take 3 seconds and be repeated."""

_settings = ChangeRelaySettings.from_environment()
_clock = SystemClock()
_outbox = OutboxTable(aws.dynamodb(), _settings.table)
_log = ChangeLogTable(aws.dynamodb(), _settings.table, _clock)
_relay = Relay(_outbox, _log, _clock, timedelta(days=_settings.event_retention_days))
_publisher = Publisher(_log, EventBridgeBus(aws.events(), _settings.event_bus))
_bell = DispatcherBell(aws.functions(), _settings.webhook_dispatcher)
_waker = Waker(EndpointTable(aws.dynamodb(), _settings.table, _clock), _log, _bell, _clock)
_sweeper = Sweeper(OrganizationNames(aws.dynamodb(), _settings.table), _outbox, _log, _relay, _publisher, _waker)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve a batch of stream records, or sweep."""

    def enough_time() -> bool:
        return context.get_remaining_time_in_millis() > MILLISECONDS_TO_FINISH

    if "Records" not in event:
        return _sweep(enough_time)
    done = answer(_rings(event["Records"]), _relay, _publisher, _waker, enough_time)
    _report(
        {"EventsLogged": done.events, "EventsPublished": done.published},
        done.set_aside,
        done.failures,
    )
    return {"batchItemFailures": [{"itemIdentifier": number} for number in done.ring_again]}


def _sweep(enough_time: Callable[[], bool]) -> dict[str, Any]:
    done = _sweeper.sweep(enough_time)
    _report(
        {"EventsLogged": done.events, "EventsPublished": done.published},
        done.set_aside,
        done.failures,
        outbox_age=_clock.now().timestamp() - done.oldest / 1000 if done.oldest else 0.0,
    )
    return {}


def _rings(records: list[Mapping[str, Any]]) -> Iterator[Ring]:
    for record in records:
        change = record["dynamodb"]
        organization_id, lane = organization_and_lane(change["Keys"]["pk"]["S"])
        yield Ring(change["SequenceNumber"], organization_id, lane)


def _report(
    counts: Mapping[str, int],
    set_aside: Mapping[str, int],
    failures: Mapping[str, Exception],
    outbox_age: float | None = None,
) -> None:
    for organization_id, error in failures.items():
        logger.error("relay failed", organization=organization_id, **describe_failure(error))
    for organization_id, number in set_aside.items():
        if number:
            logger.error("events set aside", organization=organization_id, number=number)
    totals = {"EventsSetAside": sum(set_aside.values()), "RelayFailures": len(failures)}
    for name, count in {**counts, **totals}.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    if outbox_age is not None:
        metrics.add_metric("OutboxAge", MetricUnit.Seconds, outbox_age)
    metrics.flush_metrics()


gc.freeze()
gc.enable()
