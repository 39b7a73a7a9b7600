"""Plays TTL: deletes items some seconds after their time has come, since neither emulator does.

A scan every few seconds would cost more than everything else on a big table, so the reaper learns of expiries from the
stream, which tells of every write. As on AWS, an item is deleted only if it is still due, nobody can rely on when, and
the stream record of the deletion says that TTL did it.
"""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from infra.local.stream_events import TTL_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Reaper:
    """Deletes what is due in one table.

    Args:
        dynamodb: a DynamoDB client.
        table: name of the table.
        attribute: the attribute that holds the time of expiry, in seconds of the epoch.
        now: the time, likewise.
    """

    def __init__(self, dynamodb: Any, table: str, attribute: str, now: Callable[[], float] = time.time) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._attribute = attribute
        self._now = now
        self._due: list[tuple[int, int, str]] = []
        """Time, order and key; a text is a quarter of a dictionary, and large directories have many."""
        self._order = itertools.count()
        self._deleted: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def watch(self, record: dict[str, Any]) -> None:
        """Take note of a stream record; one that tells of a deletion by `reap` is marked as TTL's."""
        change = record["dynamodb"]
        expiry = change.get("NewImage", {}).get(self._attribute, {}).get("N")
        with self._lock:
            if expiry is not None:
                heapq.heappush(self._due, (int(expiry), next(self._order), json.dumps(change["Keys"])))
            elif record["eventName"] == "REMOVE" and str(change["Keys"]) in self._deleted:
                self._deleted.discard(str(change["Keys"]))
                record["userIdentity"] = TTL_IDENTITY

    def reap(self) -> int:
        """Delete what is due; returns how many items were."""
        deleted = 0
        while key := self._next_due():
            try:
                self._dynamodb.delete_item(
                    TableName=self._table,
                    Key=key,
                    ConditionExpression="#expiry <= :now",
                    ExpressionAttributeNames={"#expiry": self._attribute},
                    ExpressionAttributeValues={":now": {"N": str(int(self._now()))}},
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                self._deleted.discard(str(key))
                continue
            deleted += 1
        return deleted

    def start(self) -> None:
        """Reap every few seconds, in a thread of its own."""
        threading.Thread(target=self._run, name="reaper", daemon=True).start()

    def stop(self) -> None:
        """Delete nothing any more."""
        self._stopping.set()

    def _next_due(self) -> dict[str, Any] | None:
        with self._lock:
            if not self._due or self._due[0][0] > self._now():
                return None
            key: dict[str, Any] = json.loads(heapq.heappop(self._due)[2])
            self._deleted.add(str(key))
            return key

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.reap()
            except Exception as error:  # the emulator is being stopped, or will be back
                if not self._stopping.is_set():
                    _log.warning("expired items cannot be deleted: %s", error)
