"""Who may take the data role, as AWS decides it: the SCIM function, for one organization at a time."""

import pytest

from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.infra.program import gangway

ROLE = "arn:aws:iam::123456789012:role/gangway-local-"
ACTIONS = ("sts:AssumeRole", "sts:TagSession")


def decide(action: str, tags: dict[str, str], taker: str = f"{ROLE}scim-api") -> Decision:
    (role,) = (role for role in gangway(isolation="session").all("Role") if role.name == "scim-data-role")
    context = {f"aws:RequestTag/{key}": [value] for key, value in tags.items()} | {"aws:TagKeys": list(tags)}
    return evaluate([role.inputs["assumeRolePolicy"]], Request(action, role.arn, context, principal=taker))


@pytest.mark.parametrize("action", ACTIONS)
def test_given_the_scim_function_and_one_organization_then_the_role_may_be_taken(action: str) -> None:
    assert decide(action, {"organization": "Ab3dEf9h"}) is Decision.ALLOWED


@pytest.mark.row("ISO-06")
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "tags",
    [{}, {"organization": ""}, {"organization": "Ab3dEf9hX"}, {"organization": "Ab3dEf9h", "admin": "yes"}],
    ids=["none", "empty", "no id", "another beside it"],
)
def test_given_other_tags_then_the_role_may_not_be_taken(action: str, tags: dict[str, str]) -> None:
    assert decide(action, tags) is Decision.NOT_ALLOWED


@pytest.mark.parametrize("taker", [f"{ROLE}admin-api", f"{ROLE}scim-api-2", "arn:aws:iam::210987654321:role/x"])
def test_given_anybody_else_then_the_role_may_not_be_taken(taker: str) -> None:
    assert decide("sts:AssumeRole", {"organization": "Ab3dEf9h"}, taker) is Decision.NOT_ALLOWED


def test_given_no_sessions_then_there_is_no_such_role() -> None:
    assert not [role for role in gangway().all("Role") if "data" in role.name]
