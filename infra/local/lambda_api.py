"""Plays Lambda's Invoke for functions that call others: waited for, or sent off as an event.

The emulators would run functions in containers; ours run in `infra.local.functions`. So functions find this server
under `AWS_ENDPOINT_URL_LAMBDA` and everything else at the emulator. Signatures are not looked at: who may call whom is
what the tests of rights are for. An event whose function fails is tried again as on AWS, but sooner.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from infra.local.functions import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.gateway import Invocable

VARIABLE: Final = "AWS_ENDPOINT_URL_LAMBDA"
RETRY_SECONDS: Final = (1.0, 2.0)
"""Pauses before the two further attempts at an event; Lambda waits one minute and two."""

_INVOKE: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class LambdaApi(ThreadingHTTPServer):
    """The listening socket; bound when made, answering once `start` has been given functions."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.functions: Mapping[str, Invocable] | None = None
        self._stopping = threading.Event()

    @property
    def endpoint(self) -> str:
        """Base URL for AWS clients."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self, functions: Mapping[str, Invocable]) -> None:
        """Begin to answer, in a thread of its own."""
        self.functions = functions
        threading.Thread(target=self.serve_forever, args=(0.1,), name="lambda", daemon=True).start()

    def stop(self) -> None:
        """Stop listening; calling it before `start` is fine."""
        self._stopping.set()
        if self.functions is not None:
            self.shutdown()
        self.server_close()

    def send_off(self, function: Invocable, event: Any) -> None:
        """Call a function as an event, elsewhere; its failures are its own to log."""
        threading.Thread(target=self._deliver, args=(function, event), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A function that was stopped in the middle is no error of ours."""

    def _deliver(self, function: Invocable, event: Any) -> None:
        for pause in (*RETRY_SECONDS, None):
            try:
                function.invoke(event)
            except FunctionError:
                if pause is None or self._stopping.wait(pause):
                    return
            else:
                return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        """Invoke a function; by name or ARN, with or without an alias."""
        api = cast("LambdaApi", self.server)
        event = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
        match = _INVOKE.fullmatch(self.path.partition("?")[0])
        name = unquote(match[1]).split(":function:")[-1].partition(":")[0] if match else ""
        function = (api.functions or {}).get(name)
        if function is None:
            message = {"Type": "User", "Message": f"Function not found: {name}"}
            return self._answer(404, message, {"x-amzn-ErrorType": "ResourceNotFoundException"})
        if self.headers.get("X-Amz-Invocation-Type") == "Event":
            api.send_off(function, event)
            return self._answer(202, None, {})
        try:
            return self._answer(200, function.invoke(event), {})
        except FunctionError as error:
            return self._answer(200, dict(error.error), {"X-Amz-Function-Error": "Unhandled"})

    def log_message(self, *_: Any) -> None:
        """Functions log for themselves."""

    def _answer(self, status: int, body: object, headers: Mapping[str, str]) -> None:
        data = b"" if status == 202 else json.dumps(body).encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
