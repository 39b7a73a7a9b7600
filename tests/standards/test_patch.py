"""Modifying (RFC 7644 section 3.5.2); the vectors in tests/conformance/patches.json go further."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import (
    ENTERPRISE,
    HOME,
    LAB,
    PATCH,
    USER,
    WORK,
    Client,
    add,
    patch_body,
    remove,
    replace,
    scim_type,
)

row = pytest.mark.row


@pytest.fixture
def ada(acme: Client) -> dict[str, Any]:
    return acme.user("ada", title="t", name={"givenName": "A", "familyName": "L"}, emails=[WORK, HOME])


@row("PAT-01", "PAT-09", "PAT-10", "PAT-11", "ETG-01")
def test_given_a_change_then_a_user_comes_back_and_a_group_only_if_asked_for(acme: Client, ada: dict[str, Any]) -> None:
    user = acme.patch(ada, replace("title", "u"))
    assert (user.status, user.json()) == (200, acme.read(ada))
    assert user.headers["ETag"] == user.json()["meta"]["version"]
    shaped = acme.patch(ada, replace("title", "v"), attributes="userName")
    assert (shaped.status, shaped.json().keys()) == (200, {"id", "schemas", "userName"})
    crew = acme.group("crew")
    silent = acme.patch(crew, add("members", [{"value": ada["id"]}]))
    assert (silent.status, silent.text, silent.headers["ETag"]) == (204, "", acme.read(crew)["meta"]["version"])
    assert acme.patch(crew, remove("members"), attributes="displayName").status == 200


@row("PAT-02", "ERR-07")
@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH]},
        {"schemas": [PATCH], "Operations": []},
        {"schemas": [PATCH], "Operations": {}},
        {"schemas": [PATCH], "Operations": ["add"]},
        {"schemas": [USER], "Operations": [{"op": "add", "value": {"title": "x"}}]},
        patch_body({"op": "move", "path": "title", "value": "x"}),
        patch_body({"path": "title", "value": "x"}),
        patch_body({"op": 1, "path": "title", "value": "x"}),
    ],
)
def test_given_no_patch_message_then_invalid_syntax(acme: Client, ada: dict[str, Any], body: Any) -> None:
    assert scim_type(acme.send("PATCH", acme.path(ada), body)) == "invalidSyntax"


@row("PAT-04", "PAT-05", "PAT-12", "PAT-18", "PAT-24", "PAT-28", "PAT-31", "PAT-33", "GRP-06", "REP-16")
@pytest.mark.parametrize(
    ("operation", "keyword"),
    [
        (replace("/title", "x"), "invalidPath"),
        (replace("emails[", "x"), "invalidPath"),
        (replace("emails[0]", "x"), "invalidFilter"),
        (replace("emails[foo eq 1].value", "x"), "invalidFilter"),
        (replace("foo", "x"), "invalidPath"),
        (replace("name.foo", "x"), "invalidPath"),
        ({"op": "add", "path": "title"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        (remove("userName"), "mutability"),
        (remove("id"), "mutability"),
        (remove("meta"), "mutability"),
        (replace("id", "x"), "mutability"),
        (replace("groups", [{"value": "x"}]), "mutability"),
        (add("groups", [{"value": "x"}]), "mutability"),
        (replace("active", "maybe"), "invalidValue"),
        (replace("title", 7), "invalidValue"),
        (replace("userName", None), "invalidValue"),
        (replace('emails[type eq "other"].display', "x"), "noTarget"),
    ],
)
def test_given_an_operation_without_sense_then_400_and_nothing_has_changed(
    strict: Client, operation: dict[str, Any], keyword: str
) -> None:
    ada = strict.user("ada", title="t", emails=[HOME])
    assert scim_type(strict.patch(ada, replace("title", "changed"), operation)) == keyword
    assert strict.read(ada) == ada


@row("PAT-07")
def test_given_one_operation_that_fails_then_none_has_happened(acme: Client, ada: dict[str, Any]) -> None:
    assert acme.patch(ada, replace("title", "x"), add("active", "maybe")).status == 400
    assert acme.read(ada) == ada
    crew = acme.group("crew")
    assert acme.patch(crew, add("members", [{"value": ada["id"]}]), replace("displayName", "")).status == 400
    assert acme.read(crew) == acme.read(crew, attributes="displayName,members,meta") == crew


@row("PAT-06", "PAT-30")
def test_given_several_operations_then_each_sees_what_those_before_it_did(acme: Client, ada: dict[str, Any]) -> None:
    other = {"value": "o@x.y", "type": "other"}
    changed = acme.patched(ada, add("emails", [other]), add('emails[type eq "other"].primary', True))
    assert changed["emails"] == [{"value": "w@x.y", "type": "work"}, HOME, other | {"primary": True}]


@row("PAT-13", "PAT-14", "PAT-17", "REP-27", "REP-28")
def test_given_add_then_simple_replaces_complex_merges_lists_grow_and_extensions_come_into_being(
    acme: Client, ada: dict[str, Any]
) -> None:
    other = {"value": "o@x.y"}
    changed = acme.patched(
        ada,
        add(None, {"nickName": "n", "title": "u", "emails": [other], "name": {"middleName": "M"}}),
        add("emails", {"value": "p@x.y"}),
        add(f"{ENTERPRISE}:department", "Engines"),
    )
    assert (changed["nickName"], changed["title"]) == ("n", "u")
    assert changed["name"] == {"givenName": "A", "familyName": "L", "middleName": "M"}
    assert changed["emails"] == [WORK, HOME, other, {"value": "p@x.y"}]
    assert changed[ENTERPRISE] == {"department": "Engines"}
    assert ENTERPRISE in changed["schemas"]


@row("PAT-15", "PAT-16", "PAT-22", "PAT-23", "PAT-43", "GRP-08", "ETG-08", "EVT-21")
@pytest.mark.parametrize(
    "operation",
    [
        add("title", "t"),
        replace("title", "t"),
        add("emails", [HOME, WORK]),
        add(None, {"name": {"givenName": "A"}}),
        remove("nickName"),
        remove('emails[type eq "other"]'),
        remove(f"{ENTERPRISE}:department"),
    ],
)
def test_given_what_is_so_already_then_success_without_version_time_or_event(
    acme: Client, ada: dict[str, Any], operation: dict[str, Any]
) -> None:
    stored = list(map(str, acme.tenant.gangway.account.dynamodb.items()))
    assert acme.patched(ada, operation) == ada
    rest = [item for item in map(str, acme.tenant.gangway.account.dynamodb.items()) if item not in stored]
    assert not [item for item in rest if ada["id"] in item]


@row("PAT-15", "PAT-16", "PAT-22", "GRP-08")
def test_given_members_twice_and_strangers_to_remove_then_one_entry_and_no_new_version(
    acme: Client, ada: dict[str, Any]
) -> None:
    member, stranger = {"value": ada["id"]}, acme.user("bob")["id"]
    crew = acme.patched(acme.group("crew"), add("members", [member, member]), add("members", [member]))
    assert [each["value"] for each in crew["members"]] == [ada["id"]]
    again = acme.patched(crew, add("members", [member]), remove(f'members[value eq "{stranger}"]'))
    assert again == crew


@row("PAT-19", "PAT-23")
def test_given_remove_then_attribute_part_values_and_parts_of_values_go(acme: Client, ada: dict[str, Any]) -> None:
    changed = acme.patched(
        ada,
        remove("title"),
        remove("name.givenName"),
        remove("name.familyName"),
        remove('emails[type eq "home"]'),
        remove('emails[type eq "work"].primary'),
    )
    assert not {"title", "name"} & changed.keys()
    assert changed["emails"] == [{"value": "w@x.y", "type": "work"}]


@row("PAT-25", "PAT-26", "PAT-27", "PAT-14")
def test_given_replace_then_lists_are_new_complex_merge_and_siblings_stay(acme: Client, ada: dict[str, Any]) -> None:
    changed = acme.patched(ada, replace("nickName", "n"), replace("name", {"givenName": "B"}))
    assert changed["name"] == {"givenName": "B", "familyName": "L"}
    assert changed["nickName"] == "n"
    part = acme.patched(ada, replace('emails[type eq "home"].value', "new@x.y"))
    assert part["emails"] == [WORK, {"value": "new@x.y", "type": "home"}]
    whole = acme.patched(ada, replace("emails", [{"value": "only@x.y"}]))
    assert whole["emails"] == [{"value": "only@x.y"}]


@row("PAT-30", "REP-21")
def test_given_a_new_primary_value_then_the_old_one_is_none_any_more(acme: Client, ada: dict[str, Any]) -> None:
    changed = acme.patched(ada, replace('emails[type eq "home"].primary', True))
    assert [each.get("primary", False) for each in changed["emails"]] == [False, True]
    added = acme.patched(ada, add("emails", [{"value": "n@x.y", "primary": True}]))
    assert [each.get("primary", False) for each in added["emails"]] == [False, False, True]


@row("PAT-31", "PUT-09")
def test_given_an_immutable_attribute_then_it_can_be_added_once(acme: Client, ada: dict[str, Any]) -> None:
    assert acme.patched(ada, add(f"{LAB}:hireCode", "H1"))[LAB] == {"hireCode": "H1"}
    assert acme.patch(ada, add(f"{LAB}:hireCode", "H1")).status == 200
    assert scim_type(acme.patch(ada, replace(f"{LAB}:hireCode", "H2"))) == "mutability"
    crew = acme.group("crew", [ada["id"]])
    part = f'members[value eq "{ada["id"]}"].value'
    assert scim_type(acme.patch(crew, replace(part, acme.user("bob")["id"]))) == "mutability"


@row("PAT-40", "REP-25")
@pytest.mark.parametrize(("path", "value"), [("title", None), ("emails", []), ("emails", None), ("title", "")])
def test_given_null_or_an_empty_list_then_the_attribute_is_gone(
    acme: Client, ada: dict[str, Any], path: str, value: Any
) -> None:
    assert path not in acme.patched(ada, replace(path, value))


@row("PAT-41")
def test_given_a_name_of_somebody_else_then_409(acme: Client, ada: dict[str, Any]) -> None:
    acme.user("bob")
    assert scim_type(acme.patch(ada, replace("userName", "Bob")), 409) == "uniqueness"
    assert acme.read(ada) == ada


@row("PAT-44")
def test_given_a_thousand_members_in_one_request_then_all_are_there(acme: Client) -> None:
    people = [{"value": acme.user(f"u{number}")["id"]} for number in range(50)]
    crew = acme.group("crew")
    operations = [add("members", [person]) for person in people] * 20
    assert len(acme.patched(crew, *operations)["members"]) == 50


@row("PAT-45", "GRP-02")
def test_given_an_unknown_member_then_400_names_it_and_the_known_is_not_added(
    acme: Client, ada: dict[str, Any]
) -> None:
    crew, unknown = acme.group("crew"), "019ca945-0a00-7d2a-a998-aae14d28ffff"
    answer = acme.patch(crew, add("members", [{"value": ada["id"]}, {"value": unknown}]))
    assert scim_type(answer) == "invalidValue"
    assert unknown in answer.json()["detail"]
    assert "members" not in acme.read(crew)
