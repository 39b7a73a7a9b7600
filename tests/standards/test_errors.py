"""Errors, media types and other matters of HTTP (RFC 7644 sections 3.8 and 3.12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standards.scene import BULK, ERROR, SEARCH, Client, Server, group_body, patch_body, scim_type, user_body

row = pytest.mark.row
NOBODY = "019ca945-0a00-7d2a-a998-aae14d28ffff"


def remove(path: str) -> dict[str, Any]:
    return patch_body({"op": "remove", "path": path})


# What is sent, and the status and scimType that it must be answered with. {ada} is the path of a user who is there.
REFUSALS: dict[str, tuple[str, str, Any, int, str | None]] = {
    "no such endpoint": ("GET", "/Printers", None, 404, None),
    "no such user": ("GET", f"/Users/{NOBODY}", None, 404, None),
    "an id that is none": ("GET", "/Users/0", None, 404, None),
    "a filter that cannot be read": ("GET", "/Users?filter=userName%20regex%20%22x%22", None, 400, "invalidFilter"),
    "order among booleans": ("GET", "/Users?filter=active%20gt%20true", None, 400, "invalidFilter"),
    "no JSON": ("POST", "/Users", "{", 400, "invalidSyntax"),
    "no object": ("POST", "/Users", "[]", 400, "invalidSyntax"),
    "no body": ("POST", "/Users", "", 400, "invalidSyntax"),
    "no message of this kind": ("POST", "/.search", {"schemas": [BULK], "filter": "a pr"}, 400, "invalidSyntax"),
    "a filter that is no text": ("POST", "/.search", {"schemas": [SEARCH], "filter": []}, 400, "invalidSyntax"),
    "nothing that is required": ("POST", "/Users", {}, 400, "invalidValue"),
    "a value of the wrong kind": ("POST", "/Users", user_body("bob", title=7), 400, "invalidValue"),
    "a name that is taken": ("POST", "/Users", user_body("ADA"), 409, "uniqueness"),
    "no path to remove": ("PATCH", "{ada}", patch_body({"op": "remove"}), 400, "noTarget"),
    "the required removed": ("PATCH", "{ada}", remove("userName"), 400, "mutability"),
    "the read-only removed": ("PATCH", "{ada}", remove("id"), 400, "mutability"),
    "a path that cannot be read": ("PATCH", "{ada}", remove("emails["), 400, "invalidPath"),
    "a path to nothing known": ("PATCH", "{ada}", remove("shoeSize"), 400, "invalidPath"),
    "a filter in a path that cannot be read": ("PATCH", "{ada}", remove("emails[type xx 1]"), 400, "invalidFilter"),
    "operations of a wrong kind": ("PATCH", "{ada}", patch_body({"op": "move", "path": "title"}), 400, "invalidSyntax"),
    "a wrong method": ("PATCH", "/Users", patch_body(), 405, None),
    "a feature that is not there": ("GET", "/Me", None, 501, None),
    "a filter on discovery": ("GET", "/Schemas?filter=id%20pr", None, 403, None),
    "a body that is too large": ("POST", "/Users", json.dumps(user_body("bob", title="x" * 1_048_576)), 413, None),
    "a cursor that nobody gave": ("GET", "/Users?cursor=garbage", None, 400, "invalidCursor"),
}


@row("ERR-01", "ERR-02", "ERR-03", "ERR-04", "ERR-06", "ERR-07", "ERR-12", "HTP-02", "FIL-26", "PAT-05", "PAT-18")
@pytest.mark.parametrize("why", REFUSALS)
def test_given_a_request_that_must_be_refused_then_status_scim_type_and_body_are_those_of_the_rfc(
    acme: Client, why: str
) -> None:
    method, path, body, status, keyword = REFUSALS[why]
    ada = acme.user("ada")
    answer = acme.send(method, path.replace("{ada}", acme.path(ada)), body)
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/scim+json")
    error = answer.json()
    assert error["schemas"] == [ERROR]
    assert error["status"] == str(status)
    assert error.get("scimType") == keyword
    assert set(error) <= {"schemas", "status", "scimType", "detail"}
    assert error["detail"]


@row("ERR-01", "ERR-06", "AUT-01", "AUT-11")
@pytest.mark.parametrize("body", [None, "{", user_body("ada")])
def test_given_no_token_then_401_in_scims_form_before_anything_is_read(server: Server, acme: Client, body: Any) -> None:
    answer = server.send(None, "POST", f"/scim/v2/{acme.tenant.name}/Users", body)
    assert answer.status == 401
    assert answer.json()["schemas"] == [ERROR]
    assert answer.json()["status"] == "401"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")


@row("ERR-06", "PUT-14", "ETG-04")
def test_given_a_version_that_is_gone_then_412(acme: Client) -> None:
    ada = acme.user("ada")
    assert scim_type(acme.put(ada, user_body("ada", title="x"), **{"If-Match": 'W/"7"'}), 412) == "None"


@row("ERR-08")
def test_given_a_wrong_type_then_the_detail_names_the_attribute_and_no_value(acme: Client) -> None:
    answer = acme.send("POST", "/Users", user_body("ada", emails=[{"value": {"s3cret": 1}}], name={"givenName": "Ada"}))
    assert "emails.value must be a text" in answer.json()["detail"]
    assert "s3cret" not in answer.text


@row("ERR-09", "CRE-12")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/Users", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/Groups", "GET, POST, HEAD, OPTIONS"),
        ("POST", f"/Users/{NOBODY}", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("GET", "/Bulk", "POST, OPTIONS"),
        ("TRACE", "/Users", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_given_a_method_that_an_endpoint_does_not_answer_then_405_and_allow(
    acme: Client, method: str, path: str, allowed: str
) -> None:
    answer = acme.send(method, path, {})
    assert answer.status == 405
    assert answer.headers["Allow"] == allowed


@row("ERR-11", "TEN-05", "ATT-02")
def test_given_an_id_of_another_organization_then_the_answer_is_that_for_no_id_at_all(
    acme: Client, strict: Client
) -> None:
    foreign, unknown = acme.user("ada"), f"/Users/{NOBODY}"
    there, nowhere = strict.send("GET", acme.path(foreign)), strict.send("GET", unknown)
    assert there.status == 404
    assert there.anonymous() == nowhere.anonymous()


@row("HTP-01", "HTP-02", "HTP-04", "ERR-10")
@pytest.mark.parametrize(
    "accept",
    ["application/scim+json", "application/json", "*/*", "application/*", "application/problem+json", "text/html"],
)
def test_given_any_accept_then_the_answer_is_scim(acme: Client, accept: str) -> None:
    for path, status in (("/Users", 200), ("/Printers", 404)):
        answer = acme.send("GET", path, headers={"Accept": accept})
        assert answer.status == status
        assert answer.headers["Content-Type"].startswith("application/scim+json")


@row("HTP-03")
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/scim+json", 201),
        ("application/json", 201),
        ("application/scim+json; charset=utf-8", 201),
        ("application/json;charset=UTF-8", 201),
        ("text/plain", 415),
        ("application/xml", 415),
    ],
)
def test_given_a_media_type_then_json_is_read_and_the_rest_is_415(acme: Client, content_type: str, status: int) -> None:
    answer = acme.send("POST", "/Users", user_body("ada"), headers={"Content-Type": content_type})
    assert answer.status == status


@row("HTP-05")
def test_given_a_byte_order_mark_or_broken_utf_8_then_the_one_is_read_and_the_other_refused(acme: Client) -> None:
    assert acme.send("POST", "/Users", "\ufeff" + json.dumps(user_body("ada"))).status == 201
    answer = acme.send("POST", "/Users", json.dumps(user_body("b\ufffd"), ensure_ascii=False))
    assert scim_type(answer) == "invalidSyntax"
    assert not acme.get("/Users").text.startswith("\ufeff")


@row("HTP-07", "REP-02", "TEN-06")
def test_given_ids_then_they_are_random_and_need_no_encoding_in_a_url(acme: Client, strict: Client) -> None:
    ids = [str(client.user(name)["id"]) for client in (acme, strict) for name in ("ada", "bob")]
    assert len({each[-12:] for each in ids}) == 4
    assert all(set(each) <= set("0123456789abcdef-") for each in ids)


@row("HTP-08")
def test_given_a_trailing_slash_then_it_means_nothing(acme: Client) -> None:
    ada = acme.user("ada")
    assert acme.send("GET", '/Users/?filter=userName%20eq%20"ada"').json()["totalResults"] == 1
    assert acme.send("GET", f"{acme.path(ada)}/").json()["id"] == ada["id"]


@row("HTP-09", "ATT-16")
def test_given_head_then_it_has_the_headers_of_get_and_no_body(acme: Client) -> None:
    ada = acme.user("ada")
    head, get = acme.send("HEAD", acme.path(ada)), acme.get(acme.path(ada))
    assert (head.status, head.text) == (200, "")
    assert {**head.headers, "X-Request-Id": ""} == {**get.headers, "X-Request-Id": ""}


@row("HTP-09")
def test_given_options_then_it_lists_the_methods_and_allows_no_other_origin(acme: Client) -> None:
    answer = acme.send("OPTIONS", "/Users", headers={"Origin": "https://evil.example"})
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@row("HTP-10")
@pytest.mark.parametrize(("path", "body"), [("/Users", user_body("ada")), ("/Groups", group_body("crew"))])
def test_given_a_body_of_ten_megabytes_then_413_and_nothing_is_stored(
    acme: Client, path: str, body: dict[str, Any]
) -> None:
    answer = acme.send("POST", path, json.dumps({**body, "title": "x" * 10_000_000}))
    assert scim_type(answer, 413) == "None"
    assert acme.get(path).json()["totalResults"] == 0


@row("HTP-11", "SEC-08")
def test_given_keys_that_mean_something_to_a_language_then_they_mean_nothing(acme: Client, strict: Client) -> None:
    body = user_body("ada", **{"__proto__": {"isAdmin": True}, "constructor": {}, "__class__": "x", "isAdmin": True})
    created = acme.send("POST", "/Users", body)
    assert created.status == 201
    assert acme.read(created.json()) == {**created.json()}
    assert not {"__proto__", "constructor", "__class__", "isAdmin"} & created.json().keys()
    assert scim_type(strict.send("POST", "/Users", body)) == "invalidValue"


@row("HTP-11")
@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"userName":' + "9" * 100_000 + "}"])
def test_given_endless_nesting_or_digits_then_invalid_syntax(acme: Client, body: str) -> None:
    assert scim_type(acme.send("POST", "/Users", body)) == "invalidSyntax"


@row("HTP-15")
def test_given_any_answer_then_it_names_the_request_and_the_log_has_a_line_for_it(server: Server, acme: Client) -> None:
    for path in ("/Users", "/Printers"):
        answer = acme.get(path)
        logged = [line for line in server.account.lines() if answer.headers["X-Request-Id"] in json.dumps(line)]
        assert logged


@row("HTP-16", "REP-08", "REP-09", "CRE-01", "ETG-13", "SEC-06", "SEC-14")
def test_given_a_spoofed_host_then_locations_are_those_of_the_deployment(acme: Client) -> None:
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    created = acme.send("POST", "/Users", user_body("ada"), headers=spoofed)
    ada = created.json()
    assert ada["meta"]["location"] == created.headers["Location"] == f"{acme.base_url}/Users/{ada['id']}"
    read = acme.send("GET", acme.path(ada), headers=spoofed)
    assert read.json()["meta"]["location"] == read.headers["Location"] == created.headers["Location"]
    assert read.headers["Cache-Control"] == "no-store"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
