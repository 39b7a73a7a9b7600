"""Rights both ways: what the handlers call is allowed, and nothing is allowed that they do not call."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.infra import scenarios
from tests.infra.permissions import LEADING_KEYS, TAG, Call, needed
from tests.infra.program import Program, gangway, in_policy
from tests.infra.rules.rights import DATA, OTHER, Needs, broken_rights, granted, holders, needs
from tests.infra.watched import NO_LIMIT, SESSIONS, Calls, deployed

pytestmark = pytest.mark.slow

MODES = {"guard": {}, "session": SESSIONS}


@dataclass(frozen=True)
class Seen:
    """What the functions call while everything the stack can do is done, and what they need for it in each mode."""

    calls: Calls
    needs: dict[str, Needs]


@pytest.fixture(scope="module")
def seen() -> Seen:
    with deployed() as (stack, calls):
        scenarios.play_all(stack)
    played = {"publicUrl": stack.base_url, "rateLimit": NO_LIMIT}
    return Seen(calls, {mode: needs(gangway(**played, **settings), calls) for mode, settings in MODES.items()})


@pytest.mark.row("INF-02", "INF-09")
@pytest.mark.parametrize("mode", MODES)
def test_every_call_is_allowed_and_nothing_else_is(seen: Seen, mode: str) -> None:
    assert broken_rights(gangway(**MODES[mode]), seen.needs[mode]) == []


@pytest.mark.parametrize("mode", MODES)
def test_when_any_piece_of_a_policy_is_left_out_then_a_rule_speaks(seen: Seen, mode: str) -> None:
    """With sessions, of the policies that are then others."""
    program = gangway(**MODES[mode])
    others = ("scim-api-policy", "scim-data-policy") if mode == "session" else ()
    pieces = [piece for piece in program.pieces() if in_policy(piece) and (not others or piece[0] in others)]
    assert len([piece for piece in pieces if "Action" in piece]) > (20 if others else 40)
    assert [piece for piece in pieces if not broken_rights(program.without(piece), seen.needs[mode])] == []


def test_when_an_action_is_misspelt_then_it_is_unused_and_the_right_one_is_missing(seen: Seen) -> None:
    place = ("scim-api-policy", "policy", "Statement", 0, "Action", 0)
    found = broken_rights(gangway().changed(place, "dynamodb:BatchGetItems"), seen.needs["guard"])
    assert any("may not dynamodb:BatchGetItem on" in fault for fault in found)
    assert any("is granted dynamodb:BatchGetItems on" in fault for fault in found)


def in_sessions(seen: Seen) -> list[Call]:
    return [call for call in seen.calls["scim-api"] if call.organization]


def item_requests(call: Call, program: Program) -> Iterator[Request]:
    return (request for request in needed(call, program) if LEADING_KEYS in request.context)


@pytest.mark.row("ISO-06")
def test_given_a_session_of_one_organization_then_every_call_for_another_is_refused(seen: Seen) -> None:
    """All calls of the scenarios: single items, batches, queries and transactions; and as they were made, all pass."""
    program = gangway(**SESSIONS)
    policy = {"Statement": granted(program, holders(program)[DATA])}
    calls = in_sessions(seen)
    played = {call.operation for call in calls}
    assert played >= {"BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"}
    for call in calls:
        for request in item_requests(call, program):
            assert evaluate([policy], request) is Decision.ALLOWED
            elsewhere = replace(request, context={**request.context, TAG: [OTHER]})
            assert evaluate([policy], elsewhere) is Decision.NOT_ALLOWED


@pytest.mark.row("ISO-06")
def test_given_sessions_then_the_functions_own_role_reaches_no_item_that_a_session_is_for(seen: Seen) -> None:
    program = gangway(**SESSIONS)
    policy = {"Statement": granted(program, holders(program)["scim-api"])}
    own = {("dynamodb:BatchGetItem", "A"), ("dynamodb:UpdateItem", "F")}
    for call in in_sessions(seen):
        for request in item_requests(call, program):
            letters = {key.split("#")[1] for key in request.context[LEADING_KEYS]}
            if {(request.action, letter) for letter in letters} <= own:
                continue
            assert evaluate([policy], request) is Decision.NOT_ALLOWED, request
