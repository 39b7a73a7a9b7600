"""The order of sorted lists."""

from typing import Any

import pytest

from gangway.scim.errors import InvalidValue
from gangway.scim.schema import ENTERPRISE_USER
from gangway.scim.sorting import sort_key
from tests.scim.examples import LAB, USERS


def ordered(sort_by: str, *resources: dict[str, Any], descending: bool = False) -> list[Any]:
    numbered = [resource | {"n": number} for number, resource in enumerate(resources)]
    return [each["n"] for each in sorted(numbered, key=sort_key(USERS, sort_by), reverse=descending)]


def test_texts_sort_without_case_and_missing_ones_come_last() -> None:
    assert ordered("title", {"title": "C"}, {}, {"title": "b"}, {"title": "A"}) == [3, 2, 0, 1]


def test_descending_is_the_reverse() -> None:
    assert ordered("title", {"title": "C"}, {}, {"title": "b"}, descending=True) == [1, 0, 2]


def test_case_counts_where_the_schema_says_so() -> None:
    assert ordered("externalId", {"externalId": "a"}, {"externalId": "B"}) == [1, 0]


def test_numbers_sort_by_size_and_times_by_instant() -> None:
    assert ordered(f"{LAB}:loginCount", *({LAB: {"loginCount": n}} for n in (10, 9, -1))) == [2, 1, 0]
    times = ("2024-01-01T02:00:00+02:00", "2024-01-01T00:30:00Z", "2023-12-31T23:00:00Z")
    assert ordered("meta.created", *({"meta": {"created": each}} for each in times)) == [2, 0, 1]


def test_of_several_values_the_primary_one_counts_else_the_first() -> None:
    one = {"emails": [{"value": "z"}, {"value": "a", "primary": True}]}
    other = {"emails": [{"value": "b"}, {"value": "0"}]}
    assert ordered("emails", other, one, {"emails": []}) == [1, 0, 2]
    assert ordered("emails.value", other, one) == [1, 0]


def test_names_may_be_qualified_and_in_any_case() -> None:
    number = f"{ENTERPRISE_USER}:EMPLOYEENUMBER".upper()
    assert ordered(number, {ENTERPRISE_USER: {"employeeNumber": "2"}}, {ENTERPRISE_USER: {"employeeNumber": "1"}}) == [
        1,
        0,
    ]


@pytest.mark.parametrize("sort_by", ["name", "addresses", "foo", "password", "", f"{LAB}:secret"])
def test_what_has_no_order_cannot_be_sorted_by(sort_by: str) -> None:
    with pytest.raises(InvalidValue):
        sort_key(USERS, sort_by)


def test_values_stored_under_an_older_schema_do_not_break_sorting() -> None:
    assert ordered(f"{LAB}:badge", {LAB: {"badge": 7}}, {LAB: {"badge": "a"}}) == [0, 1]
    assert ordered(f"{LAB}:lastLogin", {LAB: {"lastLogin": "never"}}, {LAB: {"lastLogin": "2024-01-01T00:00:00Z"}}) == [
        0,
        1,
    ]
