"""What watches the stack: alarms over everything that can fail, and where they go."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.infra.program import Program
from tests.infra.rules.compare import differences
from tests.infra.rules.data import ACCOUNT, REGION, home, key_arn
from tests.infra.rules.everything import APIS, BACKGROUND, FUNCTIONS, LISTENING, PREFIX

FUNCTIONS_SOURCE = Path(__file__).parents[3] / "functions"
OWN = {
    ("scim-api", "VaultFailures"),
    ("scim-api", "FaultsAnswered429"),
    ("admin-api", "VaultFailures"),
    ("change-relay", "OutboxAge"),
    ("change-relay", "EventsSetAside"),
    ("webhook-dispatcher", "WebhooksDead"),
    ("webhook-dispatcher", "EndpointsDisabled"),
    ("housekeeper", "HousekeepingFailures"),
    ("housekeeper", "TokensExpiring"),
    ("token-compactor", "TokenShardFill"),
}
"""Metrics of the stack's own that somebody has to act on."""


def watched(program: Program) -> Counter[tuple[str, str, str]]:
    """Namespace, metric and the dimension that tells what is watched, of every alarm that there must be."""
    found = [("AWS/Lambda", metric, f"{PREFIX}-{f}") for f in FUNCTIONS for metric in ("Errors", "Throttles")]
    found += [("AWS/Lambda", "IteratorAge", f"{PREFIX}-{f}") for f in LISTENING]
    found += [("AWS/SQS", "ApproximateNumberOfMessagesVisible", f"{PREFIX}-{f}-dead-letters") for f in BACKGROUND]
    found += [("AWS/ApiGateway", metric, f"{PREFIX}-{api}") for api in APIS for metric in ("5XXError", "Latency")]
    found += [("Gangway", metric, service) for service, metric in OWN]
    found += [("AWS/DynamoDB", "ReplicationLatency", PREFIX)] if program.settings.second_region else []
    return Counter([*found, ("AWS/DynamoDB", "WriteThrottleEvents", home(program))])


DIMENSIONS = {
    "AWS/Lambda": {"FunctionName"},
    "AWS/SQS": {"QueueName"},
    "AWS/ApiGateway": {"ApiName", "Stage"},
    "AWS/DynamoDB": {"TableName"},
    "Gangway": {"service"},
}


def everything_that_can_fail_has_its_alarms(program: Program) -> Iterator[str]:
    if not program.settings.alarms:
        return
    found: Counter[tuple[str, str, str]] = Counter()
    for alarm in program.all("MetricAlarm"):
        dimensions = alarm.inputs.get("dimensions", {})
        namespace = alarm.inputs.get("namespace", "")
        received = {"ReceivingRegion": program.settings.second_region}
        copied = received if alarm.inputs.get("metricName") == "ReplicationLatency" else {}
        if (
            set(dimensions) != DIMENSIONS.get(namespace, set()) | set(copied)
            or not copied.items() <= dimensions.items()
        ):
            yield f"{alarm.name} looks at {namespace} by {sorted(dimensions)}"
        if "Stage" in dimensions and dimensions["Stage"] != "live":
            yield f"{alarm.name} looks at another stage"
        subject = next((value for name, value in dimensions.items() if name not in ("Stage", "ReceivingRegion")), "")
        found[(namespace, alarm.inputs.get("metricName", ""), subject)] += 1
    for missing in watched(program) - found:
        yield f"no alarm watches {missing}"
    for more in found - watched(program):
        yield f"an alarm watches {more}, which no rule asks for"


def every_alarm_is_heard_and_says_what_to_do(program: Program) -> Iterator[str]:
    topic = program.one("sns:Topic")
    for alarm in program.all("MetricAlarm"):
        expected = {
            "alarmActions": [topic.arn],
            "okActions": [topic.arn],
            "treatMissingData": "notBreaching",
            "comparisonOperator": "GreaterThanThreshold",
        }
        yield from differences(alarm.name, alarm.inputs, expected)
        if len(alarm.inputs.get("alarmDescription", "").split(". ")) < 2:
            yield f"{alarm.name} does not say what has happened and what to do"
        statistics = [alarm.inputs.get(name) for name in ("statistic", "extendedStatistic")]
        if statistics.count(None) != 1:
            yield f"{alarm.name} has the statistics {statistics}"
        for name in ("period", "evaluationPeriods"):
            if not alarm.inputs.get(name, 0) > 0:
                yield f"{alarm.name} has no {name}"
        if alarm.inputs.get("threshold", -1) < 0:
            yield f"{alarm.name} has no threshold"


def alarms_and_graphs_are_of_metrics_that_somebody_writes(program: Program) -> Iterator[str]:
    if not program.settings.alarms:
        return
    named = {m["metricName"] for m in (a.inputs for a in program.all("MetricAlarm")) if m.get("namespace") == "Gangway"}
    for widget in program.one("Dashboard").inputs.get("dashboardBody", {}).get("widgets", []):
        metrics = widget.get("properties", {}).get("metrics", [])
        named |= {metric[1] for metric in metrics if len(metric) > 1 and metric[0] == "Gangway"}
    for name in sorted(named):
        if f'"{name}"' not in source():
            yield f"no function writes the metric {name}"
    for name in sorted(written() - named):
        yield f"the metric {name} is paid for, and neither an alarm nor a graph shows it"


@functools.cache
def written() -> set[str]:
    """Metrics that functions write: added one by one, as members of counts, or under a name with a meaning."""
    forms = (
        r'add_metric\("(\w+)"',
        r'"([A-Z]\w+)": (?:done\.|len\(|sum\(|int\((?:fault|status))',
        r'= "([A-Z]\w+)"\n"""Counts ',
    )
    return {name for form in forms for name in re.findall(form, source())}


@functools.cache
def source() -> str:
    return "\n".join(path.read_text() for path in sorted(FUNCTIONS_SOURCE.rglob("*.py")))


def alarms_go_to_an_encrypted_topic(program: Program) -> Iterator[str]:
    if not program.settings.alarms:
        return
    topic, settings = program.one("sns:Topic"), program.settings
    expected = {"name": f"{PREFIX}-alarms", "kmsMasterKeyId": key_arn(program)}
    yield from differences(topic.name, topic.inputs, expected)
    statement = {
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    policy = {"arn": topic.arn, "policy": {"Version": "2012-10-17", "Statement": [statement]}}
    yield from differences("the topic's policy", program.one("TopicPolicy").inputs, policy)
    if settings.alarm_email:
        mailed = {"topic": topic.arn, "protocol": "email", "endpoint": settings.alarm_email}
        yield from differences("the mail of alarms", program.one("TopicSubscription").inputs, mailed)


def the_budget_tells_before_and_after(program: Program) -> Iterator[str]:
    if not program.settings.monthly_budget:
        return
    notification = {
        "comparisonOperator": "GREATER_THAN",
        "threshold": 100,
        "thresholdType": "PERCENTAGE",
        "subscriberSnsTopicArns": [program.one("sns:Topic").arn],
    }
    expected = {
        "budgetType": "COST",
        "limitAmount": str(program.settings.monthly_budget),
        "limitUnit": "USD",
        "timeUnit": "MONTHLY",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:stack$local"]}],
        "notifications": [{**notification, "notificationType": kind} for kind in ("FORECASTED", "ACTUAL")],
    }
    yield from differences("the budget", program.one("Budget").inputs, expected)


def the_dashboard_shows_the_stack(program: Program) -> Iterator[str]:
    if not program.settings.alarms:
        return
    dashboard = program.one("Dashboard")
    body = dashboard.inputs.get("dashboardBody", {})
    yield from differences(dashboard.name, dashboard.inputs, {"dashboardName": PREFIX})
    yield from differences(dashboard.name, body, {"start": "-PT12H", "periodOverride": "inherit"})
    if len(body.get("widgets", [])) != 18:
        yield f"the dashboard has {len(body.get('widgets', []))} graphs, not 18"
    for widget in body.get("widgets", []):
        yield from _graph_fault(widget)


def _graph_fault(widget: dict[str, Any]) -> Iterator[str]:
    shown = widget.get("properties", {})
    title = shown.get("title", "")
    yield from differences(f"graph {title!r}", widget, {"type": "metric", "width": 8, "height": 6})
    yield from differences(f"graph {title!r}", shown, {"view": "timeSeries", "region": REGION, "period": 300})
    if not (title and shown.get("stat") in ("Sum", "Maximum", "p99") and shown.get("metrics")):
        yield f"graph {title!r} shows nothing"
    if {"x", "y"} - set(widget):
        yield f"graph {title!r} has no place"
    lengths = {"Gangway": 4, "AWS/ApiGateway": 6, "AWS/Lambda": 4, "AWS/SQS": 4, "AWS/DynamoDB": 4}
    counts = {
        "Requests": 2,
        "Rate limit, dialect rules, members skipped": 3,
        "Events": 4,
        "Webhooks": 3,
        "Dead letters": len(BACKGROUND),
    }
    counts |= dict.fromkeys(("Functions failed", "Functions at a time"), len(FUNCTIONS))
    counts |= {"Faults of ours": 3, "Refused": 2, "Time of functions, 99th percentile (ms)": len(FUNCTIONS)}
    counts |= {"Table: units consumed": 2, "Table: throttled": 2, "Time to answer, 99th percentile (ms)": 2}
    counts["Time of requests in the functions, 99th percentile (ms)"] = 2
    if len(shown.get("metrics", [])) != counts.get(title, 1):
        yield f"graph {title!r} shows {len(shown.get('metrics', []))} metrics"
    for metric in shown.get("metrics", []):
        if len(metric) != lengths.get(metric[0] if metric else "", 0):
            yield f"graph {title!r} shows {metric}"


def the_log_queries_ask_logs_that_exist(program: Program) -> Iterator[str]:
    groups = {f"/aws/lambda/{PREFIX}-{function}" for function in FUNCTIONS} | {f"/{PREFIX}/requests"}
    groups.remove(f"/aws/lambda/{PREFIX}-scim-api")
    counts = {"failed requests": 2, "refused tokens": 1, "one organization": 2, "organizations by requests": 1}
    counts |= {"slow requests": 2, "dialects": 1, "crashes": len(FUNCTIONS), "cold starts": 1}
    if not program.settings.alarms:
        return
    for query in program.all("QueryDefinition"):
        asked = query.inputs.get("logGroupNames", [])
        title = query.inputs.get("name", "").removeprefix(f"{PREFIX}/")
        if len(asked) != counts.get(title) or set(asked) - groups:
            yield f"{query.name} asks {asked}"
        if "stats" not in query.inputs.get("queryString", "") and "sort" not in query.inputs.get("queryString", ""):
            yield f"{query.name} asks nothing"


RULES = (
    everything_that_can_fail_has_its_alarms,
    every_alarm_is_heard_and_says_what_to_do,
    alarms_and_graphs_are_of_metrics_that_somebody_writes,
    alarms_go_to_an_encrypted_topic,
    the_budget_tells_before_and_after,
    the_dashboard_shows_the_stack,
    the_log_queries_ask_logs_that_exist,
)
