"""The event bus: log entries as EventBridge events.

PutEvents answers per entry and may take some and refuse others; which ones is the publisher's business, so this module
gives it one code per entry, also when the call as a whole failed. Events are thin: names and ids of what changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_events import EventBridgeClient

    from gangway.changes.entry import LogEntry

SOURCE: Final = "gangway"
"""What rules on the bus match in ``source``; ``detail-type`` is the event's type."""

_MAX_ENTRY_BYTES: Final = 24 * 1024
"""Ten such entries stay below the 256 KB of one call. Thin events of real changes have about 1 KB."""


class EventBridgeBus:
    """Implements `gangway.changes.ports.EventBus`."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def send(self, entries: Sequence[LogEntry]) -> list[str | None]:
        """See `gangway.changes.ports.EventBus.send`."""
        codes: list[str | None] = [None] * len(entries)
        offered: list[tuple[int, dict[str, Any]]] = []
        for position, entry in enumerate(entries):
            event = self._event(entry)
            if len(event["Detail"].encode()) > _MAX_ENTRY_BYTES:
                codes[position] = "EntryTooLarge"
            else:
                offered.append((position, event))
        for (position, _), code in zip(offered, self._put([event for _, event in offered]), strict=True):
            codes[position] = code
        return codes

    def _put(self, events: list[dict[str, Any]]) -> list[str | None]:
        if not events:
            return []
        try:
            answer = self._client.put_events(Entries=cast("Any", events))
        except ClientError as error:
            return [error.response.get("Error", {}).get("Code", "Unknown")] * len(events)
        except BotoCoreError as error:
            return [type(error).__name__] * len(events)
        return [result.get("ErrorCode") for result in answer["Entries"]]

    def _event(self, entry: LogEntry) -> dict[str, Any]:
        document = entry.thin()
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": document["type"],
            "Time": document["timestamp"],
            "Resources": [f"{document['organizationId']}/{document['data']['resourceId']}"],
            "Detail": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        }
