"""One execution environment of a Lambda function: `python -I -S worker.py FD`, started in the unpacked bundle.

It sees what the function sees on AWS and nothing else: the standard library and the bundle's own tree. A module that is
missing from the bundle is missing here, although the developer's environment has it. This file is run by path, so it
may import the standard library only.

Over the socket FD come messages of four bytes of length (big-endian) and that many bytes of JSON. The worker first
sends `{"ready": true}`, or `{"error": …}` for a module that cannot be imported; then it answers each `{"event",
"requestId", "deadline", "arn", "trace"}` with `{"result": …}` or `{"error": …}`. When the socket closes it ends at
once, even in the middle of a request: the gateway is gone.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import socket
import struct
import sys
import threading
import time
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Message = dict[str, Any]


class Context:
    """What a handler is told about its invocation; named and typed as by AWS."""

    def __init__(self, request_id: str, deadline: float, arn: str) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time-out."""
        return max(0, int((self._deadline - time.time()) * 1000))


def receive(connection: socket.socket) -> Message | None:
    """The next message, or None at the end."""
    header = read_exactly(connection, 4)
    body = header and read_exactly(connection, struct.unpack("!i", header)[0])
    return json.loads(body) if body else None


def read_exactly(connection: socket.socket, size: int) -> bytes | None:
    """That many bytes, or None if the other side closed before."""
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def send(connection: socket.socket, message: Message) -> None:
    """Send one message; a result that is no JSON becomes an error, as on AWS."""
    try:
        body = json.dumps(message).encode()
    except (TypeError, ValueError) as error:
        body = json.dumps({"error": {"errorType": "Runtime.MarshalError", "errorMessage": str(error)}}).encode()
    connection.sendall(struct.pack("!i", len(body)) + body)


def failure(error: BaseException) -> Message:
    """An exception as Lambda reports it."""
    trace = traceback.format_exception(error)
    sys.stderr.write("".join(trace))
    sys.stderr.flush()
    return {"error": {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": trace}}


def load(name: str) -> Callable[[Any, Context], Any]:
    """The handler, by its dotted name."""
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]  # any object of the bundle


def listen(connection: socket.socket, inbox: queue.SimpleQueue[Message]) -> None:
    """Pass messages on until the other side closes; then end the process, whatever it is doing."""
    try:
        while (message := receive(connection)) is not None:
            inbox.put(message)
    finally:
        os._exit(0)


def main() -> None:
    """Import the handler, then answer requests one at a time."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(connection, inbox), daemon=True).start()
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        handler = load(os.environ["_HANDLER"])
    except BaseException as error:
        send(connection, failure(error))
        sys.exit(1)
    send(connection, {"ready": True})
    while True:
        message = inbox.get()
        os.environ["_X_AMZN_TRACE_ID"] = message["trace"]
        context = Context(message["requestId"], message["deadline"], message["arn"])
        try:
            reply = {"result": handler(message["event"], context)}
        except Exception as error:
            reply = failure(error)
        send(connection, reply)


if __name__ == "__main__":
    main()
