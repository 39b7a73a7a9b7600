"""POST and PUT: from a body to the document that is stored."""

from typing import Any

import pytest

from gangway.scim.dialect import (
    EMPTY_TEXT,
    MISSING_SCHEMAS,
    RELATIVE_REFERENCES,
    TEXT_BOOLEANS,
    UNKNOWN_ATTRIBUTES,
    UNKNOWN_SCHEMAS,
    UNWRAPPED_LIST,
    VALUE_FOR_COMPLEX,
    WRAPPED_VALUE,
    Dialect,
    Rule,
)
from gangway.scim.errors import InvalidSyntax, InvalidValue, Mutability, ScimError
from gangway.scim.resource import prepare
from gangway.scim.schema import ENTERPRISE_USER, USER
from tests.scim.examples import (
    GROUPS,
    LAB,
    USERS,
    group,
    lenient,
    operation,
    patch,
    prepared,
    registry_with,
    strict,
    user,
)


def test_names_come_out_in_canonical_spelling() -> None:
    document = prepared({"SCHEMAS": [USER], "USERNAME": "Ada", "Emails": [{"VALUE": "a@x", "Type": "Work"}]})
    assert document == {"userName": "Ada", "emails": [{"value": "a@x", "type": "work"}], "schemas": [USER]}


def test_what_the_server_assigns_and_secrets_are_accepted_and_not_kept() -> None:
    body = user(
        id="x",
        meta={"created": "1999-01-01T00:00:00Z"},
        groups=[{"value": "g"}],
        password="t1meMa$heen",
        lab={"serial": "1"},
    )
    assert prepared(body, strict()) == {"userName": "bjensen", "schemas": [USER]}


def test_a_secret_is_checked_before_it_is_dropped() -> None:
    with pytest.raises(InvalidValue, match="password must be a text"):
        prepared(user(password=1))


def test_null_and_empty_leave_an_attribute_unassigned() -> None:
    body = user(title=None, emails=[], roles=None, name={}, enterprise={"manager": {}, "department": None}, lab=None)
    assert prepared(body, strict()) == user()


def test_an_object_that_holds_only_nothing_is_nothing() -> None:
    assert "name" not in prepared(user(name={"givenName": None, "familyName": None}), strict())
    assert "emails" not in prepared(user(emails=[{}, None, {"value": None}, {"type": "work", "primary": True}]))


def test_schemas_follow_from_the_data() -> None:
    assert prepared(user(enterprise={"department": "Ops"}), strict())["schemas"] == [USER, ENTERPRISE_USER]
    assert prepared(user(schemas=[ENTERPRISE_USER, USER]), strict())["schemas"] == [USER]


@pytest.mark.parametrize("body", [[], "x", None, 1])
def test_a_body_is_an_object(body: object) -> None:
    with pytest.raises(InvalidSyntax):
        prepare(body, USERS, lenient())


def test_names_that_differ_by_case_only_are_refused() -> None:
    with pytest.raises(InvalidSyntax, match="userName is given twice"):
        prepared(user(USERNAME="other"))
    with pytest.raises(InvalidSyntax, match=r"name\.givenName is given twice"):
        prepared(user(name={"givenName": "a", "GIVENNAME": None}))


@pytest.mark.parametrize("name", [None, "", "   "])
def test_a_required_attribute_must_say_something(name: object) -> None:
    for dialect in (lenient(), strict()):
        with pytest.raises(InvalidValue):
            prepared(user(userName=name), dialect)


def test_a_group_needs_a_name() -> None:
    with pytest.raises(InvalidValue, match="displayName is required"):
        prepare(group(displayName=None), GROUPS, lenient())


@pytest.mark.parametrize(
    ("attributes", "detail"),
    [
        ({"active": "yes"}, "active must be true or false"),
        ({"active": 1}, "active must be true or false"),
        ({"title": 5}, "title must be a text"),
        ({"title": ["a"]}, "title must be a text"),
        ({"name": "Ada"}, "name must be an object"),
        ({"emails": ["a@x"]}, "emails must be an object"),
        ({"emails": [{"value": 1}]}, r"emails\.value must be a text"),
        ({"lab": []}, "must be an object"),
        ({"lab": {"loginCount": 1.5}}, f"{LAB}:loginCount must be a number without fraction"),
        ({"lab": {"loginCount": True}}, "loginCount must be a number"),
        ({"lab": {"loginCount": "1"}}, "loginCount must be a number"),
        ({"lab": {"score": True}}, "score must be a number"),
        ({"lab": {"lastLogin": "2024-05-13"}}, "lastLogin must be a dateTime"),
        ({"lab": {"blob": "***"}}, "blob must be base64"),
        ({"lab": {"blob": "A"}}, "blob must be base64"),
        ({"x509Certificates": [{"value": "=="}]}, r"x509Certificates\.value must be base64"),
        ({"profileUrl": "javascript:alert(1)"}, "profileUrl must be a URI that runs no script"),
        ({"photos": [{"value": "java\nscript:x"}]}, r"photos\.value must be a URI"),
        ({"enterprise": {"manager": {"$ref": "a b"}}}, r"manager\.\$ref must be a URI, without blanks"),
        ({"title": "a\x00b"}, "title holds a control character"),
        ({"name": {"givenName": "\ud800"}}, r"name\.givenName holds a control character"),
        ({"userName": "a\u200bb"}, "userName holds an invisible character"),
        ({"userName": "a" * 1025}, "userName may have at most 1024 characters"),
        ({"emails": [{"value": str(n)} for n in range(1001)]}, "emails may have at most 1000 values"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(attributes: dict[str, Any], detail: str) -> None:
    for dialect in (lenient(), strict()):
        with pytest.raises(InvalidValue, match=detail):
            prepared(user(**attributes), dialect)


def test_no_detail_repeats_a_value() -> None:
    with pytest.raises(ScimError) as refusal:
        prepared(user(lab={"lastLogin": "personal detail"}))
    assert "personal" not in refusal.value.detail


@pytest.mark.parametrize("blob", ["3q2+7w==", "3q2+7w", "AAAA"])
def test_binary_is_base64_with_or_without_padding(blob: str) -> None:
    assert prepared(user(lab={"blob": blob}), strict())[LAB] == {"blob": blob}


def test_values_are_kept_as_sent() -> None:
    values = {"externalId": "Ab ", "displayName": "Line1\nLine2", "phoneNumbers": [{"value": "tel:+1-201-555-0123"}]}
    assert prepared(user(**values), strict()) == user(**values)


def test_an_uncommon_type_is_accepted() -> None:
    emails = [{"value": "a@x", "type": "lunar"}]
    assert prepared(user(emails=emails), strict())["emails"] == emails


def test_a_value_is_kept_once() -> None:
    emails = [{"value": "a@x", "type": "work", "display": "A"}, {"value": "A@X", "type": "work"}, {"value": "a@x"}]
    assert prepared(user(emails=emails))["emails"] == [emails[0], emails[2]]
    assert prepared(user(lab={"tags": ["red", "RED", "blue"]}))[LAB] == {"tags": ["red", "blue"]}


def test_only_one_value_may_be_primary() -> None:
    with pytest.raises(InvalidValue, match="Only one value of emails may be primary"):
        prepared(user(emails=[{"value": "a", "primary": True}, {"value": "b", "primary": True}]))
    assert (
        len(prepared(user(emails=[{"value": "a", "primary": True}, {"value": "b", "primary": False}]))["emails"]) == 2
    )


def test_every_member_needs_its_value() -> None:
    with pytest.raises(InvalidValue, match="Every value of members needs its value"):
        prepare(group(members=[{"display": "Ada"}]), GROUPS, lenient())


@pytest.mark.parametrize(("members", "kept"), [({}, None), ({"members": None}, []), ({"members": []}, [])])
def test_members_kept_elsewhere_tell_absent_from_empty(members: dict[str, Any], kept: list[Any] | None) -> None:
    assert prepare(group(**members), GROUPS, lenient(), detached=("members",)).get("members") == kept


def test_an_extension_without_its_urn_in_schemas_is_accepted() -> None:
    body = user() | {LAB.upper(): {"BADGE": "x"}}
    assert prepared(body, strict()) == user(lab={"badge": "x"}) | {"schemas": [USER, LAB]}


@pytest.mark.row("REP-29")
def test_a_required_extension_must_be_there_with_what_it_requires() -> None:
    attributes = [{"name": "badge", "required": True}, {"name": "desk"}]
    urn = "urn:example:2.0:User"
    users = registry_with({"id": urn, "required": True, "attributes": attributes}).resource_types["User"]
    with pytest.raises(InvalidValue, match=f"{urn} is required"):
        prepare(user(), users, lenient())
    with pytest.raises(InvalidValue, match=f"{urn}:badge is required"):
        prepare(user() | {urn: {"desk": "4"}}, users, lenient())
    assert prepare(user() | {urn: {"badge": "7"}}, users, strict())[urn] == {"badge": "7"}


def test_an_optional_extension_needs_what_it_requires_only_when_used() -> None:
    urn = "urn:example:2.0:User"
    users = registry_with({"id": urn, "attributes": [{"name": "badge", "required": True}, {"name": "desk"}]})
    assert prepare(user(), users.resource_types["User"], strict())["schemas"] == [USER]
    with pytest.raises(InvalidValue, match="badge is required"):
        prepare(user() | {urn: {"desk": "4"}}, users.resource_types["User"], lenient())


def replaced(body: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    return prepared(body, strict(), current=prepared(current))


def test_put_clears_what_it_does_not_mention() -> None:
    assert replaced(user(), user(title="x", emails=[{"value": "a"}], enterprise={"department": "y"})) == user()


@pytest.mark.parametrize("active", [True, False])
def test_put_without_active_neither_deactivates_nor_reactivates(active: bool) -> None:
    assert replaced(user(), user(active=active))["active"] is active
    assert replaced(user(active=not active), user(active=active))["active"] is not active
    assert "active" not in replaced(user(active=None), user(active=active))


def test_put_keeps_an_immutable_value() -> None:
    current = user(lab={"hireCode": "H1", "badge": "b"})
    assert replaced(user(), current)[LAB] == {"hireCode": "H1"}
    assert replaced(user(lab={"hireCode": "H1"}), current)[LAB] == {"hireCode": "H1"}
    with pytest.raises(Mutability, match=f"{LAB}:hireCode is immutable"):
        replaced(user(lab={"hireCode": "H2"}), current)
    assert replaced(user(lab={"hireCode": "H2"}), user())[LAB] == {"hireCode": "H2"}


def test_put_keeps_what_the_server_assigned() -> None:
    current = user(lab={"serial": "S1"}) | {"schemas": [USER, LAB]}
    assert prepared(user(lab={"serial": "S2", "badge": "b"}), strict(), current=current)[LAB] == {
        "serial": "S1",
        "badge": "b",
    }


def test_put_may_change_members_though_each_is_immutable() -> None:
    current = group(members=[{"value": "u1"}])
    assert prepare(group(members=[{"value": "u2"}]), GROUPS, strict(), current=current)["members"] == [{"value": "u2"}]


@pytest.mark.parametrize(
    ("body", "rule", "outcome"),
    [
        (user(active="False"), TEXT_BOOLEANS, user(active=False)),
        (user(roles=[{"value": "r", "primary": "TRUE"}]), TEXT_BOOLEANS, user(roles=[{"value": "r", "primary": True}])),
        (user(enterprise={"manager": "u2"}), VALUE_FOR_COMPLEX, user(enterprise={"manager": {"value": "u2"}})),
        (user(title=[{"value": "x"}]), WRAPPED_VALUE, user(title="x")),
        (user(name=[{"givenName": "x"}]), WRAPPED_VALUE, user(name={"givenName": "x"})),
        (user(emails={"value": "a"}), UNWRAPPED_LIST, user(emails=[{"value": "a"}])),
        (user(profileUrl="example.com/me too"), RELATIVE_REFERENCES, user(profileUrl="example.com/me too")),
        (user(department="Ops", name={"nick": "x"}), UNKNOWN_ATTRIBUTES, user()),
        (user() | {"urn:example:unknown:User": {"a": 1}}, UNKNOWN_ATTRIBUTES, user()),
        (user(schemas=[USER, "urn:scim:schemas:core:2.0"]), UNKNOWN_SCHEMAS, user()),
        (user(schemas=[USER, USER]), UNKNOWN_SCHEMAS, user()),
        (user(schemas=["urn:scim:schemas:core:2.0"]), UNKNOWN_SCHEMAS, user()),
        (user(schemas=None), MISSING_SCHEMAS, user()),
    ],
)
def test_a_deviation_is_allowed_and_counted_but_not_in_a_strict_dialect(
    body: dict[str, Any], rule: Rule, outcome: dict[str, Any]
) -> None:
    dialect = lenient()
    assert prepared(body, dialect) | {"schemas": [USER]} == outcome
    assert set(dialect.fired) == {rule.name}
    with pytest.raises((InvalidValue, InvalidSyntax)):
        prepared(body, strict())


@pytest.mark.parametrize("dialect", [lenient(), strict()], ids=["lenient", "strict"])
def test_an_extension_may_say_which_schema_it_follows(dialect: Dialect) -> None:
    enterprise = {"schemas": [ENTERPRISE_USER.upper()], "department": "Ops"}
    assert prepared(user(enterprise=enterprise), dialect)[ENTERPRISE_USER] == {"department": "Ops"}
    given = operation("add", ENTERPRISE_USER, value=enterprise), operation("add", value={ENTERPRISE_USER: enterprise})
    for each in given:
        assert patch(user(), each, dialect=dialect).document[ENTERPRISE_USER] == {"department": "Ops"}
    assert not dialect.fired


@pytest.mark.parametrize("schemas", [[USER], [ENTERPRISE_USER, USER], [], ENTERPRISE_USER, [{}]])
def test_schemas_that_say_anything_else_in_an_extension_are_an_unknown_attribute(schemas: Any) -> None:
    enterprise = {"schemas": schemas, "department": "Ops"}
    with pytest.raises(InvalidValue, match="no attribute"):
        prepared(user(enterprise=enterprise), strict())
    with pytest.raises(InvalidValue, match="no attribute"):
        patch(user(), operation("add", ENTERPRISE_USER, value=enterprise), dialect=strict())


def test_empty_text_is_no_value_in_a_lenient_dialect_and_a_value_in_a_strict_one() -> None:
    dialect = lenient()
    body = user(title="", emails=[{"type": "work", "value": ""}], enterprise={"manager": ""})
    assert prepared(body, dialect) == user()
    assert dialect.fired == {EMPTY_TEXT.name: 3}
    assert prepared(user(title=""), strict()) == user(title="")


def test_the_body_is_left_as_it_was() -> None:
    body = user(emails=[{"value": "a", "primary": "True"}], name={"givenName": ""}, x=1)
    prepared(body)
    assert body == user(emails=[{"value": "a", "primary": "True"}], name={"givenName": ""}, x=1)
