"""The OpenAPI document of the admin API is what the code says, and is kept where people read it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.admin_document import DOCUMENT, served


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
