"""Reading one resource, and choosing its attributes (RFC 7644 sections 3.4.1, 3.4.2.5 and 3.9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import ENTERPRISE, LAB, USER, Client, scim_type, user_body

row = pytest.mark.row

FULL: dict[str, Any] = {
    "externalId": "Ab",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "title": "Countess",
    "password": "t0p s3cret",
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}, {"value": "a@home.example"}],
    ENTERPRISE: {"department": "Engines", "manager": {"value": "26118915"}},
    LAB: {"biography": "long", "realm": "east", "secret": "hush", "badge": "B"},
}
ALWAYS = {"id", "schemas", LAB}
"""Every answer has these: of the extension, the one attribute that is always returned."""


@pytest.fixture
def ada(acme: Client) -> dict[str, Any]:
    return acme.user("ada", **FULL)


@row("ATT-01", "REP-10", "ETG-01", "ETG-02")
def test_given_a_resource_then_get_answers_it_with_its_version(acme: Client, ada: dict[str, Any]) -> None:
    answer = acme.get(acme.path(ada))
    assert answer.status == 200
    assert answer.json()["userName"] == "ada"
    assert answer.headers["ETag"] == answer.json()["meta"]["version"] == 'W/"1"'


@row("ATT-02", "REP-03")
def test_given_no_such_id_of_this_type_then_404(acme: Client, ada: dict[str, Any]) -> None:
    for path in ("/Users/nope", f"/Groups/{ada['id']}", acme.path(ada).upper().replace("/USERS", "/Users")):
        assert acme.get(path).status == 404


@row("ATT-03", "ATT-04", "ATT-12", "ATT-13", "REP-33", "REP-35")
def test_given_attributes_then_the_minimum_and_what_is_named_are_answered(acme: Client, ada: dict[str, Any]) -> None:
    assert acme.read(ada, attributes="userName,emails").keys() == ALWAYS | {"userName", "emails"}
    assert acme.read(ada, attributes="meta").keys() == ALWAYS | {"meta"}
    listed = acme.get("/Users", attributes="userName").json()["Resources"]
    assert [each.keys() for each in listed] == [ALWAYS | {"userName"}]


@row("ATT-05")
def test_given_sub_attributes_then_only_they_are_in_their_parent(acme: Client, ada: dict[str, Any]) -> None:
    read = acme.read(ada, attributes="name.givenName,emails.value")
    assert read["name"] == {"givenName": "Ada"}
    assert read["emails"] == [{"value": "ada@example.com"}, {"value": "a@home.example"}]


@row("ATT-06")
@pytest.mark.parametrize("name", ["USERNAME", f"{USER}:userName", f"{USER.upper()}:USERNAME"])
def test_given_a_name_in_any_case_or_with_its_urn_then_it_is_understood(
    acme: Client, ada: dict[str, Any], name: str
) -> None:
    assert acme.read(ada, attributes=name).keys() == ALWAYS | {"userName"}


@row("ATT-06", "ATT-07")
def test_given_an_extension_then_its_urn_selects_and_excludes_all_or_part_of_it(
    acme: Client, ada: dict[str, Any]
) -> None:
    assert acme.read(ada, attributes=ENTERPRISE)[ENTERPRISE]["department"] == "Engines"
    part = acme.read(ada, attributes=f"{ENTERPRISE}:manager.value")
    assert part[ENTERPRISE] == {"manager": {"value": "26118915"}}
    assert ENTERPRISE not in acme.read(ada, excludedAttributes=ENTERPRISE)
    assert acme.read(ada, excludedAttributes=f"{ENTERPRISE}:manager")[ENTERPRISE] == {"department": "Engines"}


@row("ATT-08", "REP-33", "REP-03")
def test_given_excluded_attributes_then_they_are_gone_but_for_those_that_always_come(
    acme: Client, ada: dict[str, Any]
) -> None:
    whole, read = acme.read(ada), acme.read(ada, excludedAttributes=f"id,schemas,emails,userName,{LAB}:realm")
    assert whole.keys() - read.keys() == {"emails", "userName"}
    assert read[LAB]["realm"] == "east"


@row("ATT-09")
def test_given_excluded_sub_attributes_then_their_siblings_stay(acme: Client, ada: dict[str, Any]) -> None:
    read = acme.read(ada, excludedAttributes="emails.type,meta.version")
    assert read["emails"] == [{"value": "ada@example.com", "primary": True}, {"value": "a@home.example"}]
    assert read["meta"].keys() == {"resourceType", "created", "lastModified", "location"}


@row("ATT-10")
def test_given_both_parameters_then_400(acme: Client, ada: dict[str, Any]) -> None:
    for path in (acme.path(ada), "/Users"):
        assert scim_type(acme.get(path, attributes="userName", excludedAttributes="emails")) == "invalidValue"


@row("ATT-11", "REP-34")
def test_given_a_secret_by_name_then_it_is_in_no_answer_and_nowhere_else(acme: Client, ada: dict[str, Any]) -> None:
    path, account = acme.path(ada), acme.tenant.gangway.account
    body = user_body("ada", **FULL)
    answers = [
        acme.get(path, attributes=f"password,{LAB}:secret"),
        acme.get("/Users", attributes="password"),
        acme.send("POST", "/Users", body),
        acme.send("PUT", path, body),
        acme.patch(ada, {"op": "add", "value": {"password": "t0p s3cret", f"{LAB}:secret": "hush"}}),
        acme.patch(ada, {"op": "add", "path": "password", "value": 7}),
        acme.send("POST", "/Users", user_body("bob", password={"t0p s3cret": 1})),
    ]
    everywhere = (
        "".join(answer.text for answer in answers) + account.printed.getvalue() + str(list(account.dynamodb.items()))
    )
    assert "s3cret" not in everywhere
    assert "hush" not in everywhere


@row("REP-36")
def test_given_an_attribute_returned_on_request_then_only_a_request_for_it_returns_it(
    acme: Client, ada: dict[str, Any]
) -> None:
    assert "biography" not in acme.read(ada)[LAB]
    assert acme.read(ada, attributes=f"{LAB}:biography")[LAB]["biography"] == "long"


@row("REP-36")
def test_given_an_attribute_returned_on_request_then_the_answer_to_a_write_of_it_has_it(acme: Client) -> None:
    ada = acme.send("POST", "/Users", user_body("ada", **{LAB: {"biography": "b", "badge": "B"}})).json()
    assert ada[LAB] == {"biography": "b", "badge": "B"}
    path = f"{LAB}:biography"
    assert acme.patch(ada, {"op": "replace", "path": path.upper(), "value": "c"}).json()[LAB]["biography"] == "c"
    assert acme.put(ada, user_body("ada", **{LAB: {"BIOGRAPHY": "d", "badge": "B"}})).json()[LAB]["biography"] == "d"
    others = acme.patch(ada, {"op": "replace", "path": "title", "value": "biography"}).json()
    assert others[LAB] == acme.read(ada)[LAB] == {"badge": "B"}
    excluded = acme.patch(ada, {"op": "replace", "path": path, "value": "e"}, excludedAttributes=LAB)
    assert LAB not in excluded.json()
    named = acme.patch(ada, {"op": "replace", "path": path, "value": "f"}, attributes="userName")
    assert named.json().keys() == {"id", "schemas", "userName"}


@row("ATT-14")
def test_given_names_that_mean_nothing_then_the_minimum(acme: Client, ada: dict[str, Any]) -> None:
    assert acme.read(ada, attributes="foo").keys() == ALWAYS
    assert acme.read(ada, excludedAttributes="foo,urn:x:y") == acme.read(ada)


@row("ATT-17", "FIL-34")
def test_given_a_filter_or_an_unknown_parameter_on_one_resource_then_it_is_ignored(
    acme: Client, ada: dict[str, Any]
) -> None:
    assert acme.read(ada, filter='userName eq "bob"', foo="1") == acme.read(ada)


@row("REP-26")
def test_given_a_user_with_nothing_but_a_name_then_nothing_is_null_or_empty(acme: Client) -> None:
    bob = acme.read(acme.user("bob", title=None, emails=[], name={"givenName": None}))
    assert bob.keys() == {"schemas", "id", "userName", "meta"}
    assert all(bob["meta"].values())
