"""Hostile input: it is refused with a SCIM error, costs little, leaves nothing behind and is never repeated."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.scim.limits import LIMITS, MAX_FILTER_PARENTHESES, MAX_FILTER_TERMS
from tests.security.account import Gangway, Tenant
from tests.security.traffic import BULK, ENTERPRISE
from tests.support.client import ERROR, GROUP, PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.proxy import Reply

SECONDS = 0.5
"""CPU time that no bad request may take. Good ones take a few milliseconds; this machine may be busy."""


class Desk:
    """An organization that always has time for one more request."""

    def __init__(self) -> None:
        self.gangway = Gangway()
        self.acme: Tenant = self.gangway.tenant("acme")

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        self.gangway.account.advance(seconds=1)
        return self.acme.send(method, path, body, **more)

    def create(self, user_name: str, **attributes: Any) -> dict[str, Any]:
        answer = self.send("POST", "/Users", {"schemas": [USER], "userName": user_name, **attributes})
        assert answer.status == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def find(self, text: str) -> list[str]:
        answer = self.send("GET", f"/Users?filter={quote(text)}")
        assert answer.status == 200, answer.text
        return [user["userName"] for user in answer.json()["Resources"]]

    def directory(self) -> list[Mapping[str, Any]]:
        """Everything kept of the directory itself."""
        kinds = ("failure", "rate", "bookmark")
        return [item for item in self.gangway.account.dynamodb.items() if item["k"]["S"] not in kinds]


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


def assert_refused(answer: Reply, *statuses: int, hidden: str = "") -> None:
    assert answer.status in statuses, answer.text
    body = answer.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(answer.status)
    assert not hidden or hidden not in answer.text


# -------------------------------------------------------------------------------------------------------------- filters

FILTERS = {
    "a bracket too many": "(" * (MAX_FILTER_PARENTHESES + 1) + "active pr" + ")" * (MAX_FILTER_PARENTHESES + 1),
    "a thousand brackets": "(" * 1_000 + "active pr" + ")" * 1_000,
    "a hundred thousand brackets": "(" * 100_000,
    "a thousand negations": "not (" * 1_000 + "active pr" + ")" * 1_000,
    "a term too many": " or ".join(['userName eq "a"'] * (MAX_FILTER_TERMS + 1)),
    "over 8 KiB": f'userName eq "{"x" * 8_192}"',
    "blanks": "userName" + " " * 100_000 + "eq",
    "backslashes": 'userName eq "' + "\\" * 100_001,
    "quotes": '"' * 100_001,
    "dots": "a" + ".a" * 50_000 + " pr",
    "colons": "urn" + ":a" * 50_000 + " pr",
    "square brackets": "emails[" * 20_000,
    "a value that is none": 'userName eq "a" or 1 eq 1',
    "an expression": 'members[value eq "x" or 1 eq 1]',
    "a lone surrogate": 'userName eq "\\ud800"',
}


@pytest.mark.row("INP-01", "INP-02", "INP-03")
@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS)
def test_given_a_hostile_filter_then_400_at_once_without_repeating_it(desk: Desk, text: str) -> None:
    started = time.process_time()
    by_get = desk.send("GET", f"/Users?filter={quote(text)}")
    by_post = desk.send(
        "POST",
        "/Users/.search",
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text},
    )
    assert time.process_time() - started < SECONDS
    for answer in (by_get, by_post):
        assert_refused(answer, 400, hidden=text)
        assert answer.json()["scimType"] == "invalidFilter"
        assert len(answer.text) < 1_000


@pytest.mark.row("INP-03")
@pytest.mark.parametrize("piece", [" ", "\\", '"', "[", "a.", "urn:", "%", "\u2028"])
@pytest.mark.parametrize("place", ["path", "etag", "attributes", "sortBy", "schema", "id"])
def test_given_endless_repetition_anywhere_then_it_costs_little(desk: Desk, piece: str, place: str) -> None:
    text = piece * 20_000
    user = "/Users/01900000-0000-7000-8000-000000000000"
    started = time.process_time()
    answer = {
        "path": lambda: desk.send("PATCH", user, {"schemas": [PATCH], "Operations": [{"op": "remove", "path": text}]}),
        "etag": lambda: desk.send("GET", user, headers={"If-None-Match": text}),
        "attributes": lambda: desk.send("GET", f"/Users?attributes={quote(text)}"),
        "sortBy": lambda: desk.send("GET", f"/Users?sortBy={quote(text)}"),
        "schema": lambda: desk.send("POST", "/Users", {"schemas": [text], "userName": "x"}),
        "id": lambda: desk.send("GET", f"/Users/{quote(text)}"),
    }[place]()
    assert time.process_time() - started < SECONDS
    assert answer.status < 500, answer.text
    assert len(answer.text) < 5_000


# ------------------------------------------------------------------------------------------------------ names of people

HIDDEN = {
    "NUL": "a\x00b",
    "line feed": "a\nb",
    "escape": "a\x1b[2Jb",
    "C1 control": "a\x9bb",
    "zero width space": "a\u200bb",
    "zero width joiner": "a\u200db",
    "right-to-left override": "a\u202eb",
    "isolate": "a\u2066b",
    "byte order mark": "a\ufeffb",
    "line separator": "a\u2028b",
}


@pytest.mark.row("INP-07")
@pytest.mark.parametrize("name", HIDDEN.values(), ids=HIDDEN)
def test_given_a_username_with_something_invisible_then_400_invalid_value(desk: Desk, name: str) -> None:
    answer = desk.send("POST", "/Users", {"schemas": [USER], "userName": name})
    assert_refused(answer, 400, hidden=name)
    assert answer.json()["scimType"] == "invalidValue"


TWINS = {
    "case": ("Anna@Example.com", "aNNA@eXAMPLE.COM"),
    "Kelvin sign": ("kevin", "\u212aevin"),
    "full width": ("wide", "\uff57\uff49\uff44\uff45"),
    "composed and decomposed": ("jos\u00e9", "jose\u0301"),
}


@pytest.mark.row("INP-08")
@pytest.mark.parametrize("pair", TWINS.values(), ids=TWINS)
def test_given_two_spellings_of_one_username_then_the_second_is_409_and_finds_the_first(
    desk: Desk, pair: tuple[str, str]
) -> None:
    first, second = pair
    desk.create(first)
    assert_refused(desk.send("POST", "/Users", {"schemas": [USER], "userName": second}), 409)
    assert desk.find(f'userName eq "{second}"') == [first]


# ---------------------------------------------------------------------------------------------------------------- paths

PATHS = [
    "__proto__",
    "constructor.prototype",
    "__class__",
    "meta.version",
    "meta.lastModified",
    "id",
    "pk",
    "#a",
    ":v0",
    "a.b[0]",
    "emails[0]",
    "emails.0",
    'members[value eq "x" or 1 eq 1]',
    "name.__class__",
    "urn:evil:User:admin",
    f"{ENTERPRISE}:__class__",
    "groups",
    'groups[value eq "1"]',
    "",
    " ",
    "userName.value",
    "$ref",
]


@pytest.mark.row("INP-09", "INP-11")
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("path", PATHS)
def test_given_a_path_that_no_schema_allows_then_patch_is_refused_and_nothing_changes(
    desk: Desk, path: str, op: str
) -> None:
    user = desk.send("GET", "/Users?count=1").json()["Resources"] or [desk.create("patched")]
    before = desk.directory()
    operation = {"op": op, "path": path, **({} if op == "remove" else {"value": "x"})}
    answer = desk.send("PATCH", f"/Users/{user[0]['id']}", {"schemas": [PATCH], "Operations": [operation]})
    assert_refused(answer, 400)
    assert answer.json()["scimType"] in ("invalidPath", "noTarget", "mutability", "invalidFilter", "invalidSyntax")
    assert desk.directory() == before


MINE: Mapping[str, Any] = {
    "id": "00000000-0000-7000-8000-000000000000",
    "meta": {"version": 'W/"99"', "created": "1999-01-01T00:00:00Z", "location": "https://evil.example"},
    "groups": [{"value": "01900000-0000-7000-8000-000000000080"}],
}
FOREIGN: Mapping[str, Any] = {
    "org": "globex",
    "organizationId": "x",
    "isAdmin": True,
    "admin_suspended": False,
    "urn:example:admin": {"role": "root"},
    "pk": {"S": "x"},
    "__proto__": {"isAdmin": True},
}


@pytest.mark.row("INP-11")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_given_attributes_that_are_the_servers_own_then_none_can_be_set(desk: Desk, method: str) -> None:
    user = desk.create(f"own.{method}")
    for extra in [{name: value} for name, value in {**MINE, **FOREIGN}.items()]:
        body: dict[str, Any] = {"schemas": [USER], "userName": f"own.{method}", **extra}
        if method == "POST":
            answer = desk.send("POST", "/Users", {**body, "userName": f"other.{next(iter(extra))}"})
        elif method == "PUT":
            answer = desk.send("PUT", f"/Users/{user['id']}", body)
        else:
            operation = {"op": "replace", "value": extra}
            answer = desk.send("PATCH", f"/Users/{user['id']}", {"schemas": [PATCH], "Operations": [operation]})
        assert answer.status in (200, 201, 400), answer.text
        if answer.status != 400:
            shown = answer.json()
            assert not shown.keys() & FOREIGN.keys()
            assert "groups" not in shown
            assert shown["id"] != MINE["id"]
            assert shown["meta"]["location"].startswith("https://scim.example.com/scim/v2/acme/Users/")
            assert not shown["meta"]["created"].startswith("1999")
    kept = json.dumps(desk.directory())
    assert not [name for name in (*FOREIGN, "evil.example") if f'"{name}"' in kept and name != "pk"]


# ----------------------------------------------------------------------------------------------- values and their types

TEMPLATES = [
    ":v0",
    "#n0",
    "{0.__class__}",
    "${jndi:ldap://evil}",
    "%s%n",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "'; DROP TABLE users; --",
    "=HYPERLINK(1)",
    "attribute_not_exists(pk)",
]


@pytest.mark.row("INP-10")
@pytest.mark.parametrize("text", TEMPLATES)
def test_given_a_value_that_is_code_elsewhere_then_it_is_kept_as_it_is_and_stays_a_value(desk: Desk, text: str) -> None:
    expressions: list[str] = []

    def look(_operation: str, request: Mapping[str, Any]) -> None:
        for body in [request, *(next(iter(action.values())) for action in request.get("TransactItems", ()))]:
            names = {name: said for name, said in body.items() if name.endswith(("Expression", "AttributeNames"))}
            expressions.append(json.dumps(names))

    desk.gangway.account.dynamodb.before = look
    user = desk.create(text, displayName=text, nickName=text, title=text, externalId=text, name={"familyName": text})
    read = desk.send("GET", f"/Users/{user['id']}").json()
    assert [read[name] for name in ("userName", "displayName", "nickName", "title", "externalId")] == [text] * 5
    assert desk.find(f"externalId eq {json.dumps(text)}") == [text]
    desk.gangway.account.dynamodb.before = lambda _operation, _request: None
    assert len(expressions) > 5
    harmless = ("attribute_not_exists(pk)", ":v0", "#n0")  # what expressions are really made of
    assert text in harmless or not [each for each in expressions if text in each]


@pytest.mark.row("INP-12")
def test_given_the_dialects_of_one_operation_then_all_do_the_same(desk: Desk) -> None:
    forms: list[dict[str, Any]] = [
        {"op": "replace", "path": "displayName", "value": "New"},
        {"op": "Replace", "path": "displayName", "value": "New"},
        {"op": "REPLACE", "path": "DISPLAYNAME", "value": "New"},
        {"op": "add", "path": "displayName", "value": "New"},
        {"op": "replace", "path": f"{USER}:displayName", "value": "New"},
        {"op": "replace", "value": {"displayName": "New"}},
        {"op": "replace", "value": {"DisplayName": "New"}},
        {"op": "add", "value": {f"{USER}:displayName": "New"}},
    ]
    shown = []
    for number, form in enumerate(forms):
        user = desk.create(f"dialect.{number}", displayName="Old")
        answer = desk.send("PATCH", f"/Users/{user['id']}", {"schemas": [PATCH], "Operations": [form]})
        body = answer.json()
        shown.append((answer.status, body["displayName"], sorted(body), answer.headers["ETag"]))
    assert shown == [shown[0]] * len(forms)
    assert shown[0][:2] == (200, "New")


SECRET = "correct-horse-battery-staple"


@pytest.mark.row("INP-13")
def test_given_a_password_then_it_is_taken_and_dropped(desk: Desk) -> None:
    user = desk.create("with.password", password=SECRET)
    desk.send("PUT", f"/Users/{user['id']}", {"schemas": [USER], "userName": "with.password", "password": SECRET})
    operation = {"op": "replace", "path": "password", "value": SECRET}
    desk.send("PATCH", f"/Users/{user['id']}", {"schemas": [PATCH], "Operations": [operation]})
    desk.send("GET", f"/Users?filter=password%20eq%20%22{SECRET}%22")
    desk.gangway.sweep()
    account = desk.gangway.account
    assert "password" not in desk.send("GET", f"/Users/{user['id']}?attributes=password").json()
    assert SECRET not in json.dumps([list(account.dynamodb.items()), account.bus.entries])
    assert SECRET not in account.printed.getvalue()


@pytest.mark.row("INP-14")
def test_given_the_advertised_limits_then_each_is_enforced(desk: Desk) -> None:
    said = desk.send("GET", "/ServiceProviderConfig").json()
    operation = {"method": "DELETE", "path": "/Users/01900000-0000-7000-8000-000000000000"}
    many = {"schemas": [BULK], "Operations": [operation] * (said["bulk"]["maxOperations"] + 1)}
    assert_refused(desk.send("POST", "/Bulk", many), 413)
    assert_refused(desk.send("POST", "/Users", "x" * (said["bulk"]["maxPayloadSize"] + 1)), 413)
    for number in range(3):
        desk.create(f"limit.{number}")
    page = desk.send("GET", f"/Users?count={10 * said['filter']['maxResults']}").json()
    assert page["itemsPerPage"] <= said["filter"]["maxResults"] == LIMITS.max_results


@pytest.mark.row("INP-15")
@pytest.mark.parametrize(
    "attributes",
    [
        {"userName": "x" * 1_025},
        {"userName": "a", "externalId": "x" * 200_000},
        {"userName": "a", "displayName": "x" * 400_000},
        {"userName": "a", "emails": [{"value": f"{n}@example.com"} for n in range(10_000)]},
    ],
    ids=["userName", "externalId", "displayName", "emails"],
)
def test_given_values_that_no_item_can_hold_then_they_are_refused_before_anything_is_written(
    desk: Desk, attributes: Mapping[str, Any]
) -> None:
    before = desk.directory()
    assert_refused(desk.send("POST", "/Users", {"schemas": [USER], **attributes}), 400, 413)
    assert desk.directory() == before


@pytest.mark.row("INP-17")
@given(
    st.dictionaries(
        st.sampled_from(
            ["userName", "active", "emails", "name", "externalId", "schemas", "photos", ENTERPRISE, "title"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["value", "type", "primary", "familyName", "manager"]), inner, max_size=3
                )
            ),
            max_leaves=5,
        ),
    ),
    st.sampled_from(["POST", "PUT", "PATCH"]),
)
def test_given_values_of_any_type_then_the_answer_is_2xx_or_4xx(
    desk: Desk, attributes: dict[str, Any], method: str
) -> None:
    path = "/Users" if method == "POST" else "/Users/01900000-0000-7000-8000-000000000000"
    body: Any = {"schemas": [USER], "userName": "typed", **attributes}
    if method == "PATCH":
        body = {"schemas": [PATCH], "Operations": [{"op": "add", "value": attributes}]}
    answer = desk.send(method, path, body)
    assert answer.status < 500, answer.text


# ----------------------------------------------------------------------------------------------------------- reflection


@pytest.mark.row("INP-20")
@pytest.mark.parametrize("text", ["<script>x</script>", 'a"b', "a\r\nSet-Cookie: x=1", "\u2028x"])
def test_given_markup_or_line_breaks_then_no_answer_and_no_header_repeats_them(desk: Desk, text: str) -> None:
    answers = [
        desk.send("GET", f"/Users/{quote(text)}"),
        desk.send("GET", f"/Users?filter={quote(text)}"),
        desk.send("GET", f"/Users?sortBy={quote(text)}"),
        desk.send("GET", f"/Users?attributes={quote(text)}"),
        desk.send("GET", f"/{quote(text)}"),
        desk.send("POST", "/Users", {"schemas": [text], "userName": "x"}),
        desk.send("PATCH", "/Users/x", {"schemas": [PATCH], "Operations": [{"op": text, "path": text}]}),
        desk.send("POST", "/Users", "{", headers={"Content-Type": text}),
        desk.send("POST", "/Groups", {"schemas": [GROUP], "displayName": "g", "members": [{"value": text}]}),
    ]
    for answer in answers:
        assert answer.status < 500
        assert text not in answer.text
        assert all("\r" not in value and "\n" not in value for value in answer.headers.values())
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
