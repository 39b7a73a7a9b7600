"""Cursors that somebody built by hand, at every list of the admin API: refused as such, and never a fault of ours.

The table in memory refuses start keys as DynamoDB does: outside of the query's range, empty, or too long.
"""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.account import Account, FakeFunctions, Gangway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.proxy import Reply

USER = "0199c5f2-7a3b-7c11-8d22-0123456789ab"
LISTS = {
    "GET /orgs": "acme",
    "GET /orgs/{org}/tokens": "2026-03-01T12:00:00.000000#AAAAAAAA12345678",
    "GET /orgs/{org}/users": "",
    "GET /orgs/{org}/groups": "",
    "GET /orgs/{org}/failures": "2026-03-01T12:00:00.000Z#00000000-0000-4000-8000-000000000001",
    "GET /orgs/{org}/events": "3",
    "GET /orgs/{org}/snapshot": f"snapshot-0123456789abcdef~3~User~{USER}",
    "GET /orgs/{org}/export": f'["User", 0, "{USER}", 0]',
    "GET /orgs/{org}/archive": "events:3",
    "GET /orgs/{org}/webhooks/{endpoint}/deliveries": "000000000001#0001772366400000",
    "GET /orgs/{org}/webhooks/{endpoint}/dead-letters": "1",
    "POST /orgs/{org}/webhooks/{endpoint}/snapshot": f"snapshot-0123456789abcdef~3~User~{USER}",
    "POST /orgs/{org}/fsck": "log:3/7",
    "POST /tokens/revoke-all": "acme",
    "POST /tokens/move": "acme",
}
"""Every operation that goes on from a cursor, with a place as it may stand in one."""
IN_BODY = {"POST /orgs/{org}/webhooks/{endpoint}/snapshot", "POST /orgs/{org}/fsck"}
PLAIN = {"GET /orgs/{org}/events", "POST /orgs/{org}/fsck"}
"""Their cursors are places as they are."""
SEALED = {"GET /orgs/{org}/users", "GET /orgs/{org}/groups"}
"""Their cursors are SCIM's, which are signed."""


class WillingReceiver(FakeFunctions):
    """The function that posts, and a receiver that takes whatever is posted."""

    def invoke(self, **request: Any) -> dict[str, Any]:
        posts = json.loads(request["Payload"]).get("posts", ())
        answer = {"status": 204, "failure": None, "retry_after": None, "milliseconds": 1, "excerpt": ""}
        taken = {"answers": [answer for _ in posts]}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(taken).encode())}


@pytest.fixture(scope="module")
def gangway() -> Gangway:
    made = Gangway(Account(functions=WillingReceiver()))
    acme = made.tenant("acme")
    made.organization("globex")
    for name in ("ada", "grace", "joan"):
        acme.create("/Users", {"userName": name})
    acme.send("POST", "/Users", {"userName": "ada"})
    acme.create("/Groups", {"displayName": "all"})
    made.sweep()
    return made


@pytest.fixture(scope="module")
def endpoint(gangway: Gangway) -> str:
    answer = gangway.administer("POST", "/orgs/acme/webhooks", {"url": "https://hooks.example.com/scim"})
    assert answer.status == 201, answer.text
    return str(answer.json()["id"])


def ask(gangway: Gangway, endpoint: str, operation: str, cursor: str) -> Reply:
    method, path = operation.split(" ")
    path = path.format(org="acme", endpoint=endpoint)
    if operation in IN_BODY:
        return gangway.administer(method, path, {"cursor": cursor})
    return gangway.administer(method, f"{path}?cursor={quote(cursor, safe='')}", {} if method == "POST" else None)


def in_base64(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def as_cursor(operation: str, place: str) -> str:
    """The cursor that would lead to a place."""
    return place if operation in PLAIN else in_base64(place.encode(errors="surrogatepass"))


def documented(gangway: Gangway) -> Iterator[str]:
    """The operations that take a cursor, as the API describes itself."""
    document = gangway.administer("GET", "/openapi.json").json()
    models = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            operation = operations[method]
            named = {parameter.get("name") for parameter in operation.get("parameters", ())}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            named |= set(models.get(body.get("$ref", "").rpartition("/")[2], {}).get("properties", {}))
            if "cursor" in named:
                yield f"{method.upper()} {path.removeprefix('/admin/v1')}"


def assert_refused(answer: Reply) -> None:
    problem = answer.json()
    assert answer.status == 400, answer.text
    assert problem["status"] == 400
    assert "ursor" in problem["detail"]


def test_given_the_document_of_the_api_then_every_cursor_of_it_is_tried_here(gangway: Gangway) -> None:
    assert set(documented(gangway)) == LISTS.keys() - SEALED


HANDMADE = (
    "~",
    "~~~~",
    "-1",
    "0_10",
    "9" * 64,
    "\u0663",
    "acme\0",
    "a" * 1100,
    "é" * 600,
    "\U0010ffff",
    "[" * 5000,
    '["User", 7, "", 0]',
    '["User", -1, "", 0]',
    f'["Members", 0, "{USER}", -5]',
    '["User", 0, "nobody", 0]',
    "snapshot~3~User~no body",
    "snapshot~3~Group~~1~1~",
    f"snapshot~3~User~{USER}~1~x~",
    "log:x",
    "users:9/",
    "users:0/" + "x" * 1100,
    "lookups:99999",
    "the deleted:outbox:9/x",
    "nothing:0",
    "2026-03-01T12:00:00.000Z#" + "x" * 1100,
    "000000000001#" + "0" * 1100,
)


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("place", HANDMADE, ids=lambda place: repr(place[:40]))
def test_given_a_place_that_no_list_has_then_400_says_so(
    gangway: Gangway, endpoint: str, operation: str, place: str
) -> None:
    assert_refused(ask(gangway, endpoint, operation, as_cursor(operation, place)))


@pytest.mark.parametrize("operation", sorted(LISTS.keys() - PLAIN))
def test_given_an_empty_cursor_then_the_list_begins(gangway: Gangway, endpoint: str, operation: str) -> None:
    assert ask(gangway, endpoint, operation, "").status == 200


@pytest.mark.parametrize("operation", sorted(LISTS.keys() - SEALED - PLAIN))
@pytest.mark.parametrize("cursor", ["*", "a", "YWNtZQ==!", "é", "YWN\ttZQ"])
def test_given_what_is_no_base64_then_400_says_so(gangway: Gangway, endpoint: str, operation: str, cursor: str) -> None:
    assert_refused(ask(gangway, endpoint, operation, cursor))


@pytest.mark.parametrize("operation", sorted(LISTS.keys() - SEALED))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_given_any_cursor_then_it_is_gone_on_from_or_refused(
    gangway: Gangway, endpoint: str, operation: str, data: st.DataObject
) -> None:
    place = data.draw(st.one_of(st.text(max_size=60), bent(LISTS[operation])))
    cursor = data.draw(st.sampled_from([as_cursor(operation, place), place]))
    busy = {409} if operation == "POST /orgs/{org}/webhooks/{endpoint}/snapshot" else set()
    assert ask(gangway, endpoint, operation, cursor).status in {200, 400} | busy


def bent(place: str) -> st.SearchStrategy[str]:
    """A place of the right form with some characters changed, left out or put in."""
    at = st.integers(0, max(len(place) - 1, 0))
    cut = at.map(lambda n: place[:n] + place[n + 1 :])
    changed = st.builds(lambda n, new: place[:n] + new + place[n + 1 :], at, st.text(max_size=3))
    return st.one_of(st.just(place), cut, changed)


PAYLOADS: tuple[Any, ...] = (
    [1, 1772366400, 100, 9, "", 3],
    [1, 1772366400, 100, -1, "", 3],
    [1, 1772366400, 100, "0", "", 3],
    [1, 1772366400, 100, 0, None, 3],
    [1, None, 100, 0, "", 3],
    [1],
    {},
    7,
)


@pytest.mark.parametrize("payload", PAYLOADS, ids=str)
def test_given_a_cursor_of_users_that_is_signed_by_hand_then_it_is_refused_all_the_same(
    gangway: Gangway, endpoint: str, payload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gangway.directory.cursors._mac", lambda *_signed: b"\0" * 16)
    cursor = in_base64(b"\0" * 16 + json.dumps(payload).encode())
    assert_refused(ask(gangway, endpoint, "GET /orgs/{org}/users", cursor))


def test_given_cursors_that_were_given_out_then_lists_are_walked_to_their_ends(gangway: Gangway) -> None:
    for path, member in (("/orgs", "organizations"), ("/orgs/acme/failures", "failures")):
        whole = gangway.administer("GET", path).json()[member]
        walked: list[Any] = []
        cursor, separator = "", "?"
        while True:
            page = gangway.administer("GET", f"{path}{separator}limit=1{cursor}").json()
            walked += page[member]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert walked == whole
        assert walked
