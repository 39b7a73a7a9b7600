"""Every bad input gets a SCIM error, from the gateway as from the functions, and changes nothing."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.client import ERROR, GROUP, PATCH, SCIM, USER, Client

MEBIBYTE = 2**20
JUNK_ID = "0"
UNKNOWN_ID = "01900000-0000-7000-8000-000000000000"
A_USER = json.dumps({"schemas": [USER], "userName": "bad.input@example.test"}).encode()


@dataclass(frozen=True, slots=True)
class Bad:
    """A request and the refusal it must get."""

    method: str
    path: str
    status: int
    scim_type: str | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": SCIM})


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


BAD_REQUESTS = {
    "broken JSON": Bad("POST", "/Users", 400, "invalidSyntax", b'{"userName": '),
    "JSON that is a list": Bad("POST", "/Users", 400, "invalidSyntax", b"[]"),
    "JSON that is a text": Bad("POST", "/Users", 400, "invalidSyntax", b'"user"'),
    "no body": Bad("POST", "/Users", 400, "invalidSyntax", b""),
    "one key twice": Bad(
        "POST", "/Users", 400, "invalidSyntax", b'{"schemas": ["%s"], "userName": "a", "userName": "b"}' % USER.encode()
    ),
    "one key in two spellings": Bad(
        "POST", "/Users", 400, "invalidSyntax", b'{"schemas": ["%s"], "userName": "a", "USERNAME": "b"}' % USER.encode()
    ),
    "invalid UTF-8": Bad("POST", "/Users", 400, "invalidSyntax", b'{"userName": "\xc3\x28"}'),
    "a number that is none": Bad("POST", "/Users", 400, "invalidSyntax", b'{"userName": NaN}'),
    "nesting without end": Bad("POST", "/Users", 400, "invalidSyntax", b"[" * 50_000),
    "text/plain": Bad("POST", "/Users", 415, None, A_USER, {"Content-Type": "text/plain"}),
    "text/xml to PATCH": Bad("PATCH", f"/Users/{UNKNOWN_ID}", 415, None, b"<x/>", {"Content-Type": "text/xml"}),
    "unknown route": Bad("GET", "/Nothing", 404),
    "unknown route below a resource": Bad("GET", f"/Users/{UNKNOWN_ID}/emails", 404),
    "wrong method on a list": Bad("DELETE", "/Users", 405),
    "wrong method on a resource": Bad("POST", f"/Users/{UNKNOWN_ID}", 405, None, A_USER),
    "writing to discovery": Bad("POST", "/Schemas", 405, None, b"{}"),
    "unknown id": Bad("GET", f"/Users/{UNKNOWN_ID}", 404),
    "junk id": Bad("GET", f"/Users/{JUNK_ID}", 404),
    "junk id of a group": Bad("GET", "/Groups/00919288221112222", 404),
    "PUT to an unknown id": Bad("PUT", f"/Users/{UNKNOWN_ID}", 404, None, A_USER),
    "PATCH of an unknown id": Bad(
        "PATCH",
        f"/Users/{UNKNOWN_ID}",
        404,
        None,
        body({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}),
    ),
    "DELETE of an unknown id": Bad("DELETE", f"/Groups/{UNKNOWN_ID}", 404),
    "missing userName": Bad("POST", "/Users", 400, "invalidValue", body({"schemas": [USER]})),
    "blank userName": Bad("POST", "/Users", 400, "invalidValue", body({"schemas": [USER], "userName": " "})),
    "userName of a wrong type": Bad("POST", "/Users", 400, "invalidValue", body({"schemas": [USER], "userName": 7})),
    "group without displayName": Bad("POST", "/Groups", 400, "invalidValue", body({"schemas": [GROUP]})),
    "active that is no boolean": Bad(
        "POST", "/Users", 400, "invalidValue", body({"schemas": [USER], "userName": "a", "active": "maybe"})
    ),
    "emails that are a number": Bad(
        "POST", "/Users", 400, "invalidValue", body({"schemas": [USER], "userName": "a", "emails": 1})
    ),
    "PATCH that is no PatchOp": Bad("PATCH", f"/Users/{UNKNOWN_ID}", 400, "invalidSyntax", body({"active": False})),
    "broken filter": Bad("GET", "/Users?filter=userName%20eq", 400, "invalidFilter"),
    "count that is no number": Bad("GET", "/Users?count=many", 400, "invalidValue"),
}


@contextmanager
def nothing_changes(client: Client) -> Iterator[None]:
    """Compare what the directory holds before and after."""

    def directory() -> list[Any]:
        return [client.send("GET", path).json() for path in ("/Users?count=100", "/Groups?count=100")]

    before = directory()
    yield
    assert directory() == before


def assert_scim_error(answer: httpx2.Response, status: int, scim_type: str | None = None) -> None:
    """The wire form of RFC 7644 section 3.12."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith(SCIM)
    error = answer.json()
    assert error["schemas"] == [ERROR]
    assert error["status"] == str(status)
    assert error.get("scimType") == scim_type
    assert error["detail"]


@pytest.mark.parametrize("bad", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
@pytest.mark.row("ERR-01", "ERR-02", "ERR-03", "ERR-12")
def test_given_a_bad_request_then_it_is_refused_and_nothing_changes(acme: Client, bad: Bad) -> None:
    with nothing_changes(acme):
        answer = acme.send(bad.method, bad.path, content=bad.content, headers=bad.headers)
    assert_scim_error(answer, bad.status, bad.scim_type)
    assert bad.status != 405 or answer.headers["Allow"]


def test_given_a_taken_username_in_another_case_then_409_and_nothing_changes(acme: Client) -> None:
    acme.create_user("Taken.Name@example.test")
    with nothing_changes(acme):
        answer = acme.send("POST", "/Users", {"schemas": [USER], "userName": "tAKEN.nAME@EXAMPLE.test"})
    assert_scim_error(answer, 409, "uniqueness")


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/Users", MEBIBYTE + 1, 413), ("/Groups", 4 * MEBIBYTE + 1, 413), ("/Groups", MEBIBYTE + 1, 400)],
)
@pytest.mark.row("HTP-10")
def test_given_a_body_over_the_limit_then_413(acme: Client, path: str, size: int, status: int) -> None:
    padding = b'{"padding": "%s"' % (b"x" * size)
    with nothing_changes(acme):
        answer = acme.send("POST", path, content=padding[:size], headers={"Content-Type": SCIM})
    assert_scim_error(answer, status, "invalidSyntax" if status == 400 else None)


class TestTokens:
    """Whatever is wrong with a token, the answer is a 401 in SCIM's form."""

    @pytest.mark.row("AUT-01", "ERR-03")
    def test_given_no_token_then_the_gateway_challenges(self, acme: Client) -> None:
        answer = httpx2.get(f"{acme.base_url}/Users", trust_env=False)
        assert_scim_error(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("value", ["Bearer garbage", "Bearer", "Basic YTpi", "non-token", "Bearer a b"])
    def test_given_a_garbage_token_then_401(self, acme: Client, value: str) -> None:
        answer = acme.send("GET", "/Users", headers={"Authorization": value})
        assert_scim_error(answer, 401)
        # API Gateway renames the header of a function's own 401.
        assert "invalid_token" in answer.headers["x-amzn-Remapped-WWW-Authenticate"]

    def test_given_the_token_of_another_organization_then_401_and_nothing_changes(
        self, acme: Client, globex: Client
    ) -> None:
        intruder = Client(acme.base_url, globex.headers)
        with nothing_changes(acme), nothing_changes(globex):
            answer = intruder.send("POST", "/Users", content=A_USER, headers={"Content-Type": SCIM})
        assert_scim_error(answer, 401)

    def test_given_a_token_in_the_query_then_it_is_not_seen(self, acme: Client) -> None:
        token = acme.headers["Authorization"].removeprefix("Bearer ")
        answer = httpx2.get(f"{acme.base_url}/Users", params={"access_token": token}, trust_env=False)
        assert_scim_error(answer, 401)

    def test_given_a_bad_token_and_a_bad_body_then_the_token_is_judged_first(self, acme: Client) -> None:
        answer = acme.send("POST", "/Users", content=b"{", headers={"Authorization": "Bearer x", "Content-Type": SCIM})
        assert_scim_error(answer, 401)


@pytest.mark.row("SEC-06", "REP-09")
def test_given_a_lying_host_then_locations_stay_true(acme: Client) -> None:
    user = acme.create_user("lying.host@example.test")
    answer = acme.send(
        "GET", f"/Users/{user['id']}", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.json()["meta"]["location"] == f"{acme.base_url}/Users/{user['id']}" == user["meta"]["location"]


def test_given_bytes_that_are_no_http_then_the_server_goes_on(acme: Client) -> None:
    address = urlsplit(acme.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"\x16\x03\x01\x00\x00 not http\r\n\r\n")
        connection.recv(1024)
    assert acme.send("GET", "/Users?count=0").status_code == 200
