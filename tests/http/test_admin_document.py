"""The OpenAPI document of the admin API is what the code says, and is kept where people read it."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gangway.http.admin.areas import subject_of
from tests.infra.handlers import imported
from tests.support.admin_document import DOCUMENT, VARIABLES, served

AREAS = Path(__file__).parents[2] / "functions" / "handlers" / "areas"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return served()


def test_given_the_document_in_docs_then_it_is_the_one_that_is_served(document: dict[str, Any]) -> None:
    assert json.loads(DOCUMENT.read_text()) == document, "run `uv run python -m tests.support.admin_document`"


def test_given_a_reference_in_the_document_then_it_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document["paths"])) <= schemas


def test_given_the_operations_then_each_is_summed_up_in_a_sentence_and_minting_is_for_operators_only(
    document: dict[str, Any],
) -> None:
    operations = [
        operation for path in document["paths"].values() for name, operation in path.items() if name != "parameters"
    ]
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert document["paths"]["/admin/v1/orgs/{org}/tokens"]["post"]["x-gangway-roles"] == ["operator"]


def test_given_the_areas_that_are_made_on_demand_then_every_route_is_found_under_a_subject_of_its_own_area() -> None:
    with imported("handlers.admin_api.handler", VARIABLES):
        on_demand = importlib.import_module("handlers.admin_api").api.on_demand
        subjects = [subject for each in on_demand for subject in each.subjects]
        assert len(subjects) == len(set(subjects)), "two areas have one subject"
        for each in on_demand:
            assert {subject_of(route.segments) for route in each.area.routes} == each.subjects


def test_given_the_modules_of_areas_then_the_table_names_each_and_none_is_imported_before_it_is_asked_for() -> None:
    modules = {path.stem for path in AREAS.glob("*.py")} - {"__init__", "shared", "directories"}
    with imported("handlers.admin_api.handler", VARIABLES):
        assert set(importlib.import_module("handlers.admin_api").AREAS) == modules
        assert not [name for name in modules if f"handlers.areas.{name}" in sys.modules]
