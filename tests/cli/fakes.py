"""An admin API that answers what a test scripts, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from infra.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result


@dataclass
class FakeAdminApi:
    """Answers by method and path with query; asked for anything else, it says 404 as the real one does."""

    url: str
    answers: dict[str, tuple[int, Any]]
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def run(self, *arguments: str, standard_input: str | None = None) -> Result:
        """Run a command against it."""
        variables = {"GANGWAY_ADMIN_URL": self.url, "GANGWAY_STACK": None, "GANGWAY_OUTPUTS": None}
        return CliRunner().invoke(app, list(arguments), input=standard_input, env=variables)


@contextmanager
def admin_api(answers: dict[str, tuple[int, Any]]) -> Iterator[FakeAdminApi]:
    """Serve answers, each `"METHOD /path?query": (status, body)`; a body that is text is sent as it is."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            call = f"{self.command} {self.path.removeprefix('/admin/v1')}"
            api.asked.append((call, body))
            api.headers.append(dict(self.headers))
            status, found = answers.get(call, (404, {"type": "about:blank", "detail": "There is no such endpoint."}))
            content = (found if isinstance(found, str) else json.dumps(found)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # one method for all of HTTP's
                return self.answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Tests read `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = FakeAdminApi(f"http://127.0.0.1:{server.server_port}/admin/v1", answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
