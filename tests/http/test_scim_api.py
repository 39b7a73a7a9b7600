"""The SCIM API from event to answer, over a directory that only remembers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gangway.directory.ports import Overloaded
from gangway.directory.representation import Answer
from gangway.http.scim_routes import scim_routes
from gangway.scim.dialect import STRICT
from gangway.scim.errors import NotFound, PreconditionFailed
from gangway.scim.messages import SearchRequest
from tests.http.fakes import REGISTRY, SCIM, Scim
from tests.support.proxy import LambdaContext, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

# The routes as the RFC has them, written down a second time: what is allowed, by path.
ALLOWED = {
    "/": "GET",
    "/.search": "POST",
    "/Users": "GET POST",
    "/Users/.search": "POST",
    "/Users/1": "GET PUT PATCH DELETE",
    "/Groups": "GET POST",
    "/Groups/.search": "POST",
    "/Groups/1": "GET PUT PATCH DELETE",
    "/Bulk": "POST",
    "/Me": "GET POST PUT PATCH DELETE",
    "/ServiceProviderConfig": "GET",
    "/ResourceTypes": "GET",
    "/ResourceTypes/User": "GET",
    "/Schemas": "GET",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User": "GET",
}


@pytest.fixture
def scim() -> Scim:
    return Scim()


def assert_scim_error(reply: Reply, status: int, scim_type: str | None = None) -> None:
    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"] == SCIM
    body = reply.json()
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == scim_type
    assert body["detail"]
    assert set(body) <= {"schemas", "status", "scimType", "detail"}


# ---------------------------------------------------------------------------------------------------- routes x methods


def test_given_the_list_of_routes_then_it_is_the_one_expected_here() -> None:
    paths = {route.template.replace("{id}", "1") for route in scim_routes(REGISTRY).routes}
    names = {"/ResourceTypes/User": "/ResourceTypes/1"}
    expected = {names.get(path, path if not path.startswith("/Schemas/") else "/Schemas/1") for path in ALLOWED}
    assert paths == expected


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("method", METHODS)
def test_given_a_route_and_a_method_then_it_is_answered_or_405_says_what_is_allowed(
    scim: Scim, path: str, method: str
) -> None:
    reply = scim.send(method, path, {})
    allowed = ALLOWED[path].split()
    if method in allowed or (method == "HEAD" and "GET" in allowed):
        assert reply.status not in (404, 405)
    else:
        listed = set(allowed) | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())
        assert set(reply.headers["Allow"].split(", ")) == listed
        assert reply.status == (204 if method == "OPTIONS" else 405)
        assert not scim.directory.asked
        if method not in ("HEAD", "OPTIONS"):
            assert_scim_error(reply, 405)


@pytest.mark.parametrize(
    "path",
    [
        "/users",
        "/Nothing",
        "/Users/1/emails",
        "/Users//1",
        "/Users/%2e%2e/Groups",
        "/Users%2F1",
        "/Users/..",
        "/v3/Users",
        "/Users/.search/1",
        "/Schemas/urn:unknown",
        "/ResourceTypes/Device",
    ],
)
def test_INP_18_given_an_unknown_or_crooked_path_then_404(scim: Scim, path: str) -> None:
    assert_scim_error(scim.send("GET", path), 404)
    assert not scim.directory.asked


@pytest.mark.parametrize("path", [*ALLOWED, "/Nothing", "/Users%2F1", "/Users//1", "/%2e%2e/admin", "/Users/1/x"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("authorization", [None, "Bearer x"])
def test_SCM_02_SCM_03_AUT_11_given_no_live_token_then_every_route_and_every_crooked_path_is_401(
    scim: Scim, path: str, method: str, authorization: str | None
) -> None:
    reply = scim.send(method, path, "{ broken", authorization=authorization)
    assert reply.status == 401
    assert not scim.directory.asked


@pytest.mark.parametrize("path", ["/", "", "/nothing/at/all", "/scim/v2", "/admin/v1/orgs"])
def test_SCM_03_given_no_door_and_no_token_then_401_and_with_a_token_404(scim: Scim, path: str) -> None:
    assert scim.send("GET", path, door="", authorization=None).status == 401
    assert scim.send("GET", path, door="").status == 404


def test_INP_19_given_a_method_override_then_it_is_ignored(scim: Scim) -> None:
    scim.send("GET", "/Users/1", headers={"X-HTTP-Method-Override": "DELETE"})
    assert scim.directory.asked == [("User", "read", "1", None)]


def test_HTP_08_given_a_trailing_slash_then_it_means_nothing(scim: Scim) -> None:
    assert scim.send("GET", "/Users/").status == 200
    assert scim.send("GET", "/Users/1/").status == 200
    assert scim.send("GET", "/").status == 200
    assert scim.send("GET", "").status == 200


# ------------------------------------------------------------------------------------------------------- to use cases


def test_given_each_method_then_its_use_case_is_asked_with_what_was_sent(scim: Scim) -> None:
    scim.send("POST", "/Users", {"userName": "a"})
    scim.send("PUT", "/Users/1", {"userName": "b"}, headers={"If-Match": 'W/"1"'})
    scim.send("PATCH", "/Groups/2?attributes=members", {"Operations": []}, headers={"if-match": "*"})
    scim.send("PATCH", "/Groups/2", {"Operations": []})
    scim.send("DELETE", "/Groups/2")
    scim.send("GET", "/Users/1", headers={"If-None-Match": 'W/"1", W/"2"'})
    assert scim.directory.asked == [
        ("User", "create", {"userName": "a"}),
        ("User", "replace", "1", {"userName": "b"}, 'W/"1"'),
        ("Group", "patch", "2", {"Operations": []}, "*", True),
        ("Group", "patch", "2", {"Operations": []}, None, False),
        ("Group", "delete", "2", None),
        ("User", "read", "1", 'W/"1", W/"2"'),
    ]


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/"])
def test_SEA_01_SEA_02_given_a_query_then_get_and_post_ask_for_the_same(scim: Scim, path: str) -> None:
    scim.send("GET", path + "?filter=id%20pr&attributes=a,b&sortBy=id&sortOrder=descending&startIndex=2&count=3&x=y")
    search = {
        "schemas": [SEARCH],
        "filter": "id pr",
        "attributes": ["a", "b"],
        "sortBy": "id",
        "sortOrder": "descending",
        "startIndex": 2,
        "count": 3,
    }
    assert scim.send("POST", path.rstrip("/") + "/.search", search).status == 200
    expected = SearchRequest("id pr", ("a", "b"), (), "id", "descending", 2, 3, None)
    assert [asked[2] for asked in scim.directory.asked] == [expected, expected]


def test_given_a_token_then_the_context_comes_from_it_and_the_gateway(scim: Scim) -> None:
    scim.records.change(scim.acme, strict=True, unknown_members="skip", required_attributes=("emails",))
    scim.send("GET", "/Users/1", door="/scim/v2/ACME", headers={"Host": "evil.example", "X-Forwarded-Host": "evil"})
    (context,) = scim.directory.contexts
    assert context.organization_id == "AAAAAAAA"
    assert context.actor == scim.token.split("_")[1]
    assert context.request_id == "request-1"
    assert context.base_url == "https://scim.example.com/scim/v2/acme"
    assert (context.dialect.profile, context.unknown_members) == (STRICT, "skip")
    assert context.required_attributes == ("emails",)
    assert context.remaining_ms() == 25_000
    assert (context.tombstone_days, context.unique_group_names) == (30, True)


def test_given_settings_of_the_organization_then_they_go_before_those_of_the_deployment(scim: Scim) -> None:
    scim.records.change(scim.acme, tombstone_days=0, unique_group_names=False)
    scim.send("GET", "/Users/1")
    (context,) = scim.directory.contexts
    assert (context.tombstone_days, context.unique_group_names) == (0, False)


@pytest.mark.parametrize(
    ("public_url", "door", "base_url"),
    [
        (None, "/scim/v2/acme", "https://abc.execute-api.eu-west-1.amazonaws.com/live/scim/v2/acme"),
        ("https://x.example/base/", "/base/scim/v2/acme", "https://x.example/base/scim/v2/acme"),
        ("https://x.example", "/provisioning/onelogin/v2", "https://x.example/provisioning/onelogin/v2"),
        ("https://x.example", "/provisioning/Generic/v2", "https://x.example/provisioning/generic/v2"),
    ],
)
@pytest.mark.row("TEN-01", "TEN-07")
def test_given_either_form_of_url_then_locations_keep_it(public_url: str | None, door: str, base_url: str) -> None:
    scim = Scim(public_url)
    scim.send("GET", "/Users/1", door=door)
    assert scim.directory.contexts[0].base_url == base_url


def test_given_two_requests_then_neither_sees_the_context_of_the_other(scim: Scim) -> None:
    scim.directory.answer = raising(ZeroDivisionError())
    assert scim.send("GET", "/Users/1").status == 500
    assert scim.send("GET", "/Users/1", authorization=None).status == 401
    assert len(scim.directory.contexts) == 1


# ---------------------------------------------------------------------------------------------------------- to answers


def test_given_a_created_resource_then_status_etag_location_and_media_type_are_there(scim: Scim) -> None:
    reply = scim.send("POST", "/Users", {})
    assert reply.status == 201
    assert reply.headers["Location"] == "https://scim.example.com/scim/v2/acme/Users/1"
    assert reply.headers["ETag"] == 'W/"1"'
    assert reply.headers["Content-Type"] == SCIM
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Request-Id"] == "request-1"


def test_given_no_content_or_not_modified_then_there_is_no_body(scim: Scim) -> None:
    assert scim.send("DELETE", "/Users/1").text == ""
    scim.directory.answer = lambda *_: Answer(304, None, 'W/"1"', None)
    reply = scim.send("GET", "/Users/1")
    assert (reply.status, reply.text, reply.headers["ETag"]) == (304, "", 'W/"1"')


def test_HTP_09_given_head_then_the_answer_is_that_of_get_without_its_body(scim: Scim) -> None:
    get, head = scim.send("GET", "/Users/1"), scim.send("HEAD", "/Users/1")
    assert (head.status, head.headers, head.text) == (get.status, get.headers, "")


@pytest.mark.parametrize("error", [NotFound("none"), PreconditionFailed("changed")])
def test_given_a_refusal_by_a_use_case_then_it_is_the_answer(scim: Scim, error: Exception) -> None:
    scim.directory.answer = raising(error)
    assert_scim_error(scim.send("GET", "/Users/1"), error.status)  # type: ignore[attr-defined] # a ScimError


@pytest.mark.row("ERR-09")
def test_REL_23_given_a_passing_failure_then_503_with_retry_after(scim: Scim) -> None:
    scim.directory.answer = raising(Overloaded("throttled"))
    reply = scim.send("GET", "/Users/1")
    assert_scim_error(reply, 503)
    assert int(reply.headers["Retry-After"]) >= 1


def test_LOG_03_given_an_unexpected_failure_then_500_and_only_the_log_knows_where(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    scim.directory.answer = raising(KeyError("alice@example.com"))
    reply = scim.send("GET", "/Users/1")
    assert_scim_error(reply, 500)
    line = capsys.readouterr().out
    assert "alice" not in reply.text + line
    assert "builtins.KeyError" in line
    assert "fakes.py" in line


def raising(error: Exception) -> Callable[..., Answer]:
    def answer(*_asked: object) -> Answer:
        raise error

    return answer


def test_given_attributes_to_include_and_to_exclude_then_400(scim: Scim) -> None:
    reply = scim.send("GET", "/Users/1?attributes=userName&excludedAttributes=emails")
    assert_scim_error(reply, 400, "invalidValue")


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/Users"), ("PUT", "/Groups/1"), ("PATCH", "/Users/1"), ("POST", "/Bulk"), ("POST", "/.search")],
)
@pytest.mark.parametrize(
    ("body", "headers", "status", "scim_type"),
    [
        ("{", {}, 400, "invalidSyntax"),
        ("[]", {}, 400, "invalidSyntax"),
        (None, {}, 400, "invalidSyntax"),
        ('{"a":1,"A":1}', {}, 400, "invalidSyntax"),
        ("{}", {"Content-Type": "text/plain"}, 415, None),
        ("{}", {"Content-Encoding": "gzip"}, 415, None),
        (" " * (4 * 2**20 + 1), {}, 413, None),
    ],
)
def test_given_a_body_that_cannot_be_read_then_nobody_is_asked(
    scim: Scim, method: str, path: str, body: str | None, headers: dict[str, str], status: int, scim_type: str | None
) -> None:
    assert_scim_error(scim.send(method, path, body, headers=headers), status, scim_type)
    assert not scim.directory.asked


@pytest.mark.parametrize(("path", "status"), [("/Users", 413), ("/Groups", 201), ("/Bulk", 413), ("/.search", 413)])
def test_INP_14_given_a_body_over_one_mebibyte_then_only_groups_may(scim: Scim, path: str, status: int) -> None:
    assert scim.send("POST", path, json.dumps({"x": "y" * 2**20})).status == status


@pytest.mark.parametrize("path", ["/Users?count=x", "/Users?startIndex=1.5", "/Groups?sortOrder=up", "/?count=x"])
def test_given_a_parameter_of_the_wrong_kind_then_400(scim: Scim, path: str) -> None:
    assert_scim_error(scim.send("GET", path), 400, "invalidValue")


def test_TOK_29_AUT_05_given_a_token_in_the_query_then_it_is_not_seen_and_not_logged(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scim.send("GET", f"/Users?access_token={scim.token}", authorization=None).status == 401
    assert scim.token not in capsys.readouterr().out


def test_REL_16_given_too_little_time_then_503_before_any_work(scim: Scim) -> None:
    scim.context = LambdaContext(2_500)
    assert_scim_error(scim.send("POST", "/Users", {}), 503)
    assert not scim.directory.asked


def test_HTP_14_REL_22_given_more_than_50_requests_a_second_then_429_in_scims_form(scim: Scim) -> None:
    replies = [scim.send("GET", "/Users/1") for _ in range(51)]
    assert [reply.status for reply in replies[:50]] == [200] * 50
    assert_scim_error(replies[50], 429)
    assert replies[50].headers["Retry-After"] == "1"


# ------------------------------------------------------------------------------------------------------ authentication


def test_AUT_01_AUT_02_given_401s_then_their_bodies_are_equal_and_their_challenges_fit(scim: Scim) -> None:
    missing, garbage = (
        scim.send("GET", "/Users", authorization=None),
        scim.send("GET", "/Users", authorization="Bearer x"),
    )
    foreign = scim.send("GET", "/Users", door="/scim/v2/globex")
    assert_scim_error(missing, 401)
    assert missing.text == garbage.text == foreign.text
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="gangway"'
    assert garbage.headers == foreign.headers
    assert garbage.headers["WWW-Authenticate"] == 'Bearer realm="gangway", error="invalid_token"'


def test_ISO_02_given_the_path_of_another_organization_then_401_and_nothing_is_asked(scim: Scim) -> None:
    assert scim.send("GET", "/Users/1", door="/scim/v2/globex").status == 401
    assert scim.send("GET", "/Users/1", door="/provisioning/entra/v2").status == 401
    assert not scim.directory.asked


@pytest.mark.parametrize("down", ["records", "hashes"])
def test_TOK_20_TOK_22_REL_23_given_an_authentication_service_is_down_then_503(scim: Scim, down: str) -> None:
    getattr(scim, down).down = True
    reply = scim.send("GET", "/Users/1")
    assert_scim_error(reply, 503)
    assert "Retry-After" in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Users", 200),
        ("GET", "/Groups/1", 200),
        ("POST", "/Users/.search", 200),
        ("GET", "/Schemas", 200),
        ("POST", "/Users", 403),
        ("PUT", "/Users/1", 403),
        ("PATCH", "/Groups/1", 403),
        ("DELETE", "/Groups/1", 403),
    ],
)
def test_AUT_03_AUT_10_given_a_read_only_token_then_reading_works_and_writing_is_403(
    method: str, path: str, status: int
) -> None:
    scim = Scim(scopes=("read-only",))
    reply = scim.send(method, path, {"schemas": [SEARCH]})
    assert reply.status == status
    if status == 403:
        assert_scim_error(reply, 403)
        assert not scim.directory.asked


@pytest.mark.parametrize(
    ("path", "status"), [("/Users/1", 200), ("/Schemas", 200), ("/Groups/1", 403), ("/Groups", 403), ("/", 403)]
)
def test_AUT_10_given_a_users_only_token_then_whatever_could_show_groups_is_403(path: str, status: int) -> None:
    assert Scim(scopes=("users-only",)).send("GET", path).status == status


# ---------------------------------------------------------------------------------------------------------- discovery


@pytest.mark.parametrize(
    "path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Schemas/x", "/ResourceTypes/x"]
)
def test_DIS_14_given_a_filter_on_discovery_then_403(scim: Scim, path: str) -> None:
    assert_scim_error(scim.send("GET", path + "?filter=id%20pr"), 403)


@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
def test_DIS_06_DIS_10_DIS_13_given_discovery_then_a_whole_list_whatever_the_query(scim: Scim, path: str) -> None:
    body = scim.send("GET", path + "?count=1&startIndex=2").json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert body["totalResults"] == body["itemsPerPage"] == len(body["Resources"]) >= 2


def test_DIS_07_DIS_11_DIS_16_given_a_listed_document_then_its_location_answers_it(scim: Scim) -> None:
    base = "https://scim.example.com/scim/v2/acme"
    documents: list[dict[str, Any]] = [scim.send("GET", "/ServiceProviderConfig").json()]
    for path in ("/ResourceTypes", "/Schemas"):
        documents += scim.send("GET", path).json()["Resources"]
    for document in documents:
        location = document["meta"]["location"]
        assert location.startswith(base)
        reply = scim.send("GET", location.removeprefix(base))
        assert reply.json() == document
        assert reply.headers["Location"] == location


def test_DIS_07_given_percent_encoded_colons_then_the_schema_is_found(scim: Scim) -> None:
    assert scim.send("GET", "/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser").status == 200


def test_MEE_01_given_me_then_501(scim: Scim) -> None:
    assert_scim_error(scim.send("GET", "/Me"), 501)
