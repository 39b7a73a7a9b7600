"""Mistakes sown into the program, one at a time, and the rule that finds each.

Whoever deletes a door, a gateway response, a variable, a key or a right, or makes one of the mistakes that neither
Python nor Pulumi's mocks notice, must learn of it here and not from AWS or an identity provider.
"""

from collections.abc import Callable

import pytest

from tests.infra.program import Path, gangway
from tests.infra.rules import broken


def pieces(wanted: Callable[[Path], bool]) -> list[Path]:
    return [piece for piece in gangway().pieces() if wanted(piece)]


def is_door(piece: Path) -> bool:
    return len(piece) == 4 and piece[1:3] == ("body", "paths")


def is_gateway_response(piece: Path) -> bool:
    return len(piece) == 4 and piece[2] == "x-amazon-apigateway-gateway-responses"


def is_variable(piece: Path) -> bool:
    return len(piece) == 4 and piece[1:3] == ("environment", "variables")


def is_key_attribute(piece: Path) -> bool:
    of_table = piece[0] == "directory-table"
    return of_table and (piece[1:] in (("hashKey",), ("rangeKey",)) or (len(piece) == 3 and piece[1] == "attributes"))


@pytest.mark.parametrize(
    ("kind", "least", "finder"),
    [
        (is_door, 5, "the_doors_are_those_that_were_promised"),
        (is_gateway_response, 42, "there_is_a_gateway_response_of_every_type"),
        (is_variable, 20, "every_function_is_told_what_it_asks_for_and_nothing_else"),
        (is_key_attribute, 4, "the_table_keeps_items_by_partition_and_sort_key"),
    ],
    ids=["door", "gateway response", "environment variable", "key attribute"],
)
def test_when_one_is_deleted_then_its_rule_says_so(kind: Callable[[Path], bool], least: int, finder: str) -> None:
    """The fifth kind, IAM actions, is deleted one by one in test_rights."""
    seeds = pieces(kind)
    assert len(seeds) >= least
    for seed in seeds:
        found = [fault for fault in broken(gangway().without(seed)) if fault.startswith(f"{finder}:")]
        assert found, f"nobody misses {seed}"
