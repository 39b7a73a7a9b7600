"""Receivers of webhooks on loopback, each with a manner of its own."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    type Manner = Callable[[Heard, int], tuple[int, dict[str, str]]]
    """From a message, and how often it was heard before, to status and headers of the answer."""


@dataclass(frozen=True)
class Heard:
    """One message, as it arrived."""

    headers: dict[str, str]
    body: bytes
    time: float

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


def accepts(_heard: Heard, _before: int) -> tuple[int, dict[str, str]]:
    return 204, {}


def fails_once(_heard: Heard, before: int) -> tuple[int, dict[str, str]]:
    return (500, {}) if before == 0 else (200, {})


def is_gone(_heard: Heard, _before: int) -> tuple[int, dict[str, str]]:
    return 410, {}


def redirects(_heard: Heard, _before: int) -> tuple[int, dict[str, str]]:
    return 302, {"Location": "http://169.254.169.254/latest/meta-data/"}


def hangs(_heard: Heard, _before: int) -> tuple[int, dict[str, str]]:
    time.sleep(20)
    return 200, {}


@dataclass
class Receiver:
    """A server that notes what it hears; a context manager."""

    manner: Manner = accepts
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        receiver, lock, times = self, threading.Lock(), dict[str, int]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = Heard({name.lower(): value for name, value in self.headers.items()}, body, time.time())
                message_id = message.headers["webhook-id"]
                with lock:
                    receiver.heard.append(message)
                    before, times[message_id] = times.get(message_id, 0), times.get(message_id, 0) + 1
                status, headers = receiver.manner(message, before)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    return  # whoever posted it has hung up

            def log_message(self, *_: object) -> None:
                """Tests read `heard`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
