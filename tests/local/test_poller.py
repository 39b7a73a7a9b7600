"""Event source mappings: filters, order, partial failures, retries, halving, and what is given up."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.local.functions import FunctionError
from infra.local.poller import Consumer, Mapped, Poller

if TYPE_CHECKING:
    from collections.abc import Collection

STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/p/stream/2026"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:p-relay"
INPUTS = {
    "functionName": FUNCTION,
    "eventSourceArn": STREAM,
    "batchSize": 10,
    "maximumRetryAttempts": 2,
    "maximumRecordAgeInSeconds": 3600,
    "bisectBatchOnFunctionError": True,
    "functionResponseTypes": ["ReportBatchItemFailures"],
    "filterCriteria": {"filters": [{"pattern": '{"eventName":["INSERT"]}'}, {"pattern": '{"eventName":["REMOVE"]}'}]},
    "destinationConfig": {"onFailure": {"destinationArn": "arn:aws:sqs:eu-central-1:123456789012:dead"}},
}
MAPPING = Mapped.read(INPUTS)


class Flaky:
    """A function that cannot deal with some records, or fails altogether a number of times."""

    def __init__(self, *, poison: Collection[str] = (), failures: int = 0, reports: bool = True) -> None:
        self.poison = poison
        self.failures = failures
        self.reports = reports
        self.batches: list[list[str]] = []

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.batches.append(numbers)
        bad = [number for number in numbers if number in self.poison]
        if self.failures or (bad and not self.reports):
            self.failures = max(0, self.failures - 1)
            raise FunctionError("p-relay", {"errorType": "ValueError"})
        return {"batchItemFailures": [{"itemIdentifier": number} for number in bad]}


def record(number: str, event: str = "INSERT", age: float = 0) -> dict[str, Any]:
    return {
        "eventName": event,
        "eventSourceARN": STREAM,
        "dynamodb": {
            "SequenceNumber": number,
            "Keys": {"pk": {"S": "secret"}},
            "ApproximateCreationDateTime": time.time() - age,
        },
    }


class Run:
    """One batch through a consumer."""

    def __init__(self, function: Flaky, batch: list[dict[str, Any]], mapping: Mapped = MAPPING) -> None:
        self.sent: list[dict[str, Any]] = []
        self.pauses: list[float] = []
        consumer = Consumer(
            mapping, function, lambda _arn, text: self.sent.append(json.loads(text)), self.pauses.append
        )
        consumer.process(batch)

    @property
    def given_up(self) -> list[tuple[str, str]]:
        infos = [message["DDBStreamBatchInfo"] for message in self.sent]
        return [(info["startSequenceNumber"], info["endSequenceNumber"]) for info in infos]


def test_a_mapping_is_read_from_the_recorded_inputs() -> None:
    assert (MAPPING.function, MAPPING.batch_size, MAPPING.retries) == ("p-relay", 10, 2)
    assert MAPPING.wants(record("1"))
    assert not MAPPING.wants(record("1", "MODIFY"))
    bare = Mapped.read({"functionName": FUNCTION, "eventSourceArn": STREAM})
    assert bare.wants(record("1", "MODIFY"))
    assert (bare.retries, bare.oldest_seconds) == (-1, -1)


def test_given_success_then_the_batch_is_delivered_once() -> None:
    function = Flaky()

    run = Run(function, [record("1"), record("2")])

    assert (function.batches, run.sent) == ([["1", "2"]], [])


def test_given_a_reported_failure_then_only_it_and_what_follows_come_again() -> None:
    function = Flaky(poison={"3"})

    run = Run(function, [record(n) for n in "1234"], replace(MAPPING, bisect=False))

    assert function.batches == [["1", "2", "3", "4"], ["3", "4"], ["3", "4"]]
    assert run.given_up == [("3", "4")]


def test_given_halving_then_the_others_get_through_and_one_record_is_given_up() -> None:
    function = Flaky(poison={"3"}, reports=False)

    run = Run(function, [record(n) for n in "1234"], replace(MAPPING, retries=10))

    delivered = [number for batch in function.batches if "3" not in batch for number in batch]
    assert delivered == ["1", "2", "4"]
    assert run.given_up == [("3", "3")]


def test_given_a_passing_fault_then_retries_deliver_in_order_after_growing_pauses() -> None:
    function = Flaky(failures=2)

    run = Run(function, [record("1")], replace(MAPPING, retries=5))

    assert function.batches == [["1"]] * 3
    assert run.pauses == [0.2, 0.4]
    assert run.sent == []


def test_given_no_limit_of_attempts_then_an_old_record_is_given_up_by_age() -> None:
    run = Run(Flaky(poison={"1"}), [record("1", age=7200)], replace(MAPPING, retries=-1))

    assert run.sent[0]["requestContext"]["condition"] == "RecordAgeExceeded"


def test_given_an_unknown_identifier_then_the_whole_batch_fails() -> None:
    class Confused(Flaky):
        def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
            super().invoke(event)
            return {"batchItemFailures": [{"itemIdentifier": "?"}]}

    function = Confused()
    Run(function, [record("1"), record("2")], replace(MAPPING, bisect=False))

    assert function.batches == [["1", "2"]] * 3


def test_the_failure_message_tells_where_in_the_stream_and_nothing_of_the_content() -> None:
    run = Run(Flaky(poison={"7"}), [record("7")])

    (message,) = run.sent
    assert message["requestContext"] == {
        "requestId": message["requestContext"]["requestId"],
        "functionArn": FUNCTION,
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 3,
    }
    assert message["DDBStreamBatchInfo"]["streamArn"] == STREAM
    assert "secret" not in json.dumps(message)


def test_when_stopped_then_nothing_is_tried_again_or_given_up() -> None:
    class StoppedMeanwhile(Flaky):
        def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
            consumer.stop()
            return super().invoke(event)

    function = StoppedMeanwhile(failures=5)
    sent: list[str] = []
    consumer = Consumer(replace(MAPPING, retries=0), function, lambda _arn, text: sent.append(text))

    consumer.process([record("1")])

    assert (function.batches, sent) == ([["1"]], [])


class FakeStreams:
    """A stream that is read once, and fails the first time."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records
        self.reads = 0

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}}

    def get_shard_iterator(self, **_: Any) -> Any:
        return {"ShardIterator": "0"}

    def get_records(self, **asked: Any) -> Any:
        self.reads += 1
        if self.reads == 1:
            raise ConnectionError("not yet")
        start = int(asked["ShardIterator"])
        return {"Records": self.records[start:], "NextShardIterator": str(len(self.records))}


def test_the_poller_hands_every_record_to_watchers_and_the_wanted_ones_to_consumers() -> None:
    raw = [{**record(n, event), "eventID": n} for n, event in (("1", "INSERT"), ("2", "MODIFY"), ("3", "REMOVE"))]
    function = Flaky()
    seen: list[dict[str, Any]] = []
    poller = Poller(FakeStreams(raw), STREAM, [Consumer(MAPPING, function, lambda *_: None)], [seen.append])

    poller.start()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and sum(map(len, function.batches)) < 2:
        time.sleep(0.02)
    poller.stop()

    assert [entry["eventName"] for entry in seen] == ["INSERT", "MODIFY", "REMOVE"]
    assert [number for batch in function.batches for number in batch] == ["1", "3"]
