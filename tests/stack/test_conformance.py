"""The conformance vectors over HTTP: all in the default profile, and in the strict one those that it changes."""

import json
from collections.abc import Callable

import pytest

from tests.conformance import vectors
from tests.scim.test_conformance_filters import REFUSED
from tests.scim.test_conformance_patches import OVERRULED, OVERRULED_FOR_ENTRA
from tests.stack.laboratory import Laboratory
from tests.support.client import Client

pytestmark = pytest.mark.slow

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
FILTERS = vectors.read("filters.json")["cases"]
PATCHES = vectors.read("patches.json")["cases"]


def by_parameter(client: Client, text: str) -> tuple[int, dict[str, object]]:
    answer = client.send("GET", "/Users", params={"filter": text, "count": "100"})
    return answer.status_code, answer.json()


def by_body(client: Client, text: str) -> tuple[int, dict[str, object]]:
    answer = client.send("POST", "/Users/.search", {"schemas": [SEARCH_REQUEST], "filter": text, "count": 100})
    return answer.status_code, answer.json()


def can_be_played(case: vectors.Case) -> bool:
    """A server has moments and versions of its own; what type a resource is, is the same everywhere."""
    needs = case.get("needs", [])
    return "groups" not in needs and ("meta" not in needs or "Type" in case["filter"] or case["filter"] == "meta pr")


@pytest.mark.parametrize("ask", [by_parameter, by_body])
@pytest.mark.row("FIL-26", "SEA-03")
def test_filter_vectors_have_an_acceptable_outcome(
    laboratory: Laboratory, ask: Callable[[Client, str], tuple[int, dict[str, object]]]
) -> None:
    symbols = {id_: symbol for symbol, id_ in laboratory.filter_users.items()}
    wrong = {}
    for case in FILTERS:
        if not can_be_played(case) or (laboratory.strict and not case.get("lenient")):
            continue
        text = case["filter"]
        if case.get("needs") == ["id"]:
            for symbol, id_ in laboratory.filter_users.items():
                text = text.replace(f'"{symbol}"', f'"{id_}"')
        status, body = ask(laboratory.filters, text)
        if status == 200:
            found = json.loads(json.dumps(body["Resources"]))
            got: vectors.Outcome = {"matches": [symbols[resource["id"]] for resource in found]}
            assert body["totalResults"] == len(found)
        else:
            got = {"error": {"status": status, "scimType": body.get("scimType")}}
        letter = laboratory.strict or case["n"] in REFUSED
        wanted = vectors.acceptable_to_the_letter(case) if letter else vectors.acceptable_to_clients(case)
        if not vectors.is_one_of(got, wanted) or (laboratory.strict and case.get("lenient") and "error" not in got):
            wrong[case["n"], case["filter"]] = got, wanted
    assert wrong == {}


@pytest.mark.row("PAT-01", "PAT-07")
def test_patch_vectors_have_an_acceptable_outcome(laboratory: Laboratory) -> None:
    wrong = {}
    for case in PATCHES:
        unchanged = not case.get("lenient") and case["n"] not in (*OVERRULED, *OVERRULED_FOR_ENTRA)
        if laboratory.strict and unchanged:
            continue
        got = laboratory.outcome_of_patch(case)
        stated = vectors.acceptable_to_the_letter(case) if laboratory.strict else vectors.acceptable_to_clients(case)
        if not laboratory.strict and case["n"] in OVERRULED:
            right = "error" not in got
        else:
            right = vectors.is_one_of(got, [played(laboratory, outcome) for outcome in stated])
        if not right:
            wrong[case["n"], case["name"]] = got, stated
    assert wrong == {}


def test_patch_vectors_have_the_outcome_that_entra_relies_on(laboratory: Laboratory) -> None:
    if laboratory.strict:
        pytest.skip("a strict organization has no rules, whatever its provider")
    for case in (case for case in PATCHES if case["n"] in OVERRULED_FOR_ENTRA):
        got = laboratory.outcome_of_patch(case, laboratory.entra)
        value = case["patch"]["Operations"][-1]["value"]
        assert {"type": "other", "value": value} in got["after"]["emails"]


def played(laboratory: Laboratory, outcome: vectors.Outcome) -> vectors.Outcome:
    """A stated outcome with real ids, and without what only a server could have put there."""
    mapped: vectors.Outcome = laboratory.mapped(outcome)
    mapped.get("after", {}).get(vectors.LAB, {}).pop("serial", None)
    return mapped
