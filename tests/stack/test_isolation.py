"""What a stranger would try with curl: other people's doors, ids and headers. Over HTTP, on the whole local stack."""

import itertools
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from infra.local.stack import LocalStack
from tests.support.admin import Admin
from tests.support.client import PATCH, SCIM, USER, Client

_NAMES = (f"isolation.{number}@example.test" for number in itertools.count())
UNKNOWN_ID = "01900000-0000-7000-8000-000000000000"
UNLIKE_IN_EVERY_ANSWER = ("date", "x-request-id", "x-amzn-requestid", "x-amzn-trace-id", "x-amz-apigw-id")


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came over the wire."""

    status: int
    body: str


def raw(url: str, request_line: str, *headers: str) -> Raw:
    """Send a request exactly as written, as no client library would."""
    address = urlsplit(url)
    lines = [request_line, f"Host: {address.netloc}", *headers, "Connection: close", "", ""]
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return Raw(int(head.split(" ")[1]), body)


def anonymous(answer: httpx2.Response) -> tuple[int, str, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name not in UNLIKE_IN_EVERY_ANSWER}
    return answer.status_code, answer.text, headers


@pytest.fixture
def victim(globex: Client) -> Iterator[str]:
    """The id of a user of the other organization, who is afterwards as before."""
    user = globex.create_user(next(_NAMES), externalId="1")
    yield user["id"]
    assert globex.send("GET", f"/Users/{user['id']}").json() == user


@pytest.mark.row("ISO-01", "ISO-13")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_given_the_id_of_anothers_user_then_the_answer_is_that_of_an_unknown_id(
    acme: Client, victim: str, method: str
) -> None:
    bodies = {
        "PUT": {"schemas": [USER], "userName": "stolen"},
        "PATCH": {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]},
    }
    answers = [acme.send(method, f"/Users/{each}", bodies.get(method)) for each in (victim, UNKNOWN_ID, "0")]
    assert answers[0].status_code == 404
    assert anonymous(answers[0]) == anonymous(answers[1]) == anonymous(answers[2])


@pytest.mark.row("ISO-02")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_given_ones_own_token_at_anothers_door_then_401_as_at_a_door_that_nobody_has(
    acme: Client, globex: Client, victim: str, method: str
) -> None:
    answers = [
        Client(globex.base_url.replace("globex", name), acme.headers).send(method, f"/Users/{victim}")
        for name in ("globex", "GLOBEX", "nobody-has-this")
    ]
    assert answers[0].status_code == 401
    assert anonymous(answers[0]) == anonymous(answers[1]) == anonymous(answers[2])


@pytest.mark.row("ISO-02", "INP-18", "SCM-03")
@pytest.mark.parametrize(
    "path",
    [
        "/scim/v2/acme/../globex/Users",
        "/scim/v2/acme/%2e%2e/globex/Users",
        "/scim/v2/acme%2F..%2Fglobex/Users",
        "/scim/v2/acme%252F..%252Fglobex/Users",
        "/scim/v2/acme/Users/..%2f..%2f..%2fglobex%2fUsers",
        "/scim/v2/acme//globex/Users",
        "/scim/v2//globex/Users",
        "//scim/v2/globex/Users",
        "/scim/v2/acme/Users;/../../globex/Users",
        "/scim/v2/globex%00/Users",
        "/scim/v2/acme\\..\\globex/Users",
        "/scim/v2/acme/Users/%c0%ae%c0%ae/",
        "/admin/v1/orgs",
        "/scim/v2/acme/../../../admin/v1/orgs",
    ],
)
def test_given_a_path_with_two_readings_then_neither_leads_to_anybodys_users(
    acme: Client, victim: str, path: str
) -> None:
    authorization = f"Authorization: {acme.headers['Authorization']}"
    with_token = raw(acme.base_url, f"GET {path} HTTP/1.1", authorization)
    without = raw(acme.base_url, f"GET {path} HTTP/1.1")
    assert with_token.status in (400, 401, 403, 404)
    assert without.status in (400, 401, 403, 404)
    assert victim not in with_token.body + without.body
    assert "userName" not in with_token.body + without.body


@pytest.mark.row("TOK-28")
def test_given_two_tokens_in_one_request_then_neither_counts(acme: Client, globex: Client) -> None:
    mine, other = (f"{client.headers['Authorization']}" for client in (acme, globex))
    path = urlsplit(globex.base_url).path
    for pair in itertools.permutations((mine, other)):
        both = raw(acme.base_url, f"GET {path}/Users HTTP/1.1", *(f"Authorization: {each}" for each in pair))
        assert both.status == 401
        assert '"Resources"' not in both.body
    joined = raw(acme.base_url, f"GET {path}/Users HTTP/1.1", f"Authorization: {other}, {mine}")
    assert joined.status == 401
    again = raw(acme.base_url, f"GET {path}/Users HTTP/1.1", f"AUTHORIZATION: {other}", f"authorization: {other}")
    assert again.status == 401


@pytest.mark.row("INP-19", "ISO-02")
@pytest.mark.parametrize(
    "header",
    [
        "X-HTTP-Method-Override: DELETE",
        "X-Method-Override: DELETE",
        "X-Original-URL: /scim/v2/globex/Users",
        "X-Rewrite-URL: /scim/v2/globex/Users",
        "X-Forwarded-Prefix: /scim/v2/globex",
        "X-Forwarded-Host: evil.example",
        "X-Organization: globex",
        "Forwarded: host=evil.example;for=10.0.0.1",
    ],
)
@pytest.mark.row("SEC-06")
def test_given_headers_that_some_servers_believe_then_they_change_nothing(acme: Client, header: str) -> None:
    user = acme.create_user(next(_NAMES))
    name, _, value = header.partition(": ")
    plain = acme.send("GET", f"/Users/{user['id']}")
    answer = acme.send("GET", f"/Users/{user['id']}", headers={name: value})
    assert anonymous(answer) == anonymous(plain)
    assert "evil.example" not in answer.text + str(answer.headers)


def test_given_a_token_for_some_addresses_then_a_forged_forwarding_header_does_not_help(
    moto_stack: LocalStack, acme: Client
) -> None:
    admin = Admin(moto_stack)
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wanted = {"label": "office", "sourceRanges": ["203.0.113.0/24"], "expires": expires}
    minted = admin.post("/orgs/acme/tokens", wanted)
    try:
        headers = {"Authorization": f"Bearer {minted['token']}"}
        office = Client(acme.base_url, headers)
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP"):
            for value in ("203.0.113.7", "203.0.113.7, 127.0.0.1", "for=203.0.113.7"):
                assert office.send("GET", "/Users", headers={name: value}).status_code == 401
    finally:
        admin.post(f"/orgs/acme/tokens/{minted['keyId']}/revoke")


@pytest.mark.row("TOK-17")
def test_given_a_token_that_was_just_revoked_then_the_next_request_is_401(moto_stack: LocalStack, acme: Client) -> None:
    admin = Admin(moto_stack)
    minted = admin.post("/orgs/acme/tokens", {"label": "leaked"})
    leaked = Client(acme.base_url, {"Authorization": f"Bearer {minted['token']}"})
    assert leaked.send("GET", "/Users?count=0").status_code == 200
    admin.post(f"/orgs/acme/tokens/{minted['keyId']}/revoke")
    assert leaked.send("GET", "/Users?count=0").status_code == 401


@pytest.mark.row("SCM-07")
@pytest.mark.parametrize("path", ["/orgs", "/orgs/acme", "/orgs/acme/tokens", "/orgs/globex/tokens"])
@pytest.mark.row("EVT-15")
def test_given_a_scim_token_then_the_admin_api_is_shut(moto_stack: LocalStack, acme: Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = httpx2.request(
            method, f"{moto_stack.base_url}/admin/v1{path}", headers=dict(acme.headers), trust_env=False
        )
        assert answer.status_code == 403


@pytest.mark.row("ISO-11")
def test_given_anothers_cursor_then_400(acme: Client, globex: Client) -> None:
    for client in (acme, globex):
        for _ in range(3):
            client.create_user(next(_NAMES))
    cursor = globex.send("GET", "/Users?count=1&cursor=").json()["nextCursor"]
    stolen = acme.send("GET", f"/Users?count=1&cursor={cursor}")
    assert (stolen.status_code, stolen.json()["scimType"]) == (400, "invalidCursor")


@pytest.mark.row("ISO-09")
def test_given_anothers_user_as_a_member_then_400_and_no_group(acme: Client, victim: str) -> None:
    group = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Thieves",
        "members": [{"value": victim}],
    }
    answer = acme.send("POST", "/Groups", group)
    assert answer.status_code == 400
    assert acme.send("GET", "/Groups?filter=displayName%20eq%20%22Thieves%22").json()["totalResults"] == 0


@pytest.mark.row("INP-06")
@pytest.mark.parametrize(
    "body",
    ["\ufeff{}".encode("utf-16"), b"\xff\xfe{}", b'{"userName": "\\ud800"}', b'{"userName": 1e400}', b"\x00" * 100],
)
def test_given_bytes_that_are_no_json_in_utf_8_then_400_in_scims_form(acme: Client, body: bytes) -> None:
    answer = acme.send("POST", "/Users", content=body, headers={"Content-Type": SCIM})
    assert answer.status_code == 400
    assert json.loads(answer.text)["status"] == "400"
