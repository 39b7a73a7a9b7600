"""Functions for the worker tests: what a bundle's tree would hold."""

import os
import sys
import time
from typing import Any

calls = 0


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer with what the function was told, or misbehave as asked."""
    global calls  # noqa: PLW0603
    calls += 1
    match event.get("do"):
        case "fail":
            raise ValueError("as asked")
        case "sleep":
            time.sleep(event["seconds"])
        case "exit":
            os._exit(3)
        case "unserialisable":
            return object()
        case "import":
            return __import__(event["module"]).__name__
        case "print":
            print("said on stdout")
    return {
        "event": event,
        "calls": calls,
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "path": sys.path,
        "remaining": context.get_remaining_time_in_millis(),
        "requestId": context.aws_request_id,
        "function": context.function_name,
        "arn": context.invoked_function_arn,
    }
