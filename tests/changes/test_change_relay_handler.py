"""The function as Lambda calls it: stream records and schedules in, batch item failures out, events on a bus."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gangway.changes.event import Cause
from gangway.changes.tell import change, resource_created
from gangway.storage import aws, keys
from gangway.storage.event_bus import EventBridgeBus
from tests.changes.table import TABLE, commit, table, whole_log
from tests.changes.traffic import ORGANIZATION, Told

if TYPE_CHECKING:
    from collections.abc import Iterator

BUS = "gangway-test"
CAUSE = Cause(ORGANIZATION, "kid", "req", "2026-01-31T12:00:00.000Z")
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


class Context:
    """What the handler asks of Lambda."""

    def __init__(self, milliseconds: int = 25_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


class Function:
    """The handler in a fresh module, and what its bus delivers to."""

    def __init__(self, client: Any, handler: Any, queue: Any, queue_url: str) -> None:
        self.client = client
        self.handler = handler
        self._queue = queue
        self._queue_url = queue_url

    def delivered(self) -> list[dict[str, Any]]:
        messages = self._queue.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    environment = {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "GANGWAY_TABLE": TABLE,
        "GANGWAY_EVENT_BUS": BUS,
        "GANGWAY_WEBHOOK_DISPATCHER": "webhook-dispatcher",
        "POWERTOOLS_SERVICE_NAME": "change-relay",
        "POWERTOOLS_METRICS_NAMESPACE": "Gangway",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with table() as client:
        aws.forget_clients()
        sys.modules.pop("handlers.change_relay", None)
        events, queues = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name=BUS)
        url = queues.create_queue(QueueName="heard")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["gangway"]}')
        events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "heard", "Arn": arn}])
        yield Function(client, importlib.import_module("handlers.change_relay").handler, queues, url)
        aws.forget_clients()
        sys.modules.pop("handlers.change_relay", None)


def record(number: int, user: str) -> dict[str, Any]:
    partition, sort_key = keys.outbox(ORGANIZATION, user, user, 1)
    return {
        "eventName": "INSERT",
        "dynamodb": {"Keys": {"pk": {"S": partition}, "sk": {"S": sort_key}}, "SequenceNumber": str(number)},
    }


def create_users(client: Any, *users: str) -> None:
    for user in users:
        commit(client, [Told(change(resource_created(CAUSE, "User", user, 1, {"userName": user})), user, 1)])


def test_given_stream_records_when_called_then_changes_are_logged_and_announced(function: Function) -> None:
    create_users(function.client, "u1", "u2")

    answer = function.handler({"Records": [record(1, "u1"), record(2, "u2")]}, Context())

    assert answer == {"batchItemFailures": []}
    assert {entry.event().resource_id for entry in whole_log(function.client)} == {"u1", "u2"}
    heard = function.delivered()
    assert {event["detail"]["data"]["resourceId"] for event in heard} == {"u1", "u2"}
    assert {event["detail-type"] for event in heard} == {"user.created"}
    assert all(event["detail"]["id"] == f"{event['detail']['data']['resourceId']}-1" for event in heard)


def test_given_no_record_when_the_schedule_fires_then_the_change_is_found(function: Function) -> None:
    create_users(function.client, "u1")
    name = {"pk": keys.ORGANIZATION_NAMES, "sk": "acme", "organization": ORGANIZATION}
    function.client.put_item(TableName=TABLE, Item={attribute: {"S": value} for attribute, value in name.items()})

    assert function.handler(SCHEDULED, Context()) == {}

    assert [event["detail"]["data"]["resourceId"] for event in function.delivered()] == ["u1"]


@pytest.mark.row("STR-01")
def test_STR_01_given_no_time_when_called_then_the_first_record_is_asked_for_again(function: Function) -> None:
    create_users(function.client, "u1", "u2")

    answer = function.handler({"Records": [record(11, "u1"), record(12, "u2")]}, Context(milliseconds=100))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "11"}]}
    assert whole_log(function.client) == []


def test_given_a_bus_that_is_gone_when_called_then_nothing_is_lost_and_the_failure_is_named(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    create_users(function.client, "u1")
    boto3.client("events").remove_targets(Rule="all", EventBusName=BUS, Ids=["heard"])
    boto3.client("events").delete_rule(Name="all", EventBusName=BUS)
    boto3.client("events").delete_event_bus(Name=BUS)

    answer = function.handler({"Records": [record(1, "u1")]}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert len(whole_log(function.client)) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line.get("RelayFailures") == [1.0] for line in lines)


def test_given_a_change_that_cannot_be_read_when_called_then_the_log_says_whose_was_set_aside(
    function: Function, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("gangway.observability.logger.error", lambda message, **more: said.append((message, more)))
    create_users(function.client, "u1", "u2")
    waiting = record(1, "u1")["dynamodb"]["Keys"]
    item = function.client.get_item(TableName=TABLE, Key=waiting)["Item"]
    function.client.put_item(TableName=TABLE, Item=item | {"e": {"S": "nonsense"}})

    answer = function.handler({"Records": [record(1, "u1"), record(2, "u2")]}, Context())

    assert answer == {"batchItemFailures": []}
    assert said == [("events set aside", {"organization": ORGANIZATION, "number": 1})]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line.get("EventsSetAside") == [1.0] for line in lines)


def test_a_bus_answers_for_each_entry_even_when_it_cannot_be_reached(function: Function) -> None:
    create_users(function.client, "u1", "u2")
    function.handler({"Records": [record(1, "u1"), record(2, "u2")]}, Context())
    unreachable = boto3.client("events", endpoint_url="http://127.0.0.1:1")

    codes = EventBridgeBus(unreachable, BUS).send(whole_log(function.client))

    assert codes == ["EndpointConnectionError"] * 2
