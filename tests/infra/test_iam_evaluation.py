"""Policies decide as the IAM user guide says they do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.stack.iam_evaluation import Decision, Request, evaluate

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/people"


def decide(*statements: dict[str, Any], action: str = "dynamodb:GetItem", resource: str = TABLE, **context: Any) -> str:
    keys = {key.replace("__", ":"): value for key, value in context.items()}
    return evaluate([{"Statement": list(statements)}], Request(action, resource, keys)).name


def allow(action: Any = "dynamodb:GetItem", resource: Any = TABLE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "*", "Resource": "*", **more}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def test_given_no_statement_about_a_request_then_it_is_not_allowed() -> None:
    assert decide() == "NOT_ALLOWED"
    assert decide(allow("dynamodb:PutItem")) == "NOT_ALLOWED"
    assert decide(allow(resource=f"{TABLE}/index/x")) == "NOT_ALLOWED"


def test_given_a_deny_then_no_allow_counts() -> None:
    assert decide(allow(), deny()) == "DENIED"
    assert decide(deny(), allow("*", "*")) == "DENIED"


def test_actions_compare_without_case_and_resources_with_it() -> None:
    assert decide(allow("DynamoDB:getitem")) == "ALLOWED"
    assert decide(allow(resource=TABLE.upper())) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("pattern", "decision"),
    [
        (f"{TABLE[:-1]}?", "ALLOWED"),
        ("arn:aws:dynamodb:*", "ALLOWED"),
        ("*people", "ALLOWED"),
        ("*peopl", "NOT_ALLOWED"),
    ],
)
def test_given_wildcards_then_they_match_any_characters(pattern: str, decision: str) -> None:
    assert decide(allow(resource=pattern)) == decision


def test_given_brackets_then_they_are_no_wildcards() -> None:
    assert decide(allow(resource="[a]"), resource="a") == "NOT_ALLOWED"


def test_given_not_action_then_everything_else_is_meant() -> None:
    others = {"Effect": "Allow", "NotAction": ["dynamodb:Scan"], "Resource": "*"}
    assert decide(others) == "ALLOWED"
    assert decide(others, action="dynamodb:Scan") == "NOT_ALLOWED"


def test_given_several_keys_then_all_must_hold_and_of_a_keys_values_one() -> None:
    condition = {"StringEquals": {"a": ["1", "2"], "b": "3"}}
    assert decide(allow(Condition=condition), a=["2"], b=["3"]) == "ALLOWED"
    assert decide(allow(Condition=condition), a=["2"], b=["4"]) == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("operator", "present", "decision"),
    [
        ("StringEquals", None, "NOT_ALLOWED"),
        ("StringEqualsIfExists", None, "ALLOWED"),
        ("StringNotEquals", None, "ALLOWED"),
        ("StringNotEquals", ["x"], "NOT_ALLOWED"),
        ("StringNotEquals", ["y"], "ALLOWED"),
        ("StringLike", ["x"], "ALLOWED"),
        ("StringEqualsIgnoreCase", ["X"], "ALLOWED"),
        ("ForAllValues:StringEquals", None, "ALLOWED"),
        ("ForAllValues:StringEquals", ["x", "y"], "NOT_ALLOWED"),
        ("ForAnyValue:StringEquals", ["x", "y"], "ALLOWED"),
        ("ForAnyValue:StringEquals", None, "NOT_ALLOWED"),
    ],
)
def test_given_a_condition_then_its_operator_decides(operator: str, present: list[str] | None, decision: str) -> None:
    context: dict[str, Any] = {"key": present} if present is not None else {}
    assert decide(allow(**when(operator, "key", "x")), **context) == decision


def test_given_null_then_only_presence_counts() -> None:
    assert decide(allow(**when("Null", "key", "true"))) == "ALLOWED"
    assert decide(allow(**when("Null", "key", "true")), key=["x"]) == "NOT_ALLOWED"
    assert decide(allow(**when("Null", "key", "false")), key=["x"]) == "ALLOWED"


def test_given_a_policy_variable_then_its_value_is_literal() -> None:
    mine = allow(**when("ForAllValues:StringLike", "dynamodb:LeadingKeys", "${aws:PrincipalTag/org}#*"))
    tagged = {"aws:PrincipalTag/org": ["a*"], "dynamodb:LeadingKeys": ["a*#U#00"]}
    policy = {"Statement": [mine]}
    assert evaluate([policy], Request("dynamodb:GetItem", TABLE, tagged)) is Decision.ALLOWED
    other = {**tagged, "dynamodb:LeadingKeys": ["ab#U#00"]}
    assert evaluate([policy], Request("dynamodb:GetItem", TABLE, other)) is Decision.NOT_ALLOWED
    untagged = {"dynamodb:LeadingKeys": ["#U#00"]}
    assert evaluate([policy], Request("dynamodb:GetItem", TABLE, untagged)) is Decision.NOT_ALLOWED


TAKER = "arn:aws:iam::123456789012:role/taker"


@pytest.mark.parametrize(
    ("named", "decision"),
    [
        ({"AWS": TAKER}, "ALLOWED"),
        ({"AWS": [f"{TAKER}-2", TAKER]}, "ALLOWED"),
        ({"AWS": f"{TAKER}-2"}, "NOT_ALLOWED"),
        ({"Service": "lambda.amazonaws.com"}, "NOT_ALLOWED"),
        ("*", "ALLOWED"),
    ],
)
def test_given_the_policy_of_a_role_then_it_is_about_those_it_names_and_names_no_resource(
    named: Any, decision: str
) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}]}
    request = Request("sts:AssumeRole", "arn:aws:iam::123456789012:role/taken", principal=TAKER)
    assert evaluate([trust], request).name == decision


def test_given_string_equals_then_a_star_is_a_star() -> None:
    assert decide(allow(**when("StringEquals", "key", "a*")), key=["ab"]) == "NOT_ALLOWED"
    assert decide(allow(**when("StringEquals", "key", "a*")), key=["a*"]) == "ALLOWED"


@pytest.mark.parametrize(
    "statement",
    [
        allow(**when("NumericLessThan", "key", "1")),
        allow(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        allow(Resources=["*"]),
    ],
)
def test_given_something_unknown_then_it_is_an_error(statement: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        decide(statement, key=["0"])


@given(st.text(max_size=20))
def test_every_text_matches_itself_and_a_star(text: str) -> None:
    literal = text.replace("$", "")
    assert decide(allow(resource="*"), resource=literal) == "ALLOWED"
    assert decide(allow(**when("StringEquals", "key", literal)), key=[literal]) == "ALLOWED"
