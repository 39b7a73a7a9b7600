"""One post of a webhook: to the checked address, with the name's certificate, in bounded time and space.

The function that runs this has no rights in AWS, so a receiver that turns our own connection against us gains nothing.
The standard library's client is used on a socket that we connect: no redirects, no proxies from the environment, no
second name resolution. The deadline covers everything from connecting to the last byte read, so a receiver that answers
a byte a second is cut off like one that does not answer; of the answer no more than 64 KiB are read, and little kept.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gangway.changes.webhooks.addresses import UnsafeTargetError, pinned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gangway.changes.webhooks.addresses import Network, Resolver, Target

TIMEOUT_S: Final = 15.0
MAX_ANSWER_BYTES: Final = 64 * 1024
KEPT_ANSWER_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from an attempt.

    Attributes:
        status: HTTP status; None when there was no answer.
        failure: in a word or two why there was none, or None.
        retry_after: the header's text, when there was one.
        milliseconds: from the beginning of the attempt to its end.
        excerpt: beginning of the answer's body, for the person who looks for the cause.
    """

    status: int | None
    failure: str | None
    retry_after: str | None
    milliseconds: int
    excerpt: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


def resolve(host: str) -> list[str]:
    """Ask the system for all addresses of a host."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Poster:
    """Posts webhooks, with the rules of `gangway.changes.webhooks.addresses`."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        timeout: float = TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
        resolve: Resolver = resolve,
    ) -> None:
        self._allowed = allowed
        self._timeout = timeout
        self._tls = tls or ssl.create_default_context()
        self._resolve = resolve

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one attempt; whatever goes wrong is part of the answer, and nothing is raised."""
        started = time.monotonic()
        try:
            target = pinned(url, self._resolve, self._allowed)
            with contextlib.ExitStack() as stack:
                connection = self._connect(target, stack, started + self._timeout)
                response, excerpt = _exchange(connection, target, headers, body)
        except (UnsafeTargetError, OSError, http.client.HTTPException, ValueError) as error:
            return Answer(None, self._timed_out(started) or _named(error), None, _milliseconds_since(started))
        if late := self._timed_out(started):
            return Answer(None, late, None, _milliseconds_since(started), excerpt)
        retry_after = response.headers.get("Retry-After")
        return Answer(response.status, None, retry_after, _milliseconds_since(started), excerpt)

    def _connect(self, target: Target, stack: contextlib.ExitStack, deadline: float) -> http.client.HTTPConnection:
        """Open a connection that is cut at the deadline, whatever it is doing then."""
        plain = stack.enter_context(_first_connected(target, deadline))
        # A time-out of the socket begins anew with every byte; only cutting the line bounds the whole.
        # The second handle on the connection outlives what TLS does to the first.
        line = stack.enter_context(plain.dup())
        cut = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [line])
        cut.daemon = True
        cut.start()
        stack.callback(cut.cancel)
        connection = http.client.HTTPConnection(target.host, target.port)
        stack.callback(connection.close)
        connection.sock = plain
        if target.scheme == "https":
            connection.sock = stack.enter_context(self._tls.wrap_socket(plain, server_hostname=target.host))
        return connection

    def _timed_out(self, started: float) -> str | None:
        return "timeout" if time.monotonic() - started >= self._timeout else None


def _first_connected(target: Target, deadline: float) -> socket.socket:
    """Connect to the first of the vetted addresses that answers."""
    failure: OSError = OSError("the host has no address")
    for address in target.addresses:
        try:
            return socket.create_connection((address, target.port), timeout=max(0.001, deadline - time.monotonic()))
        except OSError as error:
            failure = error
    raise failure


def _exchange(
    connection: http.client.HTTPConnection, target: Target, headers: Mapping[str, str], body: bytes
) -> tuple[http.client.HTTPResponse, str]:
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": _host_header(target), **headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = response.read(MAX_ANSWER_BYTES)
    return response, answer[:KEPT_ANSWER_BYTES].decode("utf-8", "replace")


def _cut(connection: socket.socket) -> None:
    # the receiver may have closed it already
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == {"https": 443, "http": 80}[target.scheme] else f"{host}:{target.port}"


def _named(error: Exception) -> str:
    """Name a failure for the list of deliveries."""
    if isinstance(error, UnsafeTargetError):
        return f"refused: {error}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate refused"
    if isinstance(error, socket.gaierror):
        return "name not found"
    return type(error).__name__


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
