"""One page that shows whether the stack is well: requests and their fate, events on their way, the table, the vault.

The body is what CloudWatch takes as JSON: rows of graphs on a grid 24 wide, each a title and a few metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.stack.api import STAGE_NAME
from infra.stack.function import METRICS_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.stack.alarms import Watched

type Metric = tuple[str, ...]
"""Namespace, name, then dimensions as name and value in turn."""

WIDTH, HEIGHT, PER_ROW = 8, 6, 3


def body(on: Watched, region: str) -> dict[str, Any]:
    """The dashboard of a stack."""
    graphs = [*_doors(on, region), *_background(on, region), *_machines(on, region)]
    placed = [{**graph, **_place(number)} for number, graph in enumerate(graphs)]
    return {"start": "-PT12H", "periodOverride": "inherit", "widgets": placed}


def _doors(on: Watched, region: str) -> list[dict[str, Any]]:
    def gateway(metric: str) -> list[Metric]:
        return [("AWS/ApiGateway", metric, "ApiName", on.names.api(api), "Stage", STAGE_NAME) for api in on.apis]

    return [
        _graph("Requests", region, gateway("Count"), "Sum"),
        _graph("Faults of ours", region, [*gateway("5XXError"), _own("scim-api", "FaultsAnswered429")], "Sum"),
        _graph("Refused", region, gateway("4XXError"), "Sum"),
        _graph("Time to answer, 99th percentile (ms)", region, gateway("Latency"), "p99"),
        _graph(
            "Time of requests in the functions, 99th percentile (ms)",
            region,
            [_own(api, "Duration") for api in ("scim-api", "admin-api")],
            "p99",
        ),
        _graph("Tokens refused", region, [_own("scim-api", "Unauthorized")], "Sum"),
        _graph(
            "Rate limit, dialect rules, members skipped",
            region,
            [_own("scim-api", metric) for metric in ("Throttled", "DialectRules", "MembersSkipped")],
            "Sum",
        ),
    ]


def _background(on: Watched, region: str) -> list[dict[str, Any]]:
    relay = [_own("change-relay", m) for m in ("EventsLogged", "EventsPublished", "EventsSetAside", "RelayFailures")]
    webhooks = [_own("webhook-dispatcher", m) for m in ("WebhooksDelivered", "WebhooksFailed", "WebhooksDead")]
    queues = [
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", on.names.dead_letters(function))
        for function in on.background
    ]
    return [
        _graph("Events", region, relay, "Sum"),
        _graph("Oldest change that is no event yet (s)", region, [_own("change-relay", "OutboxAge")], "Maximum"),
        _graph("Webhooks", region, webhooks, "Sum"),
        _graph("Dead letters", region, queues, "Maximum"),
        _graph("Fullest token secret (%)", region, [_own("token-compactor", "TokenShardFill")], "Maximum"),
        _graph("Tokens about to expire", region, [_own("housekeeper", "TokensExpiring")], "Maximum"),
    ]


def _machines(on: Watched, region: str) -> list[dict[str, Any]]:
    def functions(metric: str) -> list[Metric]:
        return [("AWS/Lambda", metric, "FunctionName", on.names.function(function)) for function in on.functions]

    units = [("AWS/DynamoDB", f"Consumed{kind}CapacityUnits", "TableName", on.table_name) for kind in ("Read", "Write")]
    throttled = [("AWS/DynamoDB", f"{kind}ThrottleEvents", "TableName", on.table_name) for kind in ("Read", "Write")]
    return [
        _graph("Functions failed", region, functions("Errors"), "Sum"),
        _graph("Functions at a time", region, functions("ConcurrentExecutions"), "Maximum"),
        _graph("Time of functions, 99th percentile (ms)", region, functions("Duration"), "p99"),
        _graph("Table: units consumed", region, units, "Sum"),
        _graph("Table: throttled", region, throttled, "Sum"),
    ]


def _own(service: str, metric: str) -> Metric:
    return (METRICS_NAMESPACE, metric, "service", service)


def _graph(title: str, region: str, metrics: Sequence[Metric], statistic: str) -> dict[str, Any]:
    shown = {"title": title, "view": "timeSeries", "region": region, "stat": statistic, "period": 300}
    return {"type": "metric", "properties": {**shown, "metrics": [list(metric) for metric in metrics]}}


def _place(number: int) -> dict[str, int]:
    row, column = divmod(number, PER_ROW)
    return {"x": column * WIDTH, "y": row * HEIGHT, "width": WIDTH, "height": HEIGHT}
