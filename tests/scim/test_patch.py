"""PATCH beyond the vectors: members kept elsewhere, what dialects allow, limits."""

from typing import Any

import pytest

from gangway.scim.dialect import (
    CREATE_BY_REPLACE,
    CREATE_THROUGH_VALUE_PATH,
    EMPTY_TEXT,
    LENIENT,
    MISSING_SCHEMAS,
    OPERATION_CASE,
    PATH_KEYS,
    READ_ONLY_IN_PATCH,
    REMOVE_WITH_VALUE,
    TEXT_BOOLEANS,
    UNKNOWN_ATTRIBUTES,
    VALUE_FOR_COMPLEX,
    WRAPPED_VALUE,
    Dialect,
    Rule,
)
from gangway.scim.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    ScimError,
)
from gangway.scim.patch import DetachedOperation, parse_patch
from gangway.scim.schema import ENTERPRISE_USER, USER
from tests.scim.examples import (
    GROUPS,
    LAB,
    PATCH_OP,
    group,
    lenient,
    operation,
    patch,
    prepared,
    registry_with,
    strict,
    user,
)

WORK = {"value": "w@x", "type": "work", "primary": True}
HOME = {"value": "h@x", "type": "home"}


def members(*operations: dict[str, Any], **options: Any) -> tuple[DetachedOperation, ...]:
    result = patch(group(), *operations, resource_type=GROUPS, detached=("members",), **options)
    assert "members" not in result.document
    return result.detached.get("members", ())


def values(*ids: str) -> tuple[dict[str, str], ...]:
    return tuple({"value": each} for each in ids)


@pytest.mark.parametrize(
    ("given", "reduced"),
    [
        (operation("add", "members", value=[{"value": "a"}, {"value": "b"}]), ("add", values("a", "b"))),
        (operation("add", "members", value={"value": "a"}), ("add", values("a"))),
        (operation("add", "members", value=[{"value": "a"}, {"VALUE": "a"}]), ("add", values("a"))),
        (operation("add", "members", value=[{"$ref": None, "value": "a"}]), ("add", values("a"))),
        (operation("replace", "members", value=[{"value": "a"}]), ("replace", values("a"))),
        (operation("replace", "members", value=[]), ("clear", ())),
        (operation("replace", "members", value=None), ("clear", ())),
        (operation("remove", "members"), ("clear", ())),
        (operation("remove", "members", value=None), ("clear", ())),
        (operation("remove", "members", value=[]), ("remove", ())),
        (operation("remove", "members", value=[{"value": "a"}, {"value": "b"}]), ("remove", values("a", "b"))),
        (operation("remove", "members", value={"value": "a"}), ("remove", values("a"))),
        (operation("remove", "members", value=["a", "b"]), ("remove", values("a", "b"))),
        (operation("remove", 'members[value eq "a"]'), ("remove", values("a"))),
        (operation("remove", 'MEMBERS[Value EQ "a" or value eq "b"]'), ("remove", values("a", "b"))),
        (operation("add", 'members[value eq "a"]', value={"value": "a"}), ("add", values("a"))),
        (
            operation("add", "members", value=[{"value": "a", "type": "User", "display": "A"}]),
            ("add", ({"value": "a", "type": "User"},)),
        ),
    ],
)
def test_an_operation_on_members_is_reduced_to_what_needs_no_reading(
    given: dict[str, Any], reduced: tuple[str, tuple[dict[str, Any], ...]]
) -> None:
    assert members(given) == (DetachedOperation(reduced[0], reduced[1]),)  # type: ignore[arg-type] # op is a literal


def test_one_patch_may_mix_the_document_with_members_in_order() -> None:
    result = patch(
        group(),
        operation("replace", value={"displayName": "Guides", "members": [{"value": "a"}]}),
        operation("remove", 'members[value eq "a"]'),
        operation("add", value={"externalId": "x", "MEMBERS": [{"value": "b"}]}),
        resource_type=GROUPS,
        detached=("members",),
    )
    assert result.document == group(displayName="Guides", externalId="x")
    assert result.changed
    assert [each.op for each in result.detached["members"]] == ["replace", "remove", "add"]


def test_members_alone_leave_the_document_unchanged() -> None:
    result = patch(
        group(), operation("add", "members", value=[{"value": "a"}]), resource_type=GROUPS, detached=("members",)
    )
    assert not result.changed


def test_a_removal_that_is_no_list_of_ids_comes_with_its_filter() -> None:
    (removal,) = members(operation("remove", 'members[type eq "Group" and not (value eq "a")]'))
    assert removal.filter is not None
    assert removal.filter.matches({"value": "b", "type": "Group"})
    assert not removal.filter.matches({"value": "a", "type": "Group"})
    assert removal.filter.paths == {"members.type", "members.value"}


@pytest.mark.parametrize(
    "given",
    [
        operation("replace", 'members[value eq "a"].value', value="b"),
        operation("add", 'members[value eq "a"].display', value="A"),
        operation("remove", 'members[value eq "a"].type'),
        operation("replace", "members.value", value="b"),
        operation("replace", 'members[value eq "a"]', value={"value": "b"}),
        operation("add", 'members[type eq "User"]', value={"value": "b"}),
    ],
)
def test_a_member_cannot_be_changed_wherever_members_are_kept(given: dict[str, Any]) -> None:
    with pytest.raises(Mutability, match="members are immutable"):
        members(given)
    with pytest.raises(Mutability, match="members are immutable"):
        patch(group(members=list(values("a"))), given, resource_type=GROUPS)


def test_an_item_that_names_no_member_is_refused_rather_than_removing_everything() -> None:
    with pytest.raises(InvalidValue, match="needs its value"):
        members(operation("remove", "members", value=[{"display": "Ada"}]))


DOCUMENT = prepared(user(title="Guide", emails=[WORK, HOME], name={"givenName": "B", "familyName": "J"}))


@pytest.mark.parametrize(
    ("given", "rule", "changes"),
    [
        (operation("Replace", "title", value="x"), OPERATION_CASE, {"title": "x"}),
        (operation("replace", "active", value="FALSE"), TEXT_BOOLEANS, {"active": False}),
        (operation("remove", 'emails[primary eq "True"]'), TEXT_BOOLEANS, {"emails": [HOME]}),
        (operation("replace", "title", value=""), EMPTY_TEXT, {"title": None}),
        (operation("replace", 'emails[type eq "home"].value', value=""), EMPTY_TEXT, {"emails": [WORK]}),
        (operation("add", "title", value=[{"value": "x"}]), WRAPPED_VALUE, {"title": "x"}),
        (operation("add", value={"colour": 1, "title": "x"}), UNKNOWN_ATTRIBUTES, {"title": "x"}),
        (
            operation("add", f"{ENTERPRISE_USER}:manager", value="u2"),
            VALUE_FOR_COMPLEX,
            {ENTERPRISE_USER: {"manager": {"value": "u2"}}, "schemas": [USER, ENTERPRISE_USER]},
        ),
        (
            operation("replace", value={"name.givenName": "x", "title": "y"}),
            PATH_KEYS,
            {"name": {"givenName": "x", "familyName": "J"}, "title": "y"},
        ),
        (
            operation("replace", value={f"{LAB}:badge": "x"}),
            PATH_KEYS,
            {LAB: {"badge": "x"}, "schemas": [USER, LAB]},
        ),
        (
            operation("replace", value={'emails[type eq "home"].value': "n@x"}),
            PATH_KEYS,
            {"emails": [WORK, {"value": "n@x", "type": "home"}]},
        ),
        (
            operation("add", value={ENTERPRISE_USER: {"manager.value": "u2"}}),
            PATH_KEYS,
            {ENTERPRISE_USER: {"manager": {"value": "u2"}}, "schemas": [USER, ENTERPRISE_USER]},
        ),
        (operation("remove", "emails", value=[{"value": "H@X"}]), REMOVE_WITH_VALUE, {"emails": [WORK]}),
        (operation("remove", "emails", value=[{"value": "h@x", "type": "work"}]), REMOVE_WITH_VALUE, {}),
        (operation("remove", "emails", value={"type": "home"}), REMOVE_WITH_VALUE, {"emails": [WORK]}),
        (operation("remove", "title", value="whatever"), REMOVE_WITH_VALUE, {"title": None}),
        (
            operation("add", 'phoneNumbers[type eq "fax"].value', value="1"),
            CREATE_THROUGH_VALUE_PATH,
            {"phoneNumbers": [{"type": "fax", "value": "1"}]},
        ),
        (
            operation("replace", 'phoneNumbers[type eq "fax"].value', value="1"),  # where nothing is, it is an `add`
            CREATE_THROUGH_VALUE_PATH,
            {"phoneNumbers": [{"type": "fax", "value": "1"}]},
        ),
        (
            operation("add", 'emails[type eq "other" and primary eq true].value', value="o@x"),
            CREATE_THROUGH_VALUE_PATH,
            {"emails": [{"value": "w@x", "type": "work"}, HOME, {"type": "other", "primary": True, "value": "o@x"}]},
        ),
        (
            operation("add", "addresses.locality", value="Lagos"),
            CREATE_THROUGH_VALUE_PATH,
            {"addresses": [{"locality": "Lagos"}]},
        ),
        (operation("replace", value={"meta": {"version": "x"}, "title": "y"}), READ_ONLY_IN_PATCH, {"title": "y"}),
        (operation("replace", value={"id": "u1", "title": "y"}), READ_ONLY_IN_PATCH, {"title": "y"}),
    ],
)
def test_a_deviation_is_allowed_and_counted_but_not_in_a_strict_dialect(
    given: dict[str, Any], rule: Rule, changes: dict[str, Any]
) -> None:
    dialect = lenient()
    result = patch(DOCUMENT, given, dialect=dialect, resource_id="u1")
    expected = {name: value for name, value in (DOCUMENT | changes).items() if value is not None}
    assert result.document == expected
    assert result.changed is (expected != DOCUMENT)
    assert set(dialect.fired) == {rule.name}
    if rule != EMPTY_TEXT:
        with pytest.raises(ScimError):
            patch(DOCUMENT, given, dialect=strict(), resource_id="u1")


def test_replace_needs_a_match_among_the_values_that_are_there_unless_the_provider_is_known_to_need_more() -> None:
    given = operation("replace", 'emails[type eq "other"].value', value="o@x")
    with pytest.raises(NoTarget):
        patch(DOCUMENT, given)
    entra = Dialect(LENIENT | {CREATE_BY_REPLACE.name})
    assert patch(DOCUMENT, given, dialect=entra).document["emails"][-1] == {"type": "other", "value": "o@x"}
    assert entra.fired == {CREATE_BY_REPLACE.name: 1}


def test_a_request_with_capital_letters_shows_that_it_is_one_of_the_provider_that_needs_more() -> None:
    given = operation("Replace", 'emails[type eq "other"].value', value="o@x")
    dialect = Dialect()
    assert patch(DOCUMENT, given, dialect=dialect).document["emails"][-1] == {"type": "other", "value": "o@x"}
    assert dialect.fired == {OPERATION_CASE.name: 1, CREATE_BY_REPLACE.name: 1}
    with pytest.raises(ScimError):
        patch(DOCUMENT, given, dialect=strict())


@pytest.mark.parametrize("document", [group(members=[{"value": "u1"}]), group()])
def test_replacing_a_member_that_may_not_be_there_makes_it_one_only_where_the_provider_needs_it(
    document: dict[str, Any],
) -> None:
    given = operation("replace", 'members[value eq "u2"]', value={"value": "u2"})
    with pytest.raises(Mutability):
        patch(document, given, resource_type=GROUPS)
    entra = Dialect(LENIENT | {CREATE_BY_REPLACE.name})
    after = patch(document, given, resource_type=GROUPS, dialect=entra).document
    assert after["members"] == [*document.get("members", []), {"value": "u2"}]


def test_empty_text_is_stored_by_a_strict_dialect() -> None:
    assert patch(DOCUMENT, operation("replace", "title", value=""), dialect=strict()).document["title"] == ""


def test_several_operations_through_one_value_path_build_one_value() -> None:
    result = patch(
        user(),
        operation("Add", 'addresses[type eq "work"].streetAddress', value="12 Marina Road"),
        operation("Add", 'addresses[type eq "work"].locality', value="Lagos"),
        operation("Add", 'addresses[type eq "work"].country', value="NG"),
    )
    assert result.document["addresses"] == [
        {"type": "work", "streetAddress": "12 Marina Road", "locality": "Lagos", "country": "NG"}
    ]


def test_a_condition_that_leaves_a_choice_creates_nothing() -> None:
    for condition in ('type eq "fax" or type eq "other"', 'type sw "f"', 'not (type eq "work")', "type eq null"):
        with pytest.raises(NoTarget):
            patch(user(), operation("add", f"phoneNumbers[{condition}].value", value="1"))


def test_another_id_is_refused_even_by_a_lenient_dialect() -> None:
    with pytest.raises(Mutability, match="another resource"):
        patch(group(), operation("replace", value={"id": "g2"}), resource_type=GROUPS, resource_id="g1")


def test_schemas_in_a_value_mean_nothing() -> None:
    given = operation("add", value={"schemas": [USER], "title": "x"})
    assert patch(user(), given, dialect=strict()).document == user(title="x")


def test_a_message_without_schemas_is_a_leniency() -> None:
    body = {"Operations": [operation("add", "title", value="x")]}
    dialect = lenient()
    assert len(parse_patch(body, dialect)) == 1
    assert dialect.fired == {MISSING_SCHEMAS.name: 1}
    with pytest.raises(InvalidSyntax):
        parse_patch(body, strict())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], InvalidSyntax),
        ({"schemas": [PATCH_OP]}, InvalidSyntax),
        ({"schemas": [USER], "Operations": [operation("remove", "title")]}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": []}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": {}}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": ["x"]}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": [{"op": None}]}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "add", "OP": "add"}]}, InvalidSyntax),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": 1, "value": 1}]}, InvalidPath),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title"}]}, InvalidValue),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": None}]}, InvalidValue),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title"}]}, InvalidValue),
        ({"schemas": [PATCH_OP], "Operations": [{"op": "remove"}]}, NoTarget),
        ({"schemas": [PATCH_OP], "Operations": [operation("remove", "title")] * 5001}, InvalidValue),
    ],
)
def test_a_message_that_is_no_patch_is_refused(body: object, error: type[ScimError]) -> None:
    with pytest.raises(error):
        parse_patch(body, lenient())


def test_a_refusal_says_which_of_several_operations_it_is_about() -> None:
    with pytest.raises(InvalidValue, match=r"^Operation 2: active must be true or false"):
        patch(user(), operation("remove", "title"), operation("add", "active", value="x"))
    with pytest.raises(InvalidSyntax, match=r"^Operation 2: op must be"):
        patch(user(), operation("remove", "title"), operation("move", "title"))


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", InvalidPath),
        ("/title", InvalidPath),
        ("title ", InvalidPath),
        ("foo", InvalidPath),
        ("department", InvalidPath),
        (USER, InvalidPath),
        (f"{ENTERPRISE_USER}.department", InvalidPath),
        (f"{ENTERPRISE_USER}:", InvalidPath),
        ("emails[", InvalidPath),
        ('emails[type eq "work"', InvalidPath),
        ('emails[type eq "work"].', InvalidPath),
        ('emails[type eq "work"].value.x', InvalidPath),
        ('emails[type eq "work"]value', InvalidPath),
        ('emails[type eq "work"].colour', InvalidPath),
        ('name[givenName eq "x"]', InvalidPath),
        ("emails[]", InvalidFilter),
        ("emails[0]", InvalidFilter),
        ('emails[colour eq "x"]', InvalidFilter),
        ('emails[type xx "work"]', InvalidFilter),
        ("userName", Mutability),
        ("id", Mutability),
        ("schemas", Mutability),
        ("meta.created", Mutability),
        ('groups[value eq "g"]', Mutability),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str, error: type[ScimError]) -> None:
    for dialect in (lenient(), strict()):
        with pytest.raises(error):
            patch(DOCUMENT, operation("remove", path), dialect=dialect)


def test_a_manager_who_changes_does_not_keep_the_address_of_the_last() -> None:
    document = prepared(user(enterprise={"manager": {"value": "u1", "$ref": "https://x/Users/u1"}}))
    changed = patch(document, operation("replace", f"{ENTERPRISE_USER}:manager", value={"value": "u2"}))
    assert changed.document[ENTERPRISE_USER] == {"manager": {"value": "u2"}}
    same = patch(document, operation("replace", f"{ENTERPRISE_USER}:manager", value={"value": "u1"}))
    assert not same.changed


def test_values_named_in_a_complex_value_as_null_are_unassigned() -> None:
    result = patch(DOCUMENT, operation("replace", "name", value={"givenName": None, "middleName": "M"}))
    assert result.document["name"] == {"familyName": "J", "middleName": "M"}
    added = patch(DOCUMENT, operation("add", "name", value={"givenName": None}))
    assert not added.changed


def test_the_last_value_of_an_extension_takes_its_urn_along() -> None:
    document = prepared(user(lab={"badge": "x"}))
    assert patch(document, operation("remove", f"{LAB}:badge")).document == user()


def test_an_extension_with_an_immutable_value_cannot_be_removed() -> None:
    with pytest.raises(Mutability, match="hireCode is immutable"):
        patch(prepared(user(lab={"hireCode": "H1"})), operation("remove", LAB))


def test_a_required_extension_cannot_be_removed() -> None:
    urn = "urn:example:2.0:User"
    users = registry_with({"id": urn, "required": True, "attributes": [{"name": "badge"}]}).resource_types["User"]
    document = user() | {"schemas": [USER, urn], urn: {"badge": "x"}}
    with pytest.raises(Mutability, match="required"):
        patch(document, operation("remove", urn), resource_type=users)
    with pytest.raises(InvalidValue, match="required"):
        patch(document, operation("remove", f"{urn}:badge"), resource_type=users)


def test_the_same_values_in_another_order_are_no_change() -> None:
    assert not patch(DOCUMENT, operation("replace", "emails", value=[HOME, WORK])).changed


def test_primary_false_where_none_is_said_is_no_change() -> None:
    assert not patch(DOCUMENT, operation("replace", 'emails[type eq "home"].primary', value=False)).changed


def test_a_change_may_not_make_two_values_primary() -> None:
    with pytest.raises(InvalidValue, match="Only one value of emails may be primary"):
        patch(DOCUMENT, operation("replace", "emails.primary", value=True))


def test_changing_a_value_into_another_leaves_one_of_them() -> None:
    result = patch(DOCUMENT, operation("replace", 'emails[type eq "home"]', value={"value": "W@X", "type": "work"}))
    assert result.document["emails"] == [WORK]


def test_a_thousand_values_can_be_added_one_by_one_and_no_more() -> None:
    additions = [operation("add", "emails", value=[{"value": f"{n}@x"}]) for n in range(1001)]
    assert len(patch(user(), *additions[:1000]).document["emails"]) == 1000
    with pytest.raises(InvalidValue, match="at most 1000 values"):
        patch(user(), *additions)


def test_comparisons_are_limited() -> None:
    document = prepared(user(emails=[{"value": f"{n}@x"} for n in range(999)]))
    changes = [operation("replace", f'emails[value eq "{n}@x"].display', value="x") for n in range(21)]
    assert patch(document, *changes[:20]).changed
    with pytest.raises(InvalidValue, match="20000 comparisons"):
        patch(document, *changes)


def test_the_same_values_in_another_order_change_nothing_and_cost_no_more_than_looking_at_each() -> None:
    emails = [{"value": f"{n}@x"} for n in range(1000)]
    document = prepared(user(emails=emails))
    same = operation("replace", "emails", value=emails[::-1])
    assert not patch(document, *[same] * 6).changed
    with pytest.raises(InvalidValue, match="20000 comparisons"):
        patch(document, *[same] * 7)


def test_members_of_a_value_count_as_operations() -> None:
    with pytest.raises(InvalidValue, match="at most 5000 attributes"):
        patch(user(), operation("add", value={f"a{n}": 1 for n in range(5001)}))


def test_null_through_a_filter_unassigns_what_it_selects() -> None:
    document = prepared(user(emails=[{"value": "w@x", "type": "work"}, {"value": "h@x", "type": "home"}]))
    after = patch(document, operation("replace", 'emails[type eq "work"]', value=None)).document
    assert after["emails"] == [{"value": "h@x", "type": "home"}]
