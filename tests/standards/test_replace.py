"""Replacing (RFC 7644 section 3.5.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import ENTERPRISE, LAB, USER, Client, group_body, scim_type, user_body

row = pytest.mark.row


@row("PUT-01", "PUT-08", "PUT-13", "ETG-08")
def test_given_what_was_read_then_put_accepts_it_and_changes_nothing(acme: Client, strict: Client) -> None:
    for client in (acme, strict):
        ada = client.user("ada", title="x", emails=[{"value": "a@b.c"}])
        client.group("crew", [ada["id"]])
        read = client.read(ada)
        assert read["groups"]
        answer = client.put(ada, read)
        assert answer.status == 200
        assert answer.json() == read


@row("PUT-02", "DEL-06", "PAT-42")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/Users/nope", "/Users/019ca945-0a00-7d2a-a998-aae14d28ffff", "/Groups/nope"])
def test_given_an_unknown_id_then_404_and_nothing_is_created(acme: Client, method: str, path: str) -> None:
    body = group_body("x") if path.startswith("/Groups") else user_body("ada")
    if method == "PATCH":
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "value": {}}],
        }
    assert acme.send(method, path, body).status == 404
    assert acme.get("/").json()["totalResults"] == 0


@row("PUT-03", "PUT-04", "PUT-07", "PUT-15")
def test_given_a_body_then_it_replaces_and_what_it_omits_or_nulls_is_gone(acme: Client) -> None:
    rich: dict[str, Any] = {
        "title": "x",
        "emails": [{"value": "a@b.c"}, {"value": "d@e.f"}],
        "roles": [{"value": "r"}],
        "nickName": "n",
        ENTERPRISE: {"department": "Engines"},
    }
    ada = acme.user("ada", **rich)
    put = acme.put(ada, user_body("ada", emails=[{"value": "g@h.i"}], roles=[], nickName=None)).json()
    assert put["emails"] == [{"value": "g@h.i"}]
    assert put.keys() == {"schemas", "id", "meta", "userName", "emails"}
    assert put["schemas"] == [USER]


@row("PUT-06")
@pytest.mark.parametrize("active", [True, False])
def test_given_no_active_then_it_stays(acme: Client, active: bool) -> None:
    ada = acme.user("ada", active=active)
    assert acme.put(ada, user_body("ada", title="x")).json()["active"] is active


@row("PUT-08")
def test_given_other_values_of_read_only_attributes_then_they_are_ignored(acme: Client, strict: Client) -> None:
    for client in (acme, strict):
        ada = client.user("ada")
        lies = {"id": "x", "meta": {"version": "9"}, "groups": [{"value": "g"}], LAB: {"serial": "s"}}
        put = client.put(ada, user_body("ada", title="x", **lies))
        assert put.status == 200
        assert put.json()["id"] == ada["id"]
        assert not {"groups", LAB} & put.json().keys()


@row("PUT-09")
def test_given_an_immutable_attribute_then_it_can_be_set_once(acme: Client) -> None:
    ada = acme.user("ada")
    assert acme.put(ada, user_body("ada", **{LAB: {"hireCode": "H1"}})).json()[LAB] == {"hireCode": "H1"}
    assert acme.put(ada, user_body("ada", title="x", **{LAB: {"hireCode": "H1"}})).status == 200
    assert scim_type(acme.put(ada, user_body("ada", **{LAB: {"hireCode": "h1"}}))) == "mutability"


@row("PUT-10")
def test_given_no_required_attribute_then_invalid_value(acme: Client) -> None:
    ada, crew = acme.user("ada"), acme.group("crew")
    assert scim_type(acme.put(ada, {"schemas": [USER], "title": "x"})) == "invalidValue"
    assert scim_type(acme.put(crew, {**group_body("x"), "displayName": ""})) == "invalidValue"


@row("PUT-11")
def test_given_a_name_of_somebody_else_then_409_and_the_own_in_another_case_is_fine(acme: Client) -> None:
    ada, _bob = acme.user("ada"), acme.user("bob")
    assert scim_type(acme.put(ada, user_body("BOB")), 409) == "uniqueness"
    assert acme.put(ada, user_body("ADA")).json()["userName"] == "ADA"


@row("PUT-12", "PAT-32", "GRP-08")
def test_given_other_members_then_they_change_though_each_is_immutable(acme: Client) -> None:
    ada, bob = acme.user("ada")["id"], acme.user("bob")["id"]
    crew = acme.group("crew", [ada, bob, ada])
    assert len(acme.read(crew)["members"]) == 2
    for wanted in ([ada], [bob], [ada, bob], []):
        answer = acme.put(crew, group_body("crew", wanted))
        assert answer.status == 200
        assert sorted(each["value"] for each in answer.json().get("members", [])) == sorted(wanted)


@row("PUT-14", "ETG-04", "ETG-05", "ETG-06")
def test_given_if_match_then_only_the_present_version_is_replaced(acme: Client) -> None:
    ada = acme.user("ada")
    assert scim_type(acme.put(ada, user_body("ada", title="x"), **{"If-Match": 'W/"99"'}), 412) == "None"
    assert "title" not in acme.read(ada)
    assert acme.put(ada, user_body("ada", title="x"), **{"If-Match": ada["meta"]["version"]}).status == 200
