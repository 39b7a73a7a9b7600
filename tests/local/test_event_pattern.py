"""Filters of event source mappings."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.event_pattern import matches

INSERT = {"eventName": "INSERT", "dynamodb": {"NewImage": {"k": {"S": "outbox"}, "n": {"N": "3"}}}, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({}, True),
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["MODIFY", "INSERT"]}, True),
        ({"eventName": ["REMOVE"]}, False),
        ({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": ["outbox"]}}}}, True),
        ({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": ["work"]}}}}, False),
        ({"dynamodb": {"OldImage": {"k": {"S": ["outbox"]}}}}, False),
        ({"dynamodb": {"NewImage": {"k": {"S": [{"prefix": "out"}]}}}}, True),
        ({"dynamodb": {"NewImage": {"k": {"S": [{"suffix": "out"}]}}}}, False),
        ({"eventName": [{"equals-ignore-case": "insert"}]}, True),
        ({"eventName": [{"anything-but": ["REMOVE"]}]}, True),
        ({"eventName": [{"anything-but": "INSERT"}]}, False),
        ({"eventName": [{"anything-but": {"prefix": "IN"}}]}, False),
        ({"dynamodb": {"OldImage": [{"exists": False}]}}, True),
        ({"dynamodb": {"NewImage": {"k": {"N": [{"exists": True}]}}}}, False),
        ({"tags": ["b"]}, True),
        ({"missing": [None]}, False),
        ({"$or": [{"eventName": ["REMOVE"]}, {"tags": ["a"]}]}, True),
    ],
)
def test_every_leaf_must_match_one_of_its_alternatives(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, INSERT) is expected


@pytest.mark.parametrize("leaf", [[{"cidr": "10.0.0.0/8"}], ["INSERT", {"numeric": ["=", 3]}], [{"a": 1, "b": 2}]])
def test_an_operator_that_is_not_played_is_an_error(leaf: list[Any]) -> None:
    with pytest.raises(NotImplementedError, match="filter"):
        matches({"eventName": leaf}, INSERT)
