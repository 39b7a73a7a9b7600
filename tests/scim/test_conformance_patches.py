"""The PATCH vectors: `tests/conformance/patches.json` states its own rules of comparison.

Each is run twice: with a group's members in its document, and with members kept elsewhere, where a few obvious lines
carry out the reduced operations. By the letter of the RFC every definite case must come out as stated; a lenient
dialect may differ only where one of its rules says so, and those cases are named here.
"""

import copy
import json
from collections.abc import Sequence
from typing import Any

import pytest

from gangway.scim.dialect import CREATE_THROUGH_VALUE_PATH, READ_ONLY_IN_PATCH, Dialect
from gangway.scim.errors import ScimError
from gangway.scim.json_text import parse_json
from gangway.scim.patch import DetachedOperation, PatchResult, apply_patch, parse_patch
from tests.scim.examples import LAB_REGISTRY, read_vectors

CASES = [case for case in read_vectors("patches.json")["cases"] if "context" not in case]  # those need a directory

OVERRULED = {84: READ_ONLY_IN_PATCH, 152: CREATE_THROUGH_VALUE_PATH, 213: CREATE_THROUGH_VALUE_PATH}
"""Definite refusals that clients of a lenient server cannot live with; case 297 contradicts case 84 outright."""


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


def apply(case: dict[str, Any], dialect: Dialect, detached: bool) -> dict[str, Any]:
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
    changed = result.changed or comparable(after) != comparable(members)
    return {"after": result.document | {"members": after}, "changed": changed}


def comparable(value: Any) -> Any:
    """The value without what the vectors say means nothing: order, null and empty values, `primary` false."""
    if isinstance(value, dict):
        parts = {name: comparable(part) for name, part in value.items() if name not in ("id", "meta")}
        return {
            name: part
            for name, part in parts.items()
            if part not in (None, [], {}) and not (name == "primary" and part is False)
        }
    if isinstance(value, list):
        return sorted((comparable(element) for element in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def without_derived(representation: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """A representation without what a server derives for members, unless it is expected."""
    if any(member.keys() > {"value"} for member in expected.get("members", [])):
        return representation
    members = [{"value": member["value"]} for member in representation.get("members", [])]
    return representation | {"members": members} if members else representation


def is_one_of(got: dict[str, Any], outcomes: list[dict[str, Any]]) -> bool:
    for wanted in outcomes:
        if "error" in wanted and "error" in got:
            types = {wanted["error"]["scimType"], *wanted["error"].get("scimTypeAlso", [])}
            if got["error"]["status"] == wanted["error"]["status"] and got["error"]["scimType"] in types:
                return True
        elif "after" in wanted and "after" in got:
            same = comparable(without_derived(got["after"], wanted["after"])) == comparable(wanted["after"])
            if same and wanted.get("changed", got["changed"]) == got["changed"]:
                return True
    return False


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["n"]))
def test_by_the_letter_a_patch_vector_has_its_strict_outcome(case: dict[str, Any], detached: bool) -> None:
    outcomes = case["strict"] if case.get("lenient") else case.get("accept", [case["expect"]])
    dialect = Dialect(strict=True)
    assert is_one_of(apply(case, dialect, detached), outcomes)
    assert not dialect.fired


@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
@pytest.mark.parametrize(
    "case", [case for case in CASES if case["n"] not in OVERRULED], ids=lambda case: str(case["n"])
)
def test_a_lenient_dialect_gives_clients_what_they_rely_on(case: dict[str, Any], detached: bool) -> None:
    assert is_one_of(apply(case, Dialect(), detached), case.get("accept", [case["expect"]]))


@pytest.mark.parametrize("case", [case for case in CASES if case["n"] in OVERRULED], ids=lambda case: str(case["n"]))
def test_a_lenient_dialect_departs_from_a_definite_case_by_one_named_rule(case: dict[str, Any]) -> None:
    dialect = Dialect()
    assert "error" not in apply(case, dialect, detached=False)
    assert dialect.fired == {OVERRULED[case["n"]].name: 1}


@pytest.mark.parametrize("case", [case for case in CASES if case.get("lenient")], ids=lambda case: str(case["n"]))
def test_what_a_lenient_dialect_lets_pass_is_counted(case: dict[str, Any]) -> None:
    dialect = Dialect()
    lenient_outcome = apply(case, dialect, detached=False)
    if lenient_outcome != apply(case, Dialect(strict=True), detached=False):
        assert dialect.fired
