"""The filter vectors: `tests/conformance/filters.json` states its own rules of comparison."""

from typing import Any

import pytest

from gangway.scim.dialect import Dialect
from gangway.scim.errors import ScimError
from gangway.scim.filter import parse_filter
from tests.scim.examples import read_vectors, registry_with

VECTORS = read_vectors("filters.json")
USERS = registry_with(*VECTORS["extensionSchemas"]).resource_types["User"]


def outcome(text: str, dialect: Dialect) -> dict[str, Any]:
    try:
        found = parse_filter(text, dialect).bind(USERS)
    except ScimError as error:
        return {"error": {"status": error.status, "scimType": error.scim_type}}
    return {"matches": [user["id"] for user in VECTORS["users"] if found.matches(user)]}


def acceptable(case: dict[str, Any]) -> list[dict[str, Any]]:
    if "accept" in case:
        outcomes: list[dict[str, Any]] = case["accept"]
        return outcomes
    return [{"matches": case["matches"]} if case["valid"] else {"error": case["error"]}]


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["n"]))
def test_a_filter_vector_has_an_acceptable_outcome(case: dict[str, Any], strict: bool) -> None:
    assert outcome(case["filter"], Dialect(strict=strict)) in acceptable(case)


@pytest.mark.parametrize("case", [case for case in VECTORS["cases"] if case["valid"]], ids=lambda case: str(case["n"]))
def test_what_the_abnf_allows_needs_no_leniency(case: dict[str, Any]) -> None:
    dialect = Dialect()
    outcome(case["filter"], dialect)
    assert not dialect.fired


@pytest.mark.parametrize("case", [case for case in VECTORS["cases"] if case["valid"]], ids=lambda case: str(case["n"]))
def test_a_parsed_filter_prints_as_a_filter_that_says_the_same(case: dict[str, Any]) -> None:
    parsed = parse_filter(case["filter"], Dialect(strict=True))
    assert parse_filter(str(parsed), Dialect(strict=True)) == parsed
