"""The filter vectors, in process."""

import pytest

from gangway.scim.dialect import STRICT, Dialect
from gangway.scim.errors import ScimError
from gangway.scim.filter import parse_filter
from tests.conformance import vectors
from tests.scim.examples import registry_with

VECTORS = vectors.read("filters.json")
USERS = registry_with(*VECTORS["extensionSchemas"]).resource_types["User"]


def outcome(text: str, dialect: Dialect) -> vectors.Outcome:
    try:
        found = parse_filter(text, dialect).bind(USERS)
    except ScimError as error:
        return {"error": {"status": error.status, "scimType": error.scim_type}}
    return {"matches": [user["id"] for user in VECTORS["users"] if found.matches(user)]}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["n"]))
def test_by_the_letter_a_filter_vector_has_an_acceptable_outcome(case: vectors.Case) -> None:
    got = outcome(case["filter"], Dialect(STRICT))
    assert vectors.is_one_of(got, vectors.acceptable_to_the_letter(case))
    assert "error" in got or not case.get("lenient")


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["n"]))
def test_a_lenient_dialect_gives_clients_what_they_rely_on(case: vectors.Case) -> None:
    got = outcome(case["filter"], Dialect())
    assert vectors.is_one_of(got, vectors.acceptable_to_the_letter(case))
    assert case["n"] in REFUSED or vectors.is_one_of(got, vectors.acceptable_to_clients(case))


REFUSED = {366, 367, 376}
"""A text without double quotes is refused in every dialect: only examples in the RFC write it, no client is known to,
and to guess where such a text ends is to misread it (`userName eq John or active eq true`)."""


@pytest.mark.parametrize("case", [case for case in VECTORS["cases"] if case["valid"]], ids=lambda case: str(case["n"]))
def test_what_the_abnf_allows_needs_no_leniency(case: vectors.Case) -> None:
    dialect = Dialect()
    outcome(case["filter"], dialect)
    assert not dialect.fired


@pytest.mark.parametrize("case", [case for case in VECTORS["cases"] if case["valid"]], ids=lambda case: str(case["n"]))
def test_a_parsed_filter_prints_as_a_filter_that_says_the_same(case: vectors.Case) -> None:
    parsed = parse_filter(case["filter"], Dialect(STRICT))
    assert parse_filter(str(parsed), Dialect(STRICT)) == parsed
