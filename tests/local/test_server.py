"""The gateway over real sockets: framing, keep-alive and bytes that are no HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING

import pytest

from infra.local.gateway import REQUEST_LIMIT
from infra.local.server import Server
from tests.local.test_gateway import FakeFunction, gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/scim/v2/acme/Users"
TOKEN = {"Authorization": "Bearer t"}

Running = tuple[Server, FakeFunction]


@pytest.fixture
def running() -> Iterator[Running]:
    server, function = Server(0), FakeFunction({"statusCode": 200, "body": '{"ok":true}'})
    server.start(gateway(function))
    yield server, function
    server.stop()


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)


def raw(server: Server, request: bytes) -> bytes:
    """Send bytes and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_one_connection_carries_several_requests(running: Running) -> None:
    connection = connect(running[0])
    for query in ("a=1", "a=2"):
        connection.request("GET", f"{PATH}?{query}", headers=TOKEN)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b'{"ok":true}')
        assert running[1].event["queryStringParameters"] == {"a": query[-1]}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_reaches_the_function_with_its_body(running: Running, method: str) -> None:
    connection = connect(running[0])
    connection.request(method, PATH, body=b'{"a":1}', headers=TOKEN)

    assert connection.getresponse().status == 200
    assert (running[1].event["httpMethod"], running[1].event["body"]) == (method, '{"a":1}')


def test_head_has_the_length_but_not_the_body(running: Running) -> None:
    connection = connect(running[0])
    connection.request("HEAD", PATH, headers=TOKEN)
    response = connection.getresponse()

    assert (response.status, response.getheader("Content-Length"), response.read()) == (200, "11", b"")


def test_204_has_neither_length_nor_body(running: Running) -> None:
    running[1].result = {"statusCode": 204, "body": "ignored"}
    connection = connect(running[0])
    for _ in range(2):
        connection.request("DELETE", PATH, headers=TOKEN)
        response = connection.getresponse()
        assert (response.status, response.getheader("Content-Length"), response.read()) == (204, None, b"")


def test_a_chunked_body_is_put_together(running: Running) -> None:
    connection = connect(running[0])
    connection.request("POST", PATH, body=iter([b'{"a":', b"1}"]), headers=TOKEN, encode_chunked=True)

    assert connection.getresponse().status == 200
    assert running[1].event["body"] == '{"a":1}'


def test_a_client_that_expects_to_continue_is_told_to(running: Running) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answer = raw(running[0], head.encode() + b"{}")

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n")
    assert b"HTTP/1.1 200 OK" in answer


def test_given_a_body_over_the_limit_then_413_and_the_function_is_not_called(running: Running) -> None:
    connection = connect(running[0])
    connection.request("POST", PATH, body=b"x" * (REQUEST_LIMIT + 1), headers=TOKEN)
    response = connection.getresponse()

    assert (response.status, json.loads(response.read())) == (413, ["scim", "REQUEST_TOO_LARGE"])
    assert running[1].event is None


def test_given_a_chunked_body_over_the_limit_then_413(running: Running) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{REQUEST_LIMIT + 1:x}\r\n"

    assert raw(running[0], head.encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /scim HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /scim HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /scim HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /scim HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /scim HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_given_bytes_that_are_no_request_then_json_says_so_and_the_connection_ends(
    running: Running, request_bytes: bytes
) -> None:
    answer = raw(running[0], request_bytes)

    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 414, 505)
    assert b"Content-Type: application/json" in answer
    assert running[1].event is None


def test_given_a_taken_port_then_binding_fails(running: Running) -> None:
    with pytest.raises(OSError, match="in use"):
        Server(running[0].server_port)
