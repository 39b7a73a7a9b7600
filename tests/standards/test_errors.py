"""Errors, media types and other matters of HTTP (RFC 7644 sections 3.8 and 3.12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standards.scene import BULK, ERROR, SEARCH, Client, Server, patch_body, scim_type, user_body

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
