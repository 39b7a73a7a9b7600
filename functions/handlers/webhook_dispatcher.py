"""webhook-dispatcher: delivers to one endpoint what it has not heard yet.

It is called for an endpoint by whoever knows that there is something to hear, and by a schedule that looks whose next
attempt is due and calls it once for each of them, so that an endpoint that hangs takes nobody else's time.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
from __future__ import annotations

import gc

gc.disable()

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from gangway.changes.security_event import TokenMaker
from gangway.changes.webhooks.dispatcher import Dispatcher
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.serving import Service, call_due
from gangway.clock import SystemClock
from gangway.observability import metrics
from gangway.settings.background import WebhookDispatcherSettings
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.due_calls import DueCallTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.event_signing import SigningKey
from gangway.storage.functions import DispatcherBell, SenderFunction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from gangway.changes.webhooks.dispatcher import Dispatched

MILLISECONDS_TO_FINISH: Final = 40_000
"""No round is begun with less than this left: the sender may take 25 seconds, and what came of it must be stored."""

_settings = WebhookDispatcherSettings.from_environment()
_clock = SystemClock()
_endpoints = EndpointTable(aws.dynamodb(), _settings.table, _clock)
_calls = DueCallTable(aws.dynamodb(), _settings.table)
_bell = DispatcherBell(aws.functions(), _settings.webhook_dispatcher)
_tokens = TokenMaker(_settings.public_url, SigningKey(aws.key_management(), _settings.event_signing_key), _clock)
_dispatcher = Dispatcher(
    _endpoints,
    ChangeLogTable(aws.dynamodb(), _settings.table, _clock),
    SenderFunction(aws.functions(), _settings.webhook_sender),
    _clock,
    Messages(_tokens),
)
_service = Service(_endpoints, _calls, _dispatcher, _clock)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve an endpoint, or call for those whose time has come."""

    def enough_time() -> bool:
        return context.get_remaining_time_in_millis() > MILLISECONDS_TO_FINISH

    if "endpoint" not in event:
        return {"called": call_due(_calls, _bell, _clock, enough_time)}
    longest = timedelta(milliseconds=context.get_remaining_time_in_millis())
    done = _service.serve(event["organization"], event["endpoint"], enough_time, longest)
    if done is not None:
        _report(done)
    return {}


def _report(done: Dispatched) -> None:
    counts = {
        "WebhooksDelivered": done.delivered,
        "WebhooksFailed": done.failed,
        "WebhooksDead": done.dead,
        "EndpointsDisabled": int(done.disabled in ("gone", "exhausted")),
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    metrics.flush_metrics()


gc.freeze()
gc.enable()
