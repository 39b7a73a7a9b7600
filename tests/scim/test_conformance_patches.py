"""The PATCH vectors, in process.

Each is run twice: with a group's members in its document, and with members kept elsewhere, where a few obvious lines
carry out the reduced operations. By the letter of the RFC every definite case must come out as stated; a lenient
dialect may differ only where one of its rules says so, and those cases are named here.
"""

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from gangway.scim.dialect import CREATE_BY_REPLACE, LENIENT, READ_ONLY_IN_PATCH, STRICT, Dialect
from gangway.scim.errors import ScimError
from gangway.scim.json_text import parse_json
from gangway.scim.patch import DetachedOperation, PatchResult, apply_patch, parse_patch
from tests.conformance import vectors
from tests.scim.examples import LAB_REGISTRY

CASES = [case for case in vectors.read("patches.json")["cases"] if "context" not in case]  # those need a directory

OVERRULED = {84: READ_ONLY_IN_PATCH}
"""A refusal that clients of a lenient server cannot live with: case 297 wants the very same request accepted."""

ENTRA = LENIENT | {CREATE_BY_REPLACE.name}
OVERRULED_FOR_ENTRA = (152, 213)
"""Definite refusals of what Entra ID sends in ordinary operation; its organizations have a rule for it."""


def carried_out(members: list[dict[str, Any]], operations: Sequence[DetachedOperation]) -> list[dict[str, Any]]:
    for operation in operations:
        listed = {value["value"] for value in operation.values}
        if operation.op in ("clear", "replace"):
            members = list(operation.values)
        elif operation.op == "add":
            present = {member["value"] for member in members}
            members = members + [value for value in operation.values if value["value"] not in present]
        elif operation.filter is not None:
            members = [member for member in members if not operation.filter.matches(member)]
        else:
            members = [member for member in members if member["value"] not in listed]
    return members


def apply(case: vectors.Case, dialect: Dialect, detached: bool) -> dict[str, Any]:
    document = copy.deepcopy(case["resource"])
    resource_id = document.pop("id")
    resource_type = LAB_REGISTRY.resource_types[case["resourceType"]]
    members = document.pop("members", []) if detached and resource_type.name == "Group" else None
    before = copy.deepcopy(document)
    try:
        body = case["patch"] if "patch" in case else parse_json(case["patchRaw"])
        operations = parse_patch(body, dialect)
        names = () if members is None else ("members",)
        result = apply_patch(document, operations, resource_type, dialect, detached=names, resource_id=resource_id)
    except ScimError as error:
        return {"error": {"status": error.status, "scimType": error.scim_type}}
    finally:
        assert document == before
    return joined(result, members)


def joined(result: PatchResult, members: list[dict[str, Any]] | None) -> dict[str, Any]:
    if members is None:
        return {"after": result.document, "changed": result.changed}
    after = carried_out(members, result.detached.get("members", ()))
    changed = result.changed or vectors.comparable(after) != vectors.comparable(members)
    return {"after": result.document | {"members": after}, "changed": changed}


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["n"]))
def test_by_the_letter_a_patch_vector_has_its_strict_outcome(case: vectors.Case, detached: bool) -> None:
    dialect = Dialect(STRICT)
    assert vectors.is_one_of(apply(case, dialect, detached), vectors.acceptable_to_the_letter(case))
    assert not dialect.fired


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize(
    "case", [case for case in CASES if case["n"] not in OVERRULED], ids=lambda case: str(case["n"])
)
def test_a_lenient_dialect_gives_clients_what_they_rely_on(case: vectors.Case, detached: bool) -> None:
    assert vectors.is_one_of(apply(case, Dialect(), detached), vectors.acceptable_to_clients(case))


@pytest.mark.parametrize("case", [case for case in CASES if case["n"] in OVERRULED], ids=lambda case: str(case["n"]))
def test_a_lenient_dialect_departs_from_a_definite_case_by_one_named_rule(case: vectors.Case) -> None:
    dialect = Dialect()
    assert "error" not in apply(case, dialect, detached=False)
    assert dialect.fired == {OVERRULED[case["n"]].name: 1}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["n"] in OVERRULED_FOR_ENTRA], ids=lambda case: str(case["n"])
)
def test_the_dialect_of_entra_departs_from_a_definite_case_by_a_rule_of_its_own(case: vectors.Case) -> None:
    dialect = Dialect(ENTRA)
    after = apply(case, dialect, detached=False)["after"]
    created = case["patch"]["Operations"][-1]["value"]
    assert {"type": "other", "value": created} in after["emails"]
    assert dialect.fired == {CREATE_BY_REPLACE.name: 1}


@pytest.mark.parametrize("case", [case for case in CASES if case.get("lenient")], ids=lambda case: str(case["n"]))
def test_what_a_lenient_dialect_lets_pass_is_counted(case: vectors.Case) -> None:
    dialect = Dialect()
    lenient_outcome = apply(case, dialect, detached=False)
    if lenient_outcome != apply(case, Dialect(STRICT), detached=False):
        assert dialect.fired
