"""One organization's ids, cursors and names are nothing in another's hands: as good as never issued."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.http.scim_routes import scim_routes
from gangway.scim.schema import load_registry
from gangway.storage import keys
from gangway.storage.guard import ForeignItem
from gangway.storage.keys import Key
from tests.security.account import Gangway, Tenant
from tests.security.traffic import BULK, ENTERPRISE, JUNK, UNKNOWN_GROUP, UNKNOWN_USER
from tests.support.client import GROUP, PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.proxy import Reply

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_AN_ID = [route.template for route in scim_routes(load_registry()).routes if "{id}" in route.template]
BODIES: Mapping[str, Mapping[str, Any]] = {
    "POST": {},
    "PUT": {"schemas": [USER], "userName": "mallory"},
    "PATCH": {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "x"}]},
}
DEACTIVATE = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}


class Scene:
    """Two organizations; `acme` has a user in a group, `globex` is the one that is curious."""

    def __init__(self) -> None:
        self.gangway = Gangway()
        self.acme, self.globex = self.gangway.tenant("acme"), self.gangway.tenant("globex")
        self.user = self.acme.create("/Users", {"schemas": [USER], "userName": "ann", "externalId": "1"})
        members = [{"value": self.user["id"]}]
        self.group = self.acme.create("/Groups", {"schemas": [GROUP], "displayName": "Staff", "members": members})
        self.globex.send("GET", "/Users")

    def directories(self) -> list[Mapping[str, Any]]:
        """Everything that is kept, but for what tells of failed requests."""
        items = self.gangway.account.dynamodb.items()
        return [item for item in items if item["k"]["S"] not in ("failure", "refusal", "rate")]

    def looked_at(self, tenant: Tenant, method: str, path: str, body: Any = None, **more: Any) -> tuple[Any, list[str]]:
        """Reply without request id, and the operations called on AWS; each in a minute of its own, since only the
        first failures of a kind are written down in one."""
        self.gangway.account.advance(minutes=1)
        self.gangway.account.dynamodb.forget_calls()
        self.gangway.account.secrets.calls.clear()
        answer = tenant.send(method, path, body, **more)
        calls = self.gangway.account.dynamodb.operations() + self.gangway.account.secrets.calls
        return answer.anonymous(), sorted(calls)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def like(document: Any, method: str, resource: str) -> Any:
    body = BODIES.get(method)
    if resource == "/Groups" and method == "PUT":
        return {"schemas": [GROUP], "displayName": "mallory"}
    return document if body is None else dict(body)


@pytest.mark.row("ISO-01", "ISO-13")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("template", WITH_AN_ID)
@pytest.mark.row("ERR-11", "TEN-05")
def test_given_any_route_with_an_id_then_a_foreign_an_unknown_and_a_junk_id_give_the_same_bytes(
    scene: Scene, template: str, method: str
) -> None:
    foreign, unknown = (
        (scene.group["id"], UNKNOWN_GROUP) if template.startswith("/Groups") else (scene.user["id"], UNKNOWN_USER)
    )
    body = like(None, method, "/" + template.split("/")[1])
    before = scene.directories()
    seen = {
        each: scene.looked_at(scene.globex, method, template.replace("{id}", each), body)
        for each in (foreign, unknown, JUNK)
    }
    assert seen[foreign] == seen[unknown]
    assert seen[JUNK][0] == seen[unknown][0]
    assert seen[unknown][0][0] in (204, 404, 405)
    assert scene.directories() == before


@pytest.mark.row("ISO-01", "ISO-13")
@pytest.mark.parametrize("condition", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_given_a_condition_with_the_foreign_etag_then_it_tells_no_more_than_without(
    scene: Scene, method: str, condition: str
) -> None:
    etag = scene.acme.send("GET", f"/Users/{scene.user['id']}").headers["ETag"]
    body = like(None, method, "/Users")
    answers = [
        scene.looked_at(scene.globex, method, f"/Users/{each}", body, headers={condition: value})
        for each in (scene.user["id"], UNKNOWN_USER)
        for value in (etag, 'W/"999"', "*")
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0][0] == 404


@pytest.mark.row("ISO-01", "ISO-13")
@pytest.mark.parametrize(
    "path",
    [
        "/Users?filter=id%20eq%20%22{user}%22",
        "/Users?filter=userName%20eq%20%22ann%22",
        "/Users?filter=externalId%20eq%20%221%22",
        "/Users?filter=groups.value%20eq%20%22{group}%22",
        "/Groups?filter=members.value%20eq%20%22{user}%22",
        "/Groups?filter=displayName%20eq%20%22Staff%22",
        "/?filter=displayName%20sw%20%22St%22",
        "/Users?filter=meta.location%20co%20%22{user}%22",
    ],
)
def test_given_a_filter_that_finds_something_elsewhere_then_here_it_finds_nothing_after_the_same_calls(
    scene: Scene, path: str
) -> None:
    assert (
        json.loads(
            scene.looked_at(scene.acme, "GET", path.format(user=scene.user["id"], group=scene.group["id"]))[0][1]
        )["totalResults"]
        == 1
    )
    foreign = scene.looked_at(scene.globex, "GET", path.format(user=scene.user["id"], group=scene.group["id"]))
    unknown = scene.looked_at(
        scene.globex,
        "GET",
        path.format(user=UNKNOWN_USER, group=UNKNOWN_GROUP)
        .replace("ann", "bob")
        .replace("221%22", "222%22")
        .replace("Staff", "Stuff"),
    )
    assert json.loads(foreign[0][1])["totalResults"] == 0
    assert foreign == unknown


@pytest.mark.row("ISO-01", "ISO-13")
@pytest.mark.row("TEN-05")
def test_given_bulk_operations_on_foreign_ids_then_each_fails_as_on_unknown_ones(scene: Scene) -> None:
    def attempt(user: str, group: str) -> Any:
        operations = [
            {"method": "DELETE", "path": f"/Users/{user}"},
            {"method": "PATCH", "path": f"/Users/{user}", "data": DEACTIVATE},
            {"method": "PUT", "path": f"/Users/{user}", "data": {"schemas": [USER], "userName": "m"}},
            {"method": "DELETE", "path": f"/Groups/{group}"},
        ]
        answer, calls = scene.looked_at(
            scene.globex, "POST", "/Bulk", {"schemas": [BULK], "failOnErrors": 9, "Operations": operations}
        )
        return json.dumps([answer, calls]).replace(user, "user").replace(group, "group")

    before = scene.directories()
    assert attempt(scene.user["id"], scene.group["id"]) == attempt(UNKNOWN_USER, UNKNOWN_GROUP)
    assert scene.directories() == before


@pytest.mark.row("ISO-01", "INP-18")
@pytest.mark.parametrize(
    "path",
    [
        "/../acme/Users/{user}",
        "/Users/../../acme/Users/{user}",
        "/scim/v2/acme/Users/{user}",
        "https://scim.example.com/scim/v2/acme/Users/{user}",
        "//scim/v2/acme/Users/{user}",
        "/Users/%2e%2e/{user}",
        "/Users/{user}/../{user}",
        "/Users/{user}?x=",
        "/Users/{user}#",
        "/users/{user}",
        "/Me",
        "/Bulk",
        "/Users/.search",
    ],
)
def test_given_a_bulk_path_that_would_leave_the_directory_then_the_operation_is_refused(
    scene: Scene, path: str
) -> None:
    before = scene.directories()
    operation = {"method": "DELETE", "path": path.format(user=scene.user["id"])}
    answer = scene.globex.send("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})
    (result,) = answer.json()["Operations"]
    assert result["status"] == "400"
    assert scene.directories() == before


# ------------------------------------------------------------------------------------------------------------- doors


@pytest.mark.row("ISO-02")
@pytest.mark.parametrize(
    "path",
    ["/scim/v2/acme", "/scim/v2/ACME", "/scim/v2/nobody", "/provisioning/okta/v2", "/scim/v2/globex%2F..%2Facme"],
)
def test_given_a_token_at_a_door_that_is_not_its_own_then_401_whoever_lives_there(scene: Scene, path: str) -> None:
    before = scene.directories()
    answers = [
        scene.gangway.send(scene.globex.token, method, f"{path}/Users/{scene.user['id']}", DEACTIVATE)
        for method in ("GET", "PATCH", "DELETE")
    ]
    assert {answer.status for answer in answers if "%2F" not in path} <= {401}
    assert {answer.status for answer in answers} <= {401, 404}
    assert len({answer.text for answer in answers}) == 1
    assert scene.directories() == before


@pytest.mark.row("ISO-08")
def test_given_a_request_that_broke_in_the_middle_then_the_next_one_inherits_nothing(scene: Scene) -> None:
    def broken(operation: str, _request: Mapping[str, Any]) -> None:
        if operation == "transact_write_items":
            raise RuntimeError("in the middle")

    scene.gangway.account.dynamodb.before = broken
    assert scene.acme.send("POST", "/Users", {"schemas": [USER], "userName": "x"}).status == 500
    scene.gangway.account.dynamodb.before = lambda _operation, _request: None
    assert scene.gangway.send(None, "GET", "/scim/v2/acme/Users").status == 401
    assert scene.globex.send("GET", "/Users").json()["totalResults"] == 0
    assert scene.gangway.send(scene.globex.token, "GET", "/scim/v2/acme/Users").status == 401


@pytest.mark.row("ISO-04")
def test_given_a_mistake_that_would_leave_the_organization_then_the_function_fails_and_nothing_is_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_organization: str, resource_id: str) -> Key:
        return Key(f"{scene.acme.id}#U#00", resource_id)

    monkeypatch.setattr(keys, "head", mistaken)
    requests: list[str] = []
    scene.gangway.account.dynamodb.before = lambda _operation, request: requests.append(str(request))
    with pytest.raises(ForeignItem):
        scene.globex.send("GET", f"/Users/{scene.user['id']}")
    assert requests
    assert not [request for request in requests if scene.acme.id in request]


# -------------------------------------------------------------------------------------------- references to elsewhere


def member_requests(member: str, group: str) -> Iterator[tuple[str, str, Any]]:
    members = [{"value": member}]
    yield "POST", "/Groups", {"schemas": [GROUP], "displayName": "New", "members": members}
    yield "PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Own", "members": members}
    for operation in (
        {"op": "add", "path": "members", "value": members},
        {"op": "replace", "path": "members", "value": members},
        {"op": "add", "value": {"members": members}},
    ):
        yield "PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": [operation]}


@pytest.mark.row("ISO-09")
@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("case", range(5))
def test_given_a_foreign_member_then_it_is_refused_like_an_unknown_one_and_stored_nowhere(
    scene: Scene, kind: str, case: int
) -> None:
    own = scene.globex.create("/Groups", {"schemas": [GROUP], "displayName": "Own"})["id"]
    foreign, unknown = (scene.user["id"], UNKNOWN_USER) if kind == "user" else (scene.group["id"], UNKNOWN_GROUP)
    before = scene.directories()
    answers = []
    for member in (foreign, unknown):
        method, path, body = list(member_requests(member, own))[case]
        answer, calls = scene.looked_at(scene.globex, method, path, body)
        answers.append((json.dumps(answer).replace(member, "member"), calls))
        assert answer[0] == 400
    assert answers[0] == answers[1]
    assert scene.directories() == before


@pytest.mark.row("ISO-10")
def test_given_a_foreign_manager_then_it_is_kept_as_text_and_never_looked_up(scene: Scene) -> None:
    def attempt(name: str, manager: str) -> tuple[str, list[str]]:
        body = {"schemas": [USER, ENTERPRISE], "userName": name, ENTERPRISE: {"manager": {"value": manager}}}
        answer, calls = scene.looked_at(scene.globex, "POST", "/Users", body)
        assert answer[0] == 201
        created = json.loads(answer[1])
        read = scene.globex.send("GET", f"/Users/{created['id']}").json()
        assert read[ENTERPRISE]["manager"]["value"] == manager
        return json.dumps(read[ENTERPRISE]).replace(manager, "manager"), calls

    assert attempt("a", scene.user["id"]) == attempt("b", UNKNOWN_USER)


@pytest.mark.row("ISO-12")
def test_given_a_name_that_is_taken_elsewhere_then_it_is_free_here_and_a_conflict_names_nobody_else(
    scene: Scene,
) -> None:
    body = {"schemas": [USER], "userName": "ann", "externalId": "1"}
    assert scene.globex.send("POST", "/Users", body).status == 201
    conflict = scene.globex.send("POST", "/Users", body)
    assert conflict.status == 409
    assert "acme" not in conflict.text
    assert scene.acme.id not in conflict.text
    assert scene.user["id"] not in conflict.text


# ------------------------------------------------------------------------------------------------------------ cursors


class Walk:
    """A walk of `acme` that stands before its second page."""

    QUERY = "/Users?count=2&cursor="

    def __init__(self) -> None:
        self.gangway = Gangway()
        self.acme = self.gangway.tenant("acme")
        self.other_token = Tenant(self.gangway, "acme", self.acme.id, self.gangway.mint("acme", "second"))
        self.globex = self.gangway.tenant("globex")
        for tenant in (self.acme, self.globex):
            for name in "abcde":
                tenant.create("/Users", {"schemas": [USER], "userName": name})
        self.cursor: str = self.acme.send("GET", self.QUERY).json()["nextCursor"]

    def try_out(self, cursor: str, *, who: Tenant | None = None, query: str = QUERY, **more: Any) -> Reply:
        """Ask for the page behind a cursor; at a pace that no rate limit minds."""
        self.gangway.account.advance(milliseconds=50)
        return (who or self.acme).send("GET", query + cursor, **more)


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk()


def assert_refused(answer: Reply) -> None:
    assert (answer.status, answer.json()["scimType"]) == (400, "invalidCursor")


@pytest.mark.row("ISO-11")
def test_given_a_cursor_then_only_its_own_token_gets_the_next_page(walk: Walk) -> None:
    assert walk.try_out(walk.cursor).json()["itemsPerPage"] == 2
    assert_refused(walk.try_out(walk.cursor, who=walk.globex))
    assert_refused(walk.try_out(walk.cursor, who=walk.other_token))


@pytest.mark.row("ISO-11")
@pytest.mark.parametrize(
    "query",
    [
        "/Groups?count=2&cursor=",
        "/?count=2&cursor=",
        "/Users?count=2&filter=active%20pr&cursor=",
        "/Users?count=2&sortBy=userName&cursor=",
    ],
)
def test_given_a_cursor_of_another_query_then_it_is_worth_nothing(walk: Walk, query: str) -> None:
    assert_refused(walk.try_out(walk.cursor, query=query))


@pytest.mark.row("ISO-11")
@given(st.integers(0, 400), st.integers(1, 255))
@pytest.mark.row("CUR-18")
def test_given_a_cursor_with_any_byte_changed_then_it_is_refused(walk: Walk, position: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(walk.cursor + "=="))
    raw[position % len(raw)] ^= change
    assert_refused(walk.try_out(base64.urlsafe_b64encode(raw).decode().rstrip("=")))


@pytest.mark.row("ISO-11")
@given(st.text(alphabet="ABCxyz019-_=.%2B", min_size=1, max_size=700))
def test_given_any_text_for_a_cursor_then_it_is_refused(walk: Walk, text: str) -> None:
    walk.gangway.account.advance(milliseconds=50)
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 2, "cursor": text}
    assert_refused(walk.acme.send("POST", "/Users/.search", search))
