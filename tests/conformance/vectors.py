"""The vectors and the rules of comparison they state under `about`.

An outcome is `{"matches": [ids]}` of a filter, `{"after": representation, "changed": bool}` of a PATCH, or
`{"error": {"status", "scimType"}}` of either; whoever produced it, it is judged here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LAB = "urn:example:params:scim:schemas:extension:lab:2.0:User"

Case = dict[str, Any]
Outcome = dict[str, Any]


def read(name: str) -> Any:
    """One of the files of vectors, such as `filters.json`."""
    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def acceptable_to_the_letter(case: Case) -> list[Outcome]:
    """The outcomes that a server has which allows nothing beyond the RFCs."""
    if "strict" in case:
        return list(case["strict"])
    return _stated(case)


def acceptable_to_clients(case: Case) -> list[Outcome]:
    """The outcomes that real clients can live with."""
    if "filter" in case and case.get("lenient"):
        return [outcome for outcome in _stated(case) if "matches" in outcome] or _stated(case)
    return _stated(case)


def _stated(case: Case) -> list[Outcome]:
    if "accept" in case:
        return list(case["accept"])
    if "expect" in case:
        return [case["expect"]]
    return [{"matches": case["matches"]} if case["valid"] else {"error": case["error"]}]


def is_one_of(got: Outcome, outcomes: Sequence[Outcome]) -> bool:
    """Whether what was got is one of the outcomes, by the rules of comparison of the vectors."""
    return any(_is(got, wanted) for wanted in outcomes)


def _is(got: Outcome, wanted: Outcome) -> bool:
    if "error" in wanted and "error" in got:
        types = {wanted["error"]["scimType"], *wanted["error"].get("scimTypeAlso", [])}
        return got["error"]["status"] == wanted["error"]["status"] and got["error"]["scimType"] in types
    if "matches" in wanted and "matches" in got:
        return sorted(got["matches"]) == sorted(wanted["matches"])
    if "after" in wanted and "after" in got:
        same = comparable(_without_derived(got["after"], wanted["after"])) == comparable(wanted["after"])
        return same and bool(wanted.get("changed", got["changed"]) == got["changed"])
    return False


def comparable(value: Any) -> Any:
    """The value without what means nothing: order, null and empty values, `primary` false, what only servers know."""
    if isinstance(value, dict):
        parts = {name: comparable(part) for name, part in value.items() if name not in ("id", "meta", "groups")}
        return {
            name: part
            for name, part in parts.items()
            if part not in (None, [], {}) and not (name == "primary" and part is False)
        }
    if isinstance(value, list):
        return sorted((comparable(element) for element in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _without_derived(representation: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """A representation without what a server derives for members and managers, unless it is expected."""
    kept = dict(representation)
    if not any(member.keys() > {"value"} for member in expected.get("members", [])):
        kept["members"] = [{"value": member["value"]} for member in representation.get("members", [])]
    for urn, extension in representation.items():
        manager = extension.get("manager") if isinstance(extension, dict) else None
        wanted = expected.get(urn, {}).get("manager") if isinstance(expected.get(urn), dict) else None
        if isinstance(manager, dict) and (wanted is None or wanted.keys() <= {"value"}):
            bare = {name: part for name, part in manager.items() if name == "value"}
            kept[urn] = {name: part for name, part in extension.items() if name != "manager"} | {"manager": bare}
    return kept
