"""Which attributes an answer carries."""

from typing import Any

import pytest

from gangway.scim.errors import InvalidValue
from gangway.scim.projection import Selection
from gangway.scim.schema import ENTERPRISE_USER, USER
from tests.scim.examples import GROUPS, LAB, USERS, registry_with

BEFORE: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE_USER],
    "id": "u1",
    "userName": "bjensen",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "b@x", "type": "work"}, {"value": "h@x"}],
    "groups": [{"value": "g1"}],
    ENTERPRISE_USER: {"department": "Tours", "manager": {"value": "u2", "displayName": "John"}},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}
MINIMUM = {"schemas": BEFORE["schemas"], "id": "u1"}


def only(*names: str) -> dict[str, Any]:
    return Selection.parse(USERS, list(names)).apply(BEFORE)


def without(*names: str) -> dict[str, Any]:
    return Selection.parse(USERS, None, list(names)).apply(BEFORE)


def test_by_default_everything_is_answered() -> None:
    selection = Selection.parse(USERS)
    assert selection.is_default
    assert selection.apply(BEFORE) == BEFORE


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (["userName"], {"userName": "bjensen"}),
        (["USERNAME", " emails.VALUE "], {"userName": "bjensen", "emails": [{"value": "b@x"}, {"value": "h@x"}]}),
        (["emails.type"], {"emails": [{"type": "work"}]}),
        (["name", "name.givenName"], {"name": BEFORE["name"]}),
        (["name.givenName", "name"], {"name": BEFORE["name"]}),
        (["name.givenName", "name.familyName"], {"name": BEFORE["name"]}),
        ([f"{USER}:userName"], {"userName": "bjensen"}),
        ([ENTERPRISE_USER.upper()], {ENTERPRISE_USER: BEFORE[ENTERPRISE_USER]}),
        ([f"{ENTERPRISE_USER}:department"], {ENTERPRISE_USER: {"department": "Tours"}}),
        ([f"{ENTERPRISE_USER}:manager.displayName"], {ENTERPRISE_USER: {"manager": {"displayName": "John"}}}),
        (["meta"], {"meta": BEFORE["meta"]}),
        (["meta.version"], {"meta": {"version": 'W/"1"'}}),
        (["foo", "name.foo", LAB], {}),
        (["password"], {}),
    ],
)
def test_attributes_selects_what_it_names_and_the_minimum(names: list[str], answer: dict[str, Any]) -> None:
    assert only(*names) == MINIMUM | answer


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["emails", "groups"], ["emails", "groups"]),
        (["id", "schemas"], []),
        (["foo"], []),
        ([ENTERPRISE_USER], [ENTERPRISE_USER]),
    ],
)
def test_excluded_attributes_leaves_out_what_it_names_but_not_the_minimum(names: list[str], missing: list[str]) -> None:
    assert without(*names) == {name: value for name, value in BEFORE.items() if name not in missing}


def test_excluded_attributes_may_name_parts() -> None:
    assert without(
        "emails.type", "meta.version", f"{ENTERPRISE_USER}:manager", "name.givenName", "name.familyName"
    ) == {
        **{name: value for name, value in BEFORE.items() if name != "name"},
        "emails": [{"value": "b@x"}, {"value": "h@x"}],
        "meta": {"resourceType": "User"},
        ENTERPRISE_USER: {"department": "Tours"},
    }


def test_names_come_as_a_list_or_separated_by_commas() -> None:
    assert Selection.parse(USERS, "userName, emails").apply(BEFORE) == only("userName", "emails")


def test_both_parameters_at_once_contradict_each_other() -> None:
    with pytest.raises(InvalidValue, match="not both"):
        Selection.parse(USERS, "userName", "emails")


def test_the_number_of_names_is_limited() -> None:
    with pytest.raises(InvalidValue, match="200"):
        Selection.parse(USERS, ["userName"] * 201)


@pytest.mark.parametrize(
    ("attributes", "excluded", "wants"),
    [
        (None, None, True),
        ("displayName", None, False),
        ("members", None, True),
        ("members.value", None, True),
        (None, "MEMBERS", False),
        (None, "members.display", True),
        (None, "displayName", True),
    ],
)
def test_what_nobody_will_see_need_not_be_read(attributes: str | None, excluded: str | None, wants: bool) -> None:
    selection = Selection.parse(GROUPS, attributes, excluded)
    assert selection.wants("members") is wants
    assert selection.wants("id")


def test_naming_an_attribute_is_more_than_getting_it_by_default() -> None:
    assert Selection.parse(GROUPS, "members.display").names("members.display")
    assert Selection.parse(GROUPS, "members").names("members")
    assert not Selection.parse(GROUPS, "members").names("members.display")
    assert not Selection.parse(GROUPS, "members.display").names("members.value")
    assert not Selection.parse(GROUPS).names("members")


def test_the_returned_characteristic_of_each_attribute_is_obeyed() -> None:
    urn = "urn:example:2.0:User"
    sub = [{"name": "code", "returned": "always"}, {"name": "note", "returned": "request"}, {"name": "text"}]
    attributes = [
        {"name": "always", "returned": "always"},
        {"name": "request", "returned": "request"},
        {"name": "never", "returned": "never"},
        {"name": "parts", "type": "complex", "subAttributes": sub},
    ]
    users = registry_with({"id": urn, "attributes": attributes}).resource_types["User"]
    part = {"code": "c", "note": "n", "text": "t"}
    resource = BEFORE | {urn: {"always": "a", "request": "r", "never": "n", "parts": part}}

    def extension(attributes: str | None = None, excluded: str | None = None) -> Any:
        return Selection.parse(users, attributes, excluded).apply(resource).get(urn)

    assert extension() == {"always": "a", "parts": {"code": "c", "text": "t"}}
    assert extension(f"{urn}:request,{urn}:never") == {"always": "a", "request": "r", "parts": {"code": "c"}}
    assert extension(f"{urn}:parts.note") == {"always": "a", "parts": {"code": "c", "note": "n"}}
    assert extension(None, f"{urn}:always,{urn}:parts") == {"always": "a", "parts": {"code": "c"}}
