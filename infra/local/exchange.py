"""An HTTP request and its answer, as the local gateway handles them: no sockets, no parsing left to do."""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
"""Names as spelt on the wire, in order, repeated where they were repeated."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. `path` and `query` are as on the wire, still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever the case of its name."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Response:
    """What the client is told. Framing (Content-Length, Date) is the server's."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
