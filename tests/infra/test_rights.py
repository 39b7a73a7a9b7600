"""Rights both ways: what the handlers call is allowed, and nothing is allowed that they do not call."""

import pytest

from tests.infra import scenarios
from tests.infra.program import gangway, in_policy
from tests.infra.rules.rights import Needs, broken_rights, needs
from tests.infra.watched import NO_LIMIT, deployed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen() -> Needs:
    """What the functions need while everything the stack can do is done."""
    with deployed() as (stack, calls):
        scenarios.play_all(stack)
    return needs(gangway(publicUrl=stack.base_url, rateLimit=NO_LIMIT), calls)


@pytest.mark.row("INF-02", "INF-09")
def test_every_call_is_allowed_and_nothing_else_is(seen: Needs) -> None:
    assert broken_rights(gangway(), seen) == []


def test_when_any_piece_of_a_policy_is_left_out_then_a_rule_speaks(seen: Needs) -> None:
    program = gangway()
    pieces = [piece for piece in program.pieces() if in_policy(piece)]
    assert len([piece for piece in pieces if "Action" in piece]) > 40
    assert [piece for piece in pieces if not broken_rights(program.without(piece), seen)] == []


def test_when_an_action_is_misspelt_then_it_is_unused_and_the_right_one_is_missing(seen: Needs) -> None:
    place = ("scim-api-policy", "policy", "Statement", 0, "Action", 0)
    found = broken_rights(gangway().changed(place, "dynamodb:BatchGetItems"), seen)
    assert any("may not dynamodb:BatchGetItem on" in fault for fault in found)
    assert any("is granted dynamodb:BatchGetItems on" in fault for fault in found)
