"""In which order bulk operations run: RFC 7644 section 3.7.1 and what the client meant by its order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.directory.bulk_plan import Operation, Step, in_order, resolved, stages


def post(index: int, bulk_id: str, *references: str, resource_type: str = "User", **data: Any) -> Operation:
    members = {"members": [{"value": f"bulkId:{name}"} for name in references]} if references else {}
    return Operation(index, "POST", resource_type, None, bulk_id, None, {**data, **members})


def other(index: int, method: str, target: str, resource_type: str = "User", data: Any = None) -> Operation:
    return Operation(index, method, resource_type, target, None, None, data)


def indexes(steps: list[Step]) -> list[tuple[int, bool]]:
    return [(step.operation.index, step.completes) for step in steps]


def staged(*operations: Operation) -> list[list[int]]:
    return [[step.operation.index for step in stage] for stage in stages(in_order(operations))]


def test_given_independent_operations_then_they_keep_their_order() -> None:
    assert indexes(in_order([post(0, "a"), post(1, "b"), other(2, "DELETE", "x")])) == [
        (0, False),
        (1, False),
        (2, False),
    ]


def test_BLK_13_given_a_forward_reference_then_creation_comes_first() -> None:
    assert indexes(in_order([post(0, "g", "b", "a"), post(1, "a"), post(2, "b")])) == [
        (1, False),
        (2, False),
        (0, False),
    ]


def test_BLK_12_given_a_path_that_refers_to_a_later_creation_then_that_comes_first() -> None:
    assert indexes(in_order([other(0, "PATCH", "bulkId:a"), post(1, "a")])) == [(1, False), (0, False)]


def test_BLK_13_given_two_that_contain_each_other_then_the_first_to_be_created_is_completed_afterwards() -> None:
    steps = in_order([post(0, "a", "b"), post(1, "b", "a"), other(2, "PATCH", "bulkId:b")])
    assert indexes(steps) == [(1, False), (0, False), (1, True), (2, False)]
    assert steps[0].unresolved == {"a"}


def test_given_one_that_contains_itself_then_it_is_completed_right_after_its_creation() -> None:
    assert indexes(in_order([post(0, "a", "a")])) == [(0, False), (0, True)]


@given(
    st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=1, max_size=8),
)
def test_given_any_references_then_each_operation_runs_once_and_every_reference_is_resolved_in_the_end(
    graph: list[list[int]],
) -> None:
    operations = [
        post(index, str(index), *(str(target) for target in targets if target < len(graph)))
        for index, targets in enumerate(graph)
    ]
    created: set[str] = set()
    completed: set[int] = set()
    for step in in_order(operations):
        references = set(step.operation.references())
        assert references - step.unresolved <= created | {step.operation.bulk_id}
        if step.completes:
            assert references <= created
            completed.add(step.operation.index)
        else:
            assert step.operation.bulk_id not in created
            created.add(step.operation.bulk_id or "")
            if not step.unresolved:
                completed.add(step.operation.index)
    assert completed == set(range(len(graph)))


def test_given_many_creations_then_they_run_at_the_same_time() -> None:
    assert staged(*(post(n, str(n), userName=f"u{n}") for n in range(250))) == [list(range(250))]


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([post(0, "a", userName="x"), post(1, "b", userName="X")], [[0], [1]], id="same name"),
        pytest.param([post(0, "a"), post(1, "b", resource_type="Group")], [[0], [1]], id="other type"),
        pytest.param([other(0, "DELETE", "x"), post(1, "a")], [[0], [1]], id="a deletion may free a name"),
        pytest.param([other(0, "PATCH", "x"), other(1, "PATCH", "x")], [[0], [1]], id="same target"),
        pytest.param([other(0, "PATCH", "x"), other(1, "PATCH", "y")], [[0, 1]], id="other targets"),
        pytest.param([post(0, "a"), post(1, "b", "a")], [[0], [1]], id="reference to a neighbour"),
        pytest.param([post(0, "a"), post(1, "b"), post(2, "c", "a")], [[0, 1], [2]], id="reference"),
    ],
)
def test_BLK_15_given_operations_that_may_depend_on_each_other_then_they_keep_their_order(
    operations: list[Operation], expected: list[list[int]]
) -> None:
    assert staged(*operations) == expected


def test_BLK_11_given_references_anywhere_in_the_data_then_ids_take_their_place() -> None:
    data = {"members": [{"value": "bulkId:a", "type": "User"}], "urn:x": {"manager": {"value": "bulkId:b"}}, "n": 1}
    assert resolved(data, {"a": "1", "b": "2"}) == {
        "members": [{"value": "1", "type": "User"}],
        "urn:x": {"manager": {"value": "2"}},
        "n": 1,
    }


def test_given_references_that_are_not_known_yet_then_the_values_that_hold_them_are_left_out() -> None:
    data = {"members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}], "manager": {"value": "bulkId:b"}, "n": 1}
    assert resolved(data, {"a": "1"}, frozenset({"b"})) == {"members": [{"value": "1"}], "n": 1}


def test_BLK_14_given_a_reference_to_nothing_then_it_is_an_error() -> None:
    with pytest.raises(KeyError):
        resolved({"members": [{"value": "bulkId:zzz"}]}, {})
