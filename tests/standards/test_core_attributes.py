"""Resources and the types of their attributes (RFC 7643 sections 2 to 4)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.standards.scene import ENTERPRISE, LAB, USER, Client, Server, scim_type, user_body

row = pytest.mark.row
OTHER = "urn:example:params:scim:schemas:other:2.0:User"


@row("REP-01", "REP-28", "REP-32")
def test_given_extension_data_then_schemas_names_base_and_extension_once_whatever_was_sent(acme: Client) -> None:
    plain = acme.user("ada", schemas=[USER, ENTERPRISE])
    assert plain["schemas"] == [USER]
    rich = acme.user("bob", schemas=[USER], **{ENTERPRISE: {"department": "Engines"}})
    assert sorted(rich["schemas"]) == sorted([USER, ENTERPRISE])
    assert rich[ENTERPRISE] == {"department": "Engines"}


@row("REP-02", "DEL-04")
def test_given_a_user_made_again_then_the_id_is_new_and_changes_keep_it(acme: Client) -> None:
    ada = acme.user("ada")
    assert acme.put(ada, user_body("ada", title="x", id="other")).json()["id"] == ada["id"]
    assert acme.patched(ada, {"op": "add", "path": "title", "value": "y"})["id"] == ada["id"]
    assert acme.send("DELETE", acme.path(ada)).status == 204
    assert acme.user("ada")["id"] != ada["id"]


@row("REP-04")
def test_given_one_external_id_twice_then_both_users_keep_it_byte_for_byte(acme: Client) -> None:
    odd = "Ab /é%20\u00fc"
    assert acme.user("ada", externalId=odd)["externalId"] == acme.user("bob", externalId=odd)["externalId"] == odd


@row("REP-05", "REP-06", "REP-07", "REP-11", "REP-12", "CRE-10")
def test_given_meta_from_a_client_then_the_servers_is_kept(acme: Client) -> None:
    meta = {"created": "1999-01-01T00:00:00Z", "resourceType": "Group", "location": "x", "version": "9"}
    ada = acme.user("ada", meta=meta)
    assert ada["meta"]["created"] == ada["meta"]["lastModified"]
    assert re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ada["meta"]["created"])
    assert ada["meta"]["resourceType"] == "User"
    later = acme.patched(ada, {"op": "add", "path": "title", "value": "x"})["meta"]
    assert later["created"] == ada["meta"]["created"] < later["lastModified"]
    assert acme.group("crew", meta={"resourceType": "User"})["meta"]["resourceType"] == "Group"


@row("REP-13", "REP-20")
def test_given_names_in_any_case_and_order_then_answers_have_the_canonical_spelling(acme: Client) -> None:
    body = {"NAME": {"FAMILYNAME": "L", "givenname": "A"}, "Schemas": [USER], "EMAILS": [{"VALUE": "a@b.c"}]}
    ada = acme.send("POST", "/Users", {**body, "USERNAME": "ada", ENTERPRISE.upper(): {"DEPARTMENT": "E"}}).json()
    assert (ada["userName"], ada["name"]) == ("ada", {"familyName": "L", "givenName": "A"})
    assert ada["emails"] == [{"value": "a@b.c"}]
    assert ada[ENTERPRISE] == {"department": "E"}


@row("REP-14")
@pytest.mark.parametrize(
    "body",
    ['{"userName":"a","username":"b"}', '{"userName":"a","userName":"a"}', '{"userName":"a","name":{"a":1,"a":1}}'],
)
def test_given_colliding_keys_then_invalid_syntax(acme: Client, body: str) -> None:
    assert scim_type(acme.send("POST", "/Users", body)) == "invalidSyntax"


@row("REP-19", "GRP-02", "GRP-03", "GRP-05", "REP-47")
def test_given_references_in_answers_then_they_can_be_followed(acme: Client) -> None:
    boss = acme.user("boss", displayName="The Boss")
    ada = acme.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    crew = acme.group("crew", [ada["id"]])
    followed = [crew["members"][0]["$ref"], acme.read(ada)["groups"][0]["$ref"]]
    for reference in followed:
        assert acme.get(reference.removeprefix(acme.base_url)).status == 200


@row("REP-46", "REP-47", "PAT-36")
@pytest.mark.parametrize("manager", [{"value": "26118915"}, {"value": "26118915", "displayName": "me"}, "26118915"])
def test_given_a_manager_in_any_form_then_answers_have_an_object_without_what_the_client_may_not_say(
    acme: Client, manager: Any
) -> None:
    ada = acme.user("ada", **{ENTERPRISE: {"manager": manager}})
    assert ada[ENTERPRISE]["manager"] == {"value": "26118915"}


@row("REP-21")
def test_given_two_primary_values_then_refused_and_absent_means_false(acme: Client) -> None:
    two = [{"value": "a@b.c", "primary": True}, {"value": "d@e.f", "primary": True}]
    assert scim_type(acme.send("POST", "/Users", user_body("ada", emails=two))) == "invalidValue"
    acme.user("bob", emails=[{"value": "a@b.c"}])
    assert acme.found("emails[primary ne true]") == ["bob"]


@row("REP-22")
def test_given_one_value_twice_then_it_is_kept_once(acme: Client) -> None:
    email = {"value": "ada@example.com", "type": "work"}
    assert acme.user("ada", emails=[email, dict(email)])["emails"] == [email]


@row("REP-23", "REP-24")
def test_given_a_suggested_type_in_another_case_then_it_is_the_suggested_one_and_others_are_kept(acme: Client) -> None:
    ada = acme.user("ada", emails=[{"value": "A@Example.COM", "type": "Work"}, {"value": "b@c.d", "type": "Pager"}])
    assert [(each["value"], each["type"]) for each in ada["emails"]] == [("A@Example.COM", "work"), ("b@c.d", "Pager")]
    assert acme.found('emails[type eq "work"]') == acme.found('emails.type eq "pager"') == ["ada"]


@row("REP-25")
def test_given_null_empty_and_nothing_then_they_are_one_state(acme: Client) -> None:
    nothing = acme.user("ada", title=None, emails=[], name=None, active=None, addresses=[None])
    assert nothing.keys() == acme.user("bob").keys()
    assert acme.found("title eq null") == ["ada", "bob"]


@row("REP-27")
def test_given_an_extension_attribute_by_patch_then_it_is_nested_under_its_urn(acme: Client) -> None:
    ada = acme.patched(acme.user("ada"), {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Engines"})
    assert ada[ENTERPRISE] == {"department": "Engines"}
    assert not [name for name in ada if name.startswith("urn:") and name != ENTERPRISE]


@row("REP-30", "SEC-08")
def test_given_an_unknown_attribute_then_post_put_and_patch_agree(acme: Client, strict: Client) -> None:
    for client, statuses in ((acme, (201, 200, 200)), (strict, (400, 400, 400))):
        ada = client.user("ada")
        answers = (
            client.send("POST", "/Users", user_body("bob", foo=1, name={"bar": 2})),
            client.put(ada, user_body("ada", foo=1)),
            client.patch(ada, {"op": "add", "value": {"foo": 1}}),
        )
        assert tuple(answer.status for answer in answers) == statuses
        assert not any("foo" in answer.json() for answer in answers)


@row("REP-31", "CRE-07")
def test_given_an_unknown_urn_or_no_schemas_then_lenient_ignores_and_strict_refuses(
    acme: Client, strict: Client
) -> None:
    unknown, none = {"schemas": [USER, OTHER], "userName": "ada"}, {"userName": "bob"}
    assert acme.send("POST", "/Users", unknown).json()["schemas"] == [USER]
    assert acme.send("POST", "/Users", none).json()["schemas"] == [USER]
    assert scim_type(strict.send("POST", "/Users", unknown)) == "invalidValue"
    assert scim_type(strict.send("POST", "/Users", none)) == "invalidSyntax"


@row("REP-37", "FIL-05")
def test_given_case_then_it_matters_where_the_schema_says_so(acme: Client) -> None:
    acme.user("Ada", externalId="Ab")
    assert acme.found('userName eq "aDA"') == ["Ada"]
    assert acme.found('externalId eq "ab"') == []
    for operator in ("eq", "co", "sw", "ew"):
        assert acme.found(f'externalId {operator} "Ab"') == ["Ada"]
        assert acme.found(f'externalId {operator} "aB"') == []


@row("REP-38", "CRE-04")
def test_given_a_name_in_another_case_then_it_is_taken_and_nothing_is_created(acme: Client) -> None:
    acme.user("bjensen")
    assert scim_type(acme.send("POST", "/Users", user_body("Bjensen")), 409) == "uniqueness"
    assert acme.get("/Users").json()["totalResults"] == 1


@row("REP-40", "SEC-02", "PUT-05")
def test_given_a_password_then_it_is_accepted_and_kept_nowhere(acme: Client) -> None:
    ada = acme.user("ada", password="t0p s3cret")
    assert acme.put(ada, user_body("ada")).status == 200
    assert "s3cret" not in str(list(acme.tenant.gangway.account.dynamodb.items()))
    assert acme.get("/ServiceProviderConfig").json()["changePassword"] == {"supported": False}


@row("REP-29", "DIS-10")
def test_given_a_required_extension_then_a_user_must_have_it_and_what_it_requires() -> None:
    demanded = {"name": "badge", "required": True}
    client = Client(Server({"id": LAB, "required": True, "attributes": [demanded, {"name": "plain"}]}).tenant("acme"))
    user_type = client.get("/ResourceTypes/User").json()
    assert {"schema": LAB, "required": True} in user_type["schemaExtensions"]
    bodies: list[dict[str, Any]] = [{}, {LAB: {}}, {LAB: {"plain": "x"}}, {LAB: {"badge": ""}}]
    for lacking in bodies:
        assert scim_type(client.send("POST", "/Users", user_body("ada", **lacking))) == "invalidValue"
    ada = client.user("ada", **{LAB: {"badge": "B"}})
    assert scim_type(client.put(ada, user_body("ada"))) == "invalidValue"
    assert scim_type(client.patch(ada, {"op": "remove", "path": f"{LAB}:badge"})) == "mutability"
