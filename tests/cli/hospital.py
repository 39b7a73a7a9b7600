"""A SCIM server over HTTP that is healthy, or sick in exactly one way."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from gangway.directory.resources import Directory
from gangway.storage.directory_store import open_directory
from tests.access.fakes import SettableClock
from tests.fakes.dynamodb import FakeDynamoDB
from tests.http.fakes import REGISTRY, Scim
from tests.support.directories import TABLE
from tests.support.proxy import proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.directory.context import RequestContext

type Json = dict[str, Any]


@dataclass
class Exchange:
    """A request, and the answer that a sabotage may change."""

    method: str
    path: str
    body: str | None
    status: int
    answer: str
    media_type: str


type Sabotage = Callable[[Exchange], None]


class Directories:
    """Real directories over a table in memory."""

    def __init__(self) -> None:
        self._dynamodb, self._clock = FakeDynamoDB(TABLE), SettableClock()

    def opened(self, context: RequestContext) -> Directory:
        self._clock.advance(0.001)
        store = open_directory(self._dynamodb, TABLE, context.organization_id, self._clock)
        return Directory(store, REGISTRY, context, self._clock)


@contextmanager
def server(sabotage: Sabotage | None = None) -> Iterator[tuple[str, str]]:
    """Serve; gives the base URL and a token."""
    scim = Scim(directory=Directories())  # type: ignore[arg-type]  # opens directories, as the recording one does

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def exchange(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode() if length else None
            event = proxy_event(self.command, self.path, body, dict(self.headers))
            scim.clock.advance(0.1)  # ten requests a second: far from any limit
            made = scim.api.handle(event, scim.context)
            kind = made["headers"].get("Content-Type", "")
            exchange = Exchange(self.command, self.path, body, made["statusCode"], made["body"], kind)
            if sabotage is not None:
                sabotage(exchange)
            content = exchange.answer.encode()
            self.send_response(exchange.status)
            if exchange.status != 204:
                self.send_header("Content-Type", exchange.media_type)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if exchange.status != 204:
                self.wfile.write(content)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.exchange
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Tests look at the steps."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    # Its log lines would be in the command's own output.
    quiet = patch("gangway.http.request_log.write_request")
    quiet.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/scim/v2/acme", scim.token
    finally:
        quiet.stop()
        listening.shutdown()
        listening.server_close()
        thread.join()
