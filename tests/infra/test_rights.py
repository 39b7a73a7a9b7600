"""Rights both ways: what the handlers call is allowed, and nothing is allowed that they do not call."""

import json
from collections.abc import Mapping

import pytest

from tests.idp.replay import play, send
from tests.infra.program import gangway, in_policy
from tests.infra.rules.rights import Needs, broken_rights, needs
from tests.infra.watched import Deployed, deployed

pytestmark = pytest.mark.slow

MANY = 60
"""Members of a group, more than one transaction takes."""


@pytest.fixture(scope="module")
def seen() -> Needs:
    """What the functions need while identity providers provision and everything else goes its way."""
    with deployed() as (stack, calls):
        use(stack)
    return needs(gangway(publicUrl=stack.base_url), calls)


def use(stack: Deployed) -> None:
    """Make every kind of call that a function makes."""
    for name in ("jumpcloud", "okta", "entra"):
        organization = stack.operate("POST", "/orgs", {"name": name})
        token = stack.operate("POST", f"/orgs/{name}/tokens", {"label": "test"})["token"]
        play(name, organization["scimBaseUrl"], token)
    assert stack.operate("GET", "/orgs")["organizations"]
    assert stack.operate("GET", f"/orgs/{name}/tokens")["tokens"]
    users = [post(organization, token, "/Users", {"userName": f"u{n}@example.com"}) for n in range(MANY)]
    members = [{"value": user["id"]} for user in users]
    post(organization, token, "/Groups", {"displayName": "Everyone", "members": members})
    for service, kind in (("change-relay", "outbox"), ("housekeeper", "work")):
        stack.ring(service, kind)
        stack.sweep(service)


def post(organization: Mapping[str, str], token: str, path: str, body: object) -> Mapping[str, str]:
    answer = send(organization["scimBaseUrl"], token, {"method": "POST", "path": path, "body": body})
    assert answer.status == 201, answer.body
    created: dict[str, str] = json.loads(answer.body)
    return created


def test_every_call_is_allowed_and_nothing_else_is(seen: Needs) -> None:
    assert broken_rights(gangway(), seen) == []


def test_when_any_piece_of_a_policy_is_left_out_then_a_rule_speaks(seen: Needs) -> None:
    program = gangway()
    pieces = [piece for piece in program.pieces() if in_policy(piece)]
    assert len([piece for piece in pieces if "Action" in piece]) > 40
    assert [piece for piece in pieces if not broken_rights(program.without(piece), seen)] == []
