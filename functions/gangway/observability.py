"""Logs and metrics: one JSON line a request, which is both.

CloudWatch reads metrics out of log lines (embedded metric format), and such a line may carry any other members. So the
line that tells what a request was also holds its metrics: nothing can disagree, and one line is paid for. It is put
together here, because powertools' own calls for the same line take 50 microseconds and this takes 10 of the 130 that a
request may cost; `metrics` and `logger` are for functions that have no request to answer. Dimensions are the function
alone, since every further one multiplies the bill; what an operator wants to break down by is in the line and can be
queried there.

Nothing in a line may come from values of a request: templates, names, codes, ids and durations only. Failures are
logged as types and stack frames, without their messages, because messages quote values.
"""

from __future__ import annotations

import json
import time
import traceback
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = Logger()
metrics = Metrics()

_STACK_FRAMES = 12
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_request(line: Mapping[str, Any], counts: Mapping[str, int], duration_ms: float) -> None:
    """Write the line of a finished request.

    Args:
        line: what to say of it; no name may be that of a metric.
        counts: metrics to count up besides `Duration`, for example `Throttled`; zeros are left out.
        duration_ms: from event to answer.
    """
    counted = {name: count for name, count in counts.items() if count}
    units = [{"Name": name, "Unit": "Count"} for name in counted]
    directive = {
        "Namespace": metrics.namespace,
        "Dimensions": [["service"]],
        "Metrics": [*units, {"Name": "Duration", "Unit": "Milliseconds"}],
    }
    entry = {
        **line,
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        "service": metrics.service,
        **counted,
        "Duration": round(duration_ms, 2),
    }
    print(_encode(entry))  # Lambda takes what is printed for a log line


def describe_failure(error: BaseException) -> dict[str, Any]:
    """An exception and its causes as data that is safe to log: types, AWS error codes, stack frames, no messages."""
    frames = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES:]
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < _STACK_FRAMES:
        causes.append(f"{type(cause).__module__}.{type(cause).__qualname__}{_aws_code(cause)}")
        cause = cause.__cause__ or cause.__context__
    return {
        "errors": causes,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _aws_code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    operation = getattr(error, "operation_name", None)
    return f" {operation}: {code}" if code else ""
