"""The recorded sequences are well formed, and together they show every behaviour that identity providers rely on.

A sequence is data that nobody compiles: a misspelt fact or a variable that no earlier step keeps would otherwise only
show when the step is played, as a fault of the server. The player itself judges facts and paths here, so that what
passes can be played.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.idp import replay

NAMES = sorted(path.stem for path in replay.SEQUENCES.glob("*.json"))
SEQUENCES: Mapping[str, list[dict[str, Any]]] = {
    name: json.loads((replay.SEQUENCES / f"{name}.json").read_text()) for name in NAMES
}
STEPS = [
    pytest.param(step, id=f"{name} {number}: {step.get('name')}")
    for name, steps in SEQUENCES.items()
    for number, step in enumerate(steps, 1)
]

NEEDED = {"name", "request", "expect", "save", "confidence", "source"}
ALLOWED = NEEDED | {"optional", "note"}
CONFIDENCES = {"documented", "recorded", "inferred"}
STATUSES = range(200, 600)
GIVEN_BY_THE_PLAYER = {"run", "RUN", "run4", "base"}

# What every server must do, whichever identity provider calls: the behaviour, and steps that show it.
BEHAVIOURS: Mapping[str, Sequence[tuple[str, str]]] = {
    "a filter without a hit is an empty list": [
        ("entra", "Entra Test Connection: match a random GUID that no user has"),
    ],
    "a malformed id is unknown": [("ping", "Ping (EMU provisioner) before a create: a harmless 404")],
    "operations compare without case": [("entra", "Entra update without the flag: one Add")],
    "text booleans are read, booleans are answered": [
        ("entra", 'Entra disable without the flag: active is the text "False"'),
        ("entra", "Entra disable: the user is still there, active is a boolean"),
    ],
    "remove with a value list removes only what is listed": [
        ("entra", "Entra group: remove without the flag, a value list behind path members"),
        ("entra", "Entra group: only the listed member went"),
    ],
    "a value path that matches nothing creates one element": [
        ("entra", "Entra update: several sub-attributes of a new address in one request"),
        ("entra", "Entra update: one element was built"),
        ("entra", "Entra update: Replace through a value path that matches nothing"),
    ],
    "dotted and URN keys in a value without path are expanded": [
        ("entra", "Entra update with the flag: value path by itself, the rest in one value with dotted and URN keys"),
        ("entra", "Entra update with the flag: result"),
    ],
    "a manager is taken as plain text, and cleared by an empty one": [
        ("entra", "Entra manager: added as a plain string"),
        ("entra", "Entra manager: cleared with an empty string"),
    ],
    "an empty string or null clears an optional attribute": [
        ("entra", "Entra gallery: an empty string clears an optional attribute"),
        ("entra", "Entra gallery: null clears an optional attribute"),
    ],
    "null and [] mean no value": [
        ("jumpcloud", "JC test connection: update the test user with PUT, emails is JSON null and id is in the body"),
        ("entra", "Entra create: the older shape, nulls at top level and unqualified enterprise attributes"),
    ],
    "read-only attributes in a PUT or PATCH are ignored": [
        ("okta", "Okta profile push: PUT the whole object back, read-only id, meta and groups included"),
        (
            "okta",
            "Okta group push (OIN): rename with the id inside value, sent before every membership change",
        ),
    ],
    "URNs in schemas without data, unknown ones and any order are accepted": [
        ("jumpcloud", "JC provision: create user, enterprise URN listed in schemas but no enterprise object sent"),
        ("entra", "Entra group: create with Microsoft's own schema URN"),
    ],
    "URNs of before the RFCs are accepted and answered with the RFCs' own": [
        ("onelogin", "OneLogin assign: create from the JSON template, no active, URNs that no RFC knows"),
    ],
    "primary as text is read, also in a path": [
        ("entra", 'Entra create (SCIM Validator): primary is the text "True"'),
        ("entra", 'Entra roles, single role mapping: primary eq "True" in the path, no such element yet'),
    ],
    "inactive users are returned by id and by filter": [
        ("entra", "Entra disable: the match still finds the user"),
        ("okta", "Okta reassign: filter finds the inactive user"),
    ],
    "adding a member twice and removing a stranger succeed": [
        ("entra", "Entra group: add one who is a member already, with one who is not"),
        ("entra", "Entra group: remove one who is no member, both forms"),
    ],
    "a password is accepted and never returned": [
        ("okta", "Okta assign: create, with password and groups in the body"),
    ],
    "ids are strings": [("jumpcloud", "JC test connection: create the test user")],
    "replacing the members by [] empties the group": [
        ("okta", "Okta Push now on an empty group: replace members with []"),
    ],
    "members may lack a type, have a null $ref or a displayName": [
        ("entra", "Entra group: add two members, $ref is null"),
        ("entra", "Entra group: a member with displayName instead of display"),
    ],
    "application/json and media type parameters are accepted": [
        ("okta", "Okta SPEC: create user, Content-Type application/json"),
        ("onelogin", "OneLogin assign: look the user up"),
    ],
    "unknown query parameters, a trailing & and a bare ? are ignored": [
        ("entra", "Entra Test Connection: the flag of the Tenant URL in the query string"),
        ("onelogin", "OneLogin enable API: a user that does not exist, trailing & in the query"),
        ("onelogin", "OneLogin update: PUT whose URL ends in a bare ?, URNs that no RFC knows"),
    ],
    "401 and 404 have SCIM error bodies with a text status": [
        ("okta", "Okta SPEC: 401 has a SCIM error body"),
        ("okta", "Okta SPEC: 404 has a SCIM error body"),
    ],
    "a create answers 201 with the whole resource and its Location": [
        ("entra", "Entra create: enterprise URN without data, empty roles, meta in the body"),
    ],
    "a PUT without active never deactivates": [("onelogin", "OneLogin update: PUT from a template without active")],
    "userName compares without case": [("cyberark", "CyberArk lookup by userName in capitals, one hit")],
    "excludedAttributes=members is honoured by id and in a list": [
        ("entra", "Entra group: get without members"),
        ("entra", "Entra group: match without members, a hit"),
    ],
    "counters of a list are integers and startIndex is echoed": [
        ("entra", "Entra gallery: pages of five, startIndex 6"),
    ],
    "unqualified extension attributes and unknown ones are ignored": [
        ("entra", "Entra create: the older shape, nulls at top level and unqualified enterprise attributes"),
    ],
}


def variables(part: object) -> set[str]:
    return set(re.findall(r"\{\{(\w+)\}\}", json.dumps(part)))


@pytest.mark.parametrize("step", STEPS)
def test_given_a_step_then_it_has_the_fields_of_the_format(step: Mapping[str, Any]) -> None:
    assert NEEDED <= step.keys() <= ALLOWED
    assert step["name"].strip() == step["name"] != ""
    assert step["confidence"] in CONFIDENCES
    assert step["source"] or step["confidence"] == "inferred", "what is documented or recorded names where"
    assert isinstance(step.get("optional", False), bool)


@pytest.mark.parametrize("step", STEPS)
def test_given_a_step_then_its_request_can_be_sent(step: Mapping[str, Any]) -> None:
    request = step["request"]
    assert {"method", "path", "body"} <= request.keys() <= {"method", "path", "query", "raw_query", "headers", "body"}
    assert ("query" in request) != ("raw_query" in request)
    assert isinstance(request.get("raw_query", ""), str)
    assert request["path"].startswith("/")
    assert not request["path"].endswith("/")
    assert (request["body"] is not None) == (request["method"] in {"POST", "PUT", "PATCH"})
    assert request["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    for names in (request.get("query", {}), request.get("headers", {})):
        assert all(isinstance(value, str) for value in names.values())


@pytest.mark.parametrize("step", STEPS)
def test_given_a_step_then_the_player_understands_what_it_expects(step: Mapping[str, Any]) -> None:
    assert step["expect"]["status"]
    assert all(status in STATUSES for status in step["expect"]["status"])
    for fact in step["expect"]["checks"]:
        assert isinstance(fact, str) or fact.keys() == {"header", "contains"} or len(fact.keys() - {"path"}) == 1
        if isinstance(fact, dict):
            replay._problem(fact, {}, {})  # raises on a path or a fact that it does not know
    for path in step["save"].values():
        replay._at({}, path)


@pytest.mark.parametrize("name", NAMES)
def test_given_a_sequence_then_required_steps_use_only_what_required_steps_kept_before(name: str) -> None:
    kept, kept_perhaps = set(GIVEN_BY_THE_PLAYER), set(GIVEN_BY_THE_PLAYER)
    for step in SEQUENCES[name]:
        optional = step.get("optional", False)
        unknown = variables([step["request"], step["expect"]]) - (kept_perhaps if optional else kept)
        assert not unknown, f"{step['name']}: no earlier step keeps {unknown}"
        kept_perhaps |= step["save"].keys()
        if not optional:
            kept |= step["save"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_given_a_sequence_then_the_resources_it_creates_are_deleted_at_its_end(name: str) -> None:
    """So that one sequence never finds what another one left, and can be played twice."""
    created = {
        f"{step['request']['path']}/{{{{{variable}}}}}"
        for step in SEQUENCES[name]
        for variable, path in step["save"].items()
        if step["request"]["method"] == "POST" and path == "$.id"
    }
    deleted = {step["request"]["path"] for step in SEQUENCES[name] if step["request"]["method"] == "DELETE"}
    assert created - deleted == set()


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_given_a_behaviour_that_providers_rely_on_then_steps_show_it(behaviour: str) -> None:
    for sequence, name in BEHAVIOURS[behaviour]:
        steps = [step for step in SEQUENCES[sequence] if step["name"] == name]
        assert len(steps) == 1, f"{sequence} has {len(steps)} steps named {name!r}"
        assert not steps[0].get("optional", False), "a behaviour that is relied on is no mere tolerance"
