"""One attempt against real sockets on loopback: what is sent, and how receivers that misbehave are cut off."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gangway.changes.webhooks.posting import MAX_ANSWER_BYTES, Poster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class Receiver:
    """Accepts connections on loopback, remembers what came, and answers as told."""

    def __init__(self, respond: Callable[[socket.socket], None], tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self.requests: list[bytes] = []
        self._respond = respond
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake a thread that waits to accept
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(5)
            with contextlib.suppress(OSError), connection:
                line = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
                with line:
                    self.requests.append(_request(line))
                    self._respond(line)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


@contextmanager
def receiver(respond: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    found = Receiver(respond, tls)
    try:
        yield found
    finally:
        found.close()


def answering(response: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(response)


def test_a_message_arrives_byte_by_byte_with_its_headers_and_nothing_more() -> None:
    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as hook:
        answer = Poster(LOOPBACK).post(
            f"http://127.0.0.1:{hook.port}/in?a=1", {"webhook-id": "e-1"}, b'{"a":"\xc3\xa9"}'
        )

    assert (answer.status, answer.failure) == (204, None)
    (request,) = hook.requests
    assert request.split(b"\r\n") == [
        b"POST /in?a=1 HTTP/1.1",
        f"Host: 127.0.0.1:{hook.port}".encode(),
        b"webhook-id: e-1",
        b"Content-Length: 10",
        b"",
        b'{"a":"\xc3\xa9"}',
    ]


@pytest.mark.row("WHK-10")
def test_WHK_10_status_and_retry_after_are_reported() -> None:
    response = b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 5\r\n\r\nlater"
    with receiver(answering(response)) as hook:
        answer = Poster(LOOPBACK).post(f"http://127.0.0.1:{hook.port}/", {}, b"{}")

    assert (answer.status, answer.retry_after, answer.excerpt) == (503, "120", "later")
    assert answer.milliseconds < 5_000


@pytest.mark.row("WHK-07")
def test_WHK_07_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/".encode()
        response = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        with receiver(answering(response)) as hook:
            answer = Poster(LOOPBACK).post(f"http://127.0.0.1:{hook.port}/", {}, b"{}")

    assert answer.status == 302
    assert elsewhere.requests == []


def _drip(head: bytes) -> Callable[[socket.socket], None]:
    def respond(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    return respond


@pytest.mark.row("WHK-08")
@pytest.mark.parametrize(
    "respond",
    [
        _drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        lambda _: time.sleep(2),
    ],
    ids=["dripping head", "dripping body", "silence"],
)
def test_WHK_08_a_slow_receiver_is_cut_off_however_it_dawdles(respond: Callable[[socket.socket], None]) -> None:
    with receiver(respond) as hook:
        started = time.monotonic()
        answer = Poster(LOOPBACK, timeout=0.4).post(f"http://127.0.0.1:{hook.port}/", {}, b"{}")

    assert (answer.status, answer.failure) == (None, "timeout")
    assert time.monotonic() - started < 1.5


@pytest.mark.row("WHK-08")
def test_WHK_08_of_an_endless_answer_64_kib_are_read() -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 4096)

    with receiver(flood) as hook:
        answer = Poster(LOOPBACK).post(f"http://127.0.0.1:{hook.port}/", {}, b"{}")
        time.sleep(0.2)

    assert answer.status == 200
    assert len(answer.excerpt) == 512
    # what the kernel buffers on both sides comes on top of what was read
    assert sent < MAX_ANSWER_BYTES + 8_000_000


def test_a_receiver_that_is_not_there_is_reported_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert Poster(LOOPBACK).post(f"http://127.0.0.1:{port}/", {}, b"{}").failure == "ConnectionRefusedError"


def test_a_receiver_that_speaks_no_http_is_reported_by_name() -> None:
    with receiver(answering(b"hello\r\n\r\n")) as hook:
        assert Poster(LOOPBACK).post(f"http://127.0.0.1:{hook.port}/", {}, b"{}").failure == "BadStatusLine"


@pytest.mark.row("WHK-12")
@pytest.mark.parametrize("name", ["evil\r\nX-Injected", "evil "])
def test_WHK_12_headers_cannot_be_broken_out_of(name: str) -> None:
    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as hook:
        answer = Poster(LOOPBACK).post(f"http://127.0.0.1:{hook.port}/", {name: "x", "X": "a\r\nY: b"}, b"{}")

    assert answer.failure == "ValueError"
    assert hook.requests == [] or b"Y: b" not in hook.requests[0]


@pytest.mark.row("WHK-04")
def test_WHK_04_without_allowed_networks_loopback_is_refused_before_anything_is_sent() -> None:
    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as hook:
        plain = Poster().post(f"http://127.0.0.1:{hook.port}/", {}, b"{}")
        rebound = Poster(resolve=lambda _host: ["127.0.0.1"]).post("https://example.com/", {}, b"{}")

    assert (plain.failure or "").startswith("refused: ")
    assert (rebound.failure or "").startswith("refused: ")
    assert hook.requests == []


@pytest.mark.row("WHK-05")
def test_WHK_05_the_connection_goes_to_the_checked_address_even_if_the_name_now_means_another() -> None:
    resolved: list[str] = []

    def rebinding(host: str) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["169.254.169.254"]

    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as hook:
        answer = Poster(LOOPBACK, resolve=rebinding).post(f"http://hooks.test:{hook.port}/", {}, b"{}")

    assert answer.status == 204
    assert resolved == ["hooks.test"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for hooks.test that only itself vouches for, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "hooks.test.pem"
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none) + certificate.public_bytes(pem))
    return file


@pytest.mark.row("WHK-13")
@pytest.mark.parametrize(
    ("host", "trusted", "failure"),
    [
        ("hooks.test", True, None),
        ("other.test", True, "certificate refused"),
        ("hooks.test", False, "certificate refused"),
    ],
)
def test_WHK_13_only_a_trusted_certificate_of_the_very_name_will_do(
    certificate: Path, host: str, trusted: bool, failure: str | None
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.create_default_context()
    if trusted:
        client.load_verify_locations(certificate)
    poster = Poster(LOOPBACK, tls=client, resolve=lambda _host: ["127.0.0.1"])

    with receiver(answering(b"HTTP/1.1 204 No Content\r\n\r\n"), server) as hook:
        answer = poster.post(f"https://{host}:{hook.port}/", {}, b"{}")

    assert answer.failure == failure
    assert len(hook.requests) == (0 if failure else 1)


@pytest.mark.row("WHK-08")
def test_WHK_08_a_receiver_that_never_finishes_the_tls_handshake_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        answer = Poster(LOOPBACK, timeout=0.4).post(url, {}, b"{}")

    assert answer.failure == "timeout"
    assert time.monotonic() - started < 1.5
