"""Shapes tell what was sent without telling what it said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.diagnosis.shapes import body_shape, path_shape, query_shape

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def test_a_user_is_told_by_names_types_and_sizes() -> None:
    user = {
        "schemas": [CORE],
        "userName": "ada@example.com",
        "active": "True",
        "name": {"givenName": "Ada", "familyName": None},
        "emails": [{"value": "ada@example.com", "primary": True}, {"value": "adaexample.com1", "primary": True}],
        "loginCount": 7,
    }

    assert body_shape(user) == {
        "schemas": [CORE],
        "userName": "text(15)",
        "active": "text(4)",
        "name": {"givenName": "text(3)", "familyName": "null"},
        "emails": [2, {"value": "text(15)", "primary": "boolean"}],
        "loginCount": "number",
    }


def test_a_patch_keeps_what_it_does_and_where_with_a_question_mark_for_every_value() -> None:
    patch = {
        "schemas": [PATCH_OP],
        "Operations": [
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ada@example.com"},
            {"op": "remove", "path": 'members[value eq "1"]'},
            {"op": "add", "path": "ada@example.com", "value": {"name.givenName": "Ada"}},
        ],
    }

    assert body_shape(patch)["Operations"] == [
        3,
        {"op": "Replace", "path": "emails[type eq ?].value", "value": "text(15)"},
        {"op": "remove", "path": "members[value eq ?]"},
        {"op": "add", "path": "text(15)", "value": {"name.givenName": "text(3)"}},
    ]


def test_an_operation_of_a_bulk_request_keeps_its_endpoint_and_not_its_id() -> None:
    operation = {"method": "DELETE", "path": "/Users/0199-secret", "bulkId": "ada"}

    assert body_shape(operation) == {"method": "DELETE", "path": "/Users/?", "bulkId": "text(3)"}


def test_a_word_that_is_none_of_the_protocols_is_a_text() -> None:
    assert body_shape({"op": "Ada", "method": "ada", "schemas": ["ada", 5]}) == {
        "op": "text(3)",
        "method": "text(3)",
        "schemas": ["text(3)", "number"],
    }


def test_keys_that_are_no_names_are_not_told() -> None:
    assert body_shape({"ada@example.com": 1, "Ada Okafor": 2}) == {"text(15)": "number", "text(10)": "number"}


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        ({"filter": ['userName eq "ada"']}, {"filter": "userName eq ?"}),
        ({"filter": ['userName eq "ada']}, {"filter": "text(16), not a filter"}),
        ({"startIndex": ["1"], "count": ["ten"]}, {"startIndex": "1", "count": "text(3)"}),
        ({"attributes": ["userName, emails.value"]}, {"attributes": "userName, emails.value"}),
        ({"attributes": ["ada okafor"]}, {"attributes": "text(10)"}),
        ({"sortOrder": ["descending"], "sortBy": ["userName"]}, {"sortOrder": "descending", "sortBy": "userName"}),
        ({"access_token": ["gangway_x"]}, {"access_token": "text(9)"}),
        ({}, {}),
    ],
)
def test_a_query_keeps_its_filter_with_question_marks(query: dict[str, list[str]], shape: dict[str, str]) -> None:
    assert query_shape(query) == shape


def test_an_unknown_path_keeps_the_words_of_routes() -> None:
    words = {"Users", "Groups", ".search"}

    assert path_shape(("Users", "Users"), words) == "/Users/Users"
    assert path_shape(("users", "ada"), words) == "/?/?"
    assert path_shape(None, words) == "/?"


CANARY = "Zx9canary"
_LEAF = (
    st.none() | st.booleans() | st.integers() | st.just(CANARY) | st.text(max_size=5).map(lambda text: CANARY + text)
)
_NAMES = st.sampled_from(["userName", "emails", "op", "path", "schemas", "value", "Operations", "method", "members"])
_JSON = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(_NAMES, inner), max_leaves=40)


@settings(max_examples=150, derandomize=True)
@given(_JSON)
def test_given_any_document_then_no_value_of_it_is_in_its_shape(document: Any) -> None:
    # A path may be any attribute's name, so a value that looks like one is kept there: it is asked for by its place.
    shape = body_shape({"userName": document} if isinstance(document, str) else document)

    assert CANARY not in json.dumps(_without_paths(shape))


def test_a_shape_is_bounded_whatever_came() -> None:
    nested: Any = "x"
    for _ in range(50):
        nested = {"a": [nested, {"b": nested}]}
    wide = {f"name{number}": {f"name{each}": "x" for each in range(100)} for number in range(100)}

    assert len(json.dumps(body_shape(nested))) < 4_000
    assert body_shape(wide)["…"] == "60 more"
    assert body_shape(list(range(1000))) == [1000, "number"]


def _without_paths(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {name: _without_paths(value) for name, value in shape.items() if name != "path"}
    return [_without_paths(value) for value in shape] if isinstance(shape, list) else shape
