"""Serves the local gateway over HTTP/1.1 on the loopback interface, one thread per connection.

The standard library's server, with what a SCIM client needs added: connections stay open, small answers leave at once
(its unbuffered writes and Nagle's algorithm otherwise cost 40 ms each), chunked bodies are read, and bytes that are no
HTTP get JSON instead of an HTML page.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

from infra.local.exchange import Request, Response
from infra.local.gateway import REQUEST_LIMIT

if TYPE_CHECKING:
    from infra.local.gateway import Gateway

IDLE_SECONDS = 60.0
_DRAINED = 4 * REQUEST_LIMIT  # read and thrown away, so that the client gets to see the refusal
_BLOCK = 1 << 16
_LENGTH = re.compile(r"[0-9]{1,15}")


class BadFramingError(Exception):
    """The body's length cannot be told."""


class TooLargeError(Exception):
    """The body is larger than the gateway takes."""


class Server(ThreadingHTTPServer):
    """The listening socket; bound when made, answering once `start` has been given a gateway."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        """Bind the port (0 picks a free one).

        Raises:
            OSError: the port is taken.
        """
        super().__init__(("127.0.0.1", port), _Handler)
        self.gateway: Gateway | None = None

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self, gateway: Gateway) -> None:
        """Begin to answer, in a thread of its own."""
        self.gateway = gateway
        threading.Thread(target=self.serve_forever, args=(0.1,), name="gateway", daemon=True).start()

    def stop(self) -> None:
        """Stop listening; calling it before `start` is fine."""
        if self.gateway is not None:
            self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_SECONDS

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            return self.send_error(414)
        if not self.raw_requestline:
            self.close_connection = True
            return None
        if self.parse_request():
            self._exchange()
            self.wfile.flush()
        return None

    def _exchange(self) -> None:
        gateway = cast("Server", self.server).gateway
        assert gateway is not None  # noqa: S101  # connections are accepted after start() only
        path, _, query = self.path.partition("#")[0].partition("?")
        try:
            body = self._body()
        except BadFramingError:
            return self.send_error(400)
        except TooLargeError:
            self.close_connection = True
            return self._answer(gateway.too_large(path))
        headers = tuple((name, value) for name, value in self.headers.items())
        return self._answer(gateway.handle(Request(self.command, path, query, headers, body, self.client_address[0])))

    def _body(self) -> bytes:
        chunked = self.headers.get("Transfer-Encoding", "")
        lengths = {value.strip() for value in self.headers.get_all("Content-Length", [])}
        if chunked:
            if lengths or chunked.lower() != "chunked":
                raise BadFramingError
            return self._chunks()
        if not lengths:
            return b""
        length = lengths.pop()
        if lengths or not _LENGTH.fullmatch(length):
            raise BadFramingError
        if int(length) > REQUEST_LIMIT:
            self._drain(int(length))
            raise TooLargeError
        return self._read(int(length))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(1024).partition(b";")[0].strip(), 16)
            except ValueError:
                raise BadFramingError from None
            if size < 0:
                raise BadFramingError
            if size == 0:
                while self.rfile.readline(65537).strip():
                    pass
                return body
            if len(body) + size > REQUEST_LIMIT:
                raise TooLargeError
            body += self._read(size)
            if self.rfile.readline(3).strip():
                raise BadFramingError

    def _read(self, size: int) -> bytes:
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionAbortedError
        return body

    def _drain(self, size: int) -> None:
        left = min(size, _DRAINED)
        while left > 0 and (block := self.rfile.read(min(left, _BLOCK))):
            left -= len(block)

    def _answer(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        bodiless = response.status in (204, 304) or response.status < 200
        if not bodiless:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP request, as the load balancers in front of API Gateway do, and hang up."""
        text = message or self.responses.get(code, ("Bad Request",))[0]
        self.close_connection = True
        self.request_version = self.protocol_version  # else a request without a version gets no headers
        self._answer(Response(code, (("Content-Type", "application/json"),), json.dumps({"message": text}).encode()))
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Functions log their requests themselves."""
