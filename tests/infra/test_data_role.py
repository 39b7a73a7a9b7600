"""Who may take the data role, as AWS decides it, and what it reaches: the SCIM function, one organization at a time."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


IDS = st.text(string.ascii_letters + string.digits, min_size=8, max_size=8)
PARTITIONS = st.builds("{}#{}".format, IDS, st.text(max_size=12)) | st.text(max_size=20)


@pytest.mark.row("ISO-06")
@given(IDS, st.lists(st.booleans() | PARTITIONS, max_size=6))
def test_given_any_keys_then_a_session_reaches_them_if_all_begin_with_its_organization(
    organization: str, drawn: list[bool | str]
) -> None:
    """A drawn truth value stands for a key of the session's own organization, or for one that only looks like it."""
    alike = {True: f"{organization}#U#00", False: f"{organization}x#U#00"}
    partitions = [alike[each] if isinstance(each, bool) else each for each in drawn]
    program = gangway(isolation="session")
    (policy,) = (p for p in program.all("RolePolicy") if p.name == "scim-data-policy")
    context = {"aws:PrincipalTag/organization": [organization]}
    keys = {"dynamodb:LeadingKeys": partitions} if partitions else {}
    request = Request("dynamodb:BatchGetItem", program.one("Table").arn, {**context, **keys})
    own = bool(partitions) and all(partition.startswith(f"{organization}#") for partition in partitions)
    assert (evaluate([policy.inputs["policy"]], request) is Decision.ALLOWED) == own


def test_given_no_sessions_then_there_is_no_such_role() -> None:
    assert not [role for role in gangway().all("Role") if "data" in role.name]
