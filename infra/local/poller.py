"""Plays event source mappings: reads the table's stream and calls the functions that the program lets it wake.

One thread reads the stream and hands each record to every mapping; one thread per mapping filters, batches and retries
as Lambda does. A batch that fails is tried again from the record that failed, cut in half if the mapping says so, and
after its last attempt is told to the failure destination; only then do later records come.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from infra.local.event_pattern import matches
from infra.local.functions import FunctionError
from infra.local.stream_events import failure_message, records_event, stream_record

if TYPE_CHECKING:
    from infra.local.gateway import Invocable

POLL_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0

Record = Mapping[str, Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mapped:
    """An event source mapping as the program declares it. A number of -1 means without limit."""

    function: str
    function_arn: str
    stream_arn: str
    patterns: tuple[Mapping[str, Any], ...]
    batch_size: int
    retries: int
    oldest_seconds: int
    bisect: bool
    reports_failures: bool
    failure_queue_arn: str | None

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> Self:
        """From the recorded inputs of an `aws:lambda:EventSourceMapping`."""
        filters = inputs.get("filterCriteria", {}).get("filters", [])
        return cls(
            function=inputs["functionName"].split(":function:")[-1].partition(":")[0],
            function_arn=inputs["functionName"],
            stream_arn=inputs["eventSourceArn"],
            patterns=tuple(json.loads(entry["pattern"]) for entry in filters),
            batch_size=inputs.get("batchSize", 100),
            retries=inputs.get("maximumRetryAttempts", -1),
            oldest_seconds=inputs.get("maximumRecordAgeInSeconds", -1),
            bisect=bool(inputs.get("bisectBatchOnFunctionError")),
            reports_failures="ReportBatchItemFailures" in inputs.get("functionResponseTypes", []),
            failure_queue_arn=inputs.get("destinationConfig", {}).get("onFailure", {}).get("destinationArn"),
        )

    def wants(self, record: Record) -> bool:
        """Whether the filters let a record through; without filters all do."""
        return not self.patterns or any(matches(pattern, record) for pattern in self.patterns)


class Consumer:
    """Feeds one function the records its mapping wants, in order.

    Args:
        mapping: what the program declares.
        function: the function to call.
        send: writes a message to the queue of an ARN.
        pause: waits that many seconds before another attempt; by default until that or `stop`.
    """

    def __init__(
        self,
        mapping: Mapped,
        function: Invocable,
        send: Callable[[str, str], object],
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.mapping = mapping
        self._function = function
        self._send = send
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait

    def stop(self) -> None:
        """Try nothing again; what has not been accepted by now is forgotten with the stack."""
        self._stopping.set()

    def process(self, batch: Sequence[Record], attempts: int = 0) -> None:
        """Deliver a batch; returns when every record of it was accepted or given up."""
        while batch:
            failed_at, error = self._attempt(batch)
            if failed_at is None or self._stopping.is_set():
                return
            batch, attempts = batch[failed_at:], attempts + 1
            if condition := self._given_up(batch, attempts):
                self._tell_failure(batch, attempts, condition, error)
                return
            self._pause(min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS))
            if self.mapping.bisect and len(batch) > 1:
                middle = len(batch) // 2
                self.process(batch[:middle], attempts)
                batch = batch[middle:]

    def _attempt(self, batch: Sequence[Record]) -> tuple[int | None, FunctionError | None]:
        """Call the function; the index of the first record to try again, or None."""
        try:
            result = self._function.invoke(records_event(batch))
        except FunctionError as error:
            return 0, error
        if not self.mapping.reports_failures or not result:
            return None, None
        failed = {entry.get("itemIdentifier") for entry in result.get("batchItemFailures") or ()}
        if not failed:
            return None, None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        if not failed <= set(numbers):
            return 0, None  # an identifier that is not in the batch fails all of it
        return min(numbers.index(number) for number in failed), None

    def _given_up(self, batch: Sequence[Record], attempts: int) -> str | None:
        if 0 <= self.mapping.retries < attempts:
            return "RetryAttemptsExhausted"
        age = time.time() - batch[0]["dynamodb"]["ApproximateCreationDateTime"]
        if 0 <= self.mapping.oldest_seconds < age:
            return "RecordAgeExceeded"
        return None

    def _tell_failure(
        self, batch: Sequence[Record], attempts: int, condition: str, error: FunctionError | None
    ) -> None:
        _log.warning("%s gave up %d stream records: %s", self.mapping.function, len(batch), condition)
        if self.mapping.failure_queue_arn:
            arn = self.mapping.function_arn
            message = failure_message(arn, batch, attempts, condition, error, datetime.now(UTC))
            self._send(self.mapping.failure_queue_arn, json.dumps(message))


class Poller:
    """Reads one stream for several consumers, until stopped.

    Args:
        streams: a DynamoDB Streams client.
        stream_arn: the stream.
        consumers: those who may want its records.
        watchers: get every record, unfiltered and at once.
    """

    def __init__(
        self,
        streams: Any,
        stream_arn: str,
        consumers: Sequence[Consumer],
        watchers: Sequence[Callable[[dict[str, Any]], object]] = (),
    ) -> None:
        self._streams = streams
        self._stream_arn = stream_arn
        self._watchers = watchers
        self._stopping = threading.Event()
        self._inboxes: list[tuple[Consumer, queue.SimpleQueue[Record]]] = [(c, queue.SimpleQueue()) for c in consumers]

    def start(self) -> None:
        """Begin reading at the stream's oldest record."""
        threading.Thread(target=self._read, name="stream", daemon=True).start()
        for consumer, inbox in self._inboxes:
            name = f"mapping of {consumer.mapping.function}"
            threading.Thread(target=self._feed, args=(consumer, inbox), name=name, daemon=True).start()

    def stop(self) -> None:
        """Read no more; what is being delivered is cut off."""
        self._stopping.set()
        for consumer, _ in self._inboxes:
            consumer.stop()

    def _read(self) -> None:
        iterator: str | None = None
        while not self._stopping.wait(POLL_SECONDS):
            try:
                answer = self._streams.get_records(ShardIterator=iterator or self._oldest(), Limit=1000)
            except Exception as error:  # the emulator is being stopped, or will be back
                if not self._stopping.is_set():
                    _log.warning("the stream cannot be read: %s", error)
                continue
            iterator = answer.get("NextShardIterator")
            for raw in answer["Records"]:
                record = stream_record(raw, self._stream_arn)
                for watcher in self._watchers:
                    watcher(record)
                for consumer, inbox in self._inboxes:
                    if consumer.mapping.wants(record):
                        inbox.put(record)

    def _oldest(self) -> str:
        stream = self._streams.describe_stream(StreamArn=self._stream_arn)["StreamDescription"]
        shard = stream["Shards"][0]["ShardId"]
        answer = self._streams.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        return str(answer["ShardIterator"])

    def _feed(self, consumer: Consumer, inbox: queue.SimpleQueue[Record]) -> None:
        while not self._stopping.is_set():
            batch = [inbox.get()]
            while len(batch) < consumer.mapping.batch_size and not inbox.empty():
                batch.append(inbox.get())
            try:
                consumer.process(batch)
            except Exception:
                if not self._stopping.is_set():
                    _log.exception("%s lost %d stream records", consumer.mapping.function, len(batch))
