"""Creating (RFC 7644 section 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import ERROR, USER, Client, Server, group_body, scim_type, user_body

row = pytest.mark.row


@row("CRE-01", "CRE-02", "CRE-14", "REP-08", "ETG-01", "TEN-07")
@pytest.mark.parametrize(("path", "body"), [("/Users", user_body("ada")), ("/Groups", group_body("crew"))])
def test_given_a_minimal_body_then_201_with_the_whole_resource_and_its_headers(
    acme: Client, path: str, body: dict[str, Any]
) -> None:
    answer = acme.send("POST", path, body)
    assert answer.status == 201
    created = answer.json()
    assert created == acme.read(created)
    assert created | body == created
    assert answer.headers["Location"] == created["meta"]["location"] == f"{acme.base_url}{path}/{created['id']}"
    assert answer.headers["ETag"] == created["meta"]["version"]


@row("CRE-03", "GRP-06", "REP-05")
def test_given_read_only_attributes_in_the_body_then_they_are_ignored(acme: Client, strict: Client) -> None:
    body = user_body("ada", id="x", groups=[{"value": "g"}], meta={"created": "1999-01-01T00:00:00Z"})
    for client in (acme, strict):
        ada = client.send("POST", "/Users", body)
        assert ada.status == 201
        assert ada.json()["id"] != "x"
        assert "groups" not in ada.json()
        assert not ada.json()["meta"]["created"].startswith("1999")


@row("CRE-05", "CRE-06", "REP-38", "GRP-01", "ERR-07")
@pytest.mark.parametrize("name", [None, "", "   "])
def test_given_no_name_or_an_empty_one_then_invalid_value(acme: Client, strict: Client, name: str | None) -> None:
    for client in (acme, strict):
        assert scim_type(client.send("POST", "/Users", {"schemas": [USER], "userName": name})) == "invalidValue"
        group = {**group_body("x"), "displayName": name}
        assert scim_type(client.send("POST", "/Groups", group)) == "invalidValue"
        assert scim_type(client.send("POST", "/Users", {"schemas": [USER]})) == "invalidValue"


@row("CRE-08", "ERR-07")
@pytest.mark.parametrize(
    "body", ["[]", "", "{", "null", '"text"', "7", "{} {}", "{'userName': 1}", '{"userName": NaN}']
)
def test_given_a_body_that_is_no_object_then_invalid_syntax(acme: Client, body: str) -> None:
    assert scim_type(acme.send("POST", "/Users", body)) == "invalidSyntax"


@row("CRE-09")
def test_given_no_active_or_null_then_nothing_is_defaulted(acme: Client) -> None:
    assert "active" not in acme.user("ada")
    assert "active" not in acme.user("bob", active=None)
    assert acme.found("active pr") == []


@row("CRE-13")
def test_given_a_selection_then_it_shapes_the_answer_to_a_creation(acme: Client) -> None:
    ada = acme.send("POST", "/Users?attributes=userName", user_body("ada", title="x")).json()
    assert ada.keys() == {"id", "schemas", "userName"}
    bob = acme.send("POST", "/Users?excludedAttributes=title,meta", user_body("bob", title="x")).json()
    assert bob.keys() == {"id", "schemas", "userName"}


@row("CRE-16", "AUT-01")
def test_given_no_credentials_then_nobody_is_created(server: Server, acme: Client) -> None:
    answer = server.send(None, "POST", "/scim/v2/acme/Users", user_body("ada"))
    assert (answer.status, answer.json()["schemas"]) == (401, [ERROR])
    assert acme.get("/Users").json()["totalResults"] == 0


@row("SEC-07")
def test_given_urls_of_other_services_then_nothing_is_fetched(server: Server, acme: Client) -> None:
    metadata = "http://169.254.169.254/latest/meta-data/"
    ada = acme.user("ada", profileUrl=metadata, photos=[{"value": metadata}])
    assert ada["photos"] == [{"value": metadata}]
    assert server.account.functions.invoked == []
