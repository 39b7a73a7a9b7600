"""Forms the events that functions get without a client: stream records, schedules, and what is sent when they fail."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.local.made_up import ACCOUNT, REGION

if TYPE_CHECKING:
    from infra.local.functions import FunctionError

Json = dict[str, Any]

TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""`userIdentity` of a record that tells of a deletion by TTL."""


def stream_record(raw: Mapping[str, Any], stream_arn: str) -> Json:
    """A record as Lambda gets it, from the record as the DynamoDB Streams API returns it."""
    change = raw["dynamodb"]
    return {
        "eventID": raw["eventID"],
        "eventName": raw["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {name: _plain(value) for name, value in change.items()},
        "eventSourceARN": stream_arn,
    }


def records_event(records: Sequence[Mapping[str, Any]]) -> Json:
    """A batch for a function."""
    return {"Records": list(records)}


def scheduled_event(rule_arn: str, time: datetime, event_id: str | None = None) -> Json:
    """What EventBridge sends when a rule's schedule is due."""
    return {
        "version": "0",
        "id": event_id or str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [rule_arn],
        "detail": {},
    }


def failure_message(
    function_arn: str,
    batch: Sequence[Mapping[str, Any]],
    attempts: int,
    condition: str,
    error: FunctionError | None,
    now: datetime,
) -> Json:
    """What an on-failure destination gets about a batch that is given up: its place in the stream, not its content."""
    first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if error else None,
        },
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000000000000000000-local",
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch),
            "streamArn": batch[0]["eventSourceARN"],
        },
    }


def _arrival(change: Mapping[str, Any]) -> str:
    moment = datetime.fromtimestamp(change["ApproximateCreationDateTime"]).astimezone()
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _plain(value: Any) -> Any:
    """JSON as AWS writes it: times as seconds, bytes as base64."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return value
