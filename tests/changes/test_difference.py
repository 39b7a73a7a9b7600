"""A change, told as two fragments, can be applied again: this is what makes the event log equal to the directory."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gangway.changes.difference import apply, changed_paths, difference

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3),
    max_leaves=6,
)
resources = st.dictionaries(st.sampled_from(["userName", "name", "emails", ENTERPRISE]), values, max_size=4)


@given(resources, resources)
def test_applying_a_difference_to_the_old_state_gives_the_new_state(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert apply(a, *difference(a, b)) == b


@given(resources, resources)
def test_applying_a_difference_twice_changes_nothing_more(a: dict[str, Any], b: dict[str, Any]) -> None:
    before, after = difference(a, b)
    assert apply(apply(a, before, after), before, after) == b


@given(resources, resources)
def test_a_difference_is_empty_exactly_when_the_states_are_equal(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert (difference(a, b) == ({}, {})) == (a == b)
    assert (changed_paths(*difference(a, b)) == ()) == (a == b)


@given(resources, resources)
def test_swapping_the_states_swaps_the_fragments(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert difference(b, a) == difference(a, b)[::-1]


def test_an_attribute_that_differs_is_told_whole_and_the_others_not_at_all() -> None:
    before = {"userName": "ada", "name": {"givenName": "Ada", "familyName": "Byron"}}
    after = {"userName": "ada", "name": {"givenName": "Ada", "familyName": "Lovelace"}}

    assert difference(before, after) == ({"name": before["name"]}, {"name": after["name"]})


def test_an_extension_is_opened_because_its_members_are_attributes() -> None:
    before = {ENTERPRISE: {"department": "Engines", "costCenter": "1"}}
    after = {ENTERPRISE: {"department": "Looms", "costCenter": "1"}}

    assert difference(before, after) == (
        {ENTERPRISE: {"department": "Engines"}},
        {ENTERPRISE: {"department": "Looms"}},
    )


def test_changed_paths_are_patch_paths() -> None:
    before = {"name": {"givenName": "Ada", "familyName": "Byron"}, "title": "Ms", ENTERPRISE: {"department": "Engines"}}
    after = {"name": {"givenName": "Ada", "familyName": "Lovelace"}, "emails": [{"value": "ada@example.org"}]}

    assert set(changed_paths(*difference(before, after))) == {
        "name.familyName",
        "title",
        "emails",
        f"{ENTERPRISE}:department",
    }
