"""The three policies allow what each operation of the admin API says, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.stack import caller_policies
from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.support.admin_document import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc/live"
MAX_POLICY_CHARACTERS = 6_144
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def operations() -> Iterator[tuple[str, str, set[str]]]:
    """Every method and path of the API, and who may call it."""
    for path, methods in json.loads(DOCUMENT.read_text())["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method.upper(), path, set(operation["x-gangway-roles"])


def concrete(path: str, organization: str) -> str:
    """A path with values for its parameters."""
    filled = path.replace("{org}", organization)
    return "/".join("value" if part.startswith("{") else part for part in filled.split("/"))


def allows(policy: Mapping[str, Any], method: str, path: str, **tags: str) -> bool:
    context = {f"aws:PrincipalTag/{name.replace('_', '-')}": [value] for name, value in tags.items()}
    request = Request("execute-api:Invoke", f"{STAGE}/{method}{path}", context)
    return evaluate([policy], request) is Decision.ALLOWED


POLICIES = {
    "operator": caller_policies.operator(STAGE),
    "support": caller_policies.support(STAGE),
    "application": caller_policies.application(STAGE, ["acme", "globex"]),
}


@pytest.mark.parametrize("role", POLICIES)
@pytest.mark.parametrize(("method", "path", "roles"), list(operations()))
def test_given_an_operation_then_a_role_may_call_it_exactly_if_it_says_so(
    role: str, method: str, path: str, roles: set[str]
) -> None:
    assert allows(POLICIES[role], method, concrete(path, "acme")) is (role in roles)


def test_given_an_organization_that_is_not_named_then_the_application_sees_nothing_of_it() -> None:
    for method, path, _roles in operations():
        if "{org}" in path:
            assert not allows(POLICIES["application"], method, concrete(path, "initech"))
            assert not allows(POLICIES["application"], method, concrete(path, "acme-2"))


def test_given_no_names_then_the_application_sees_the_organization_that_its_role_is_tagged_with() -> None:
    policy = caller_policies.application(STAGE, [])
    assert allows(policy, "GET", "/admin/v1/orgs/acme/events", gangway_organization="acme")
    assert not allows(policy, "GET", "/admin/v1/orgs/globex/events", gangway_organization="acme")
    assert not allows(policy, "GET", "/admin/v1/orgs/acme/events")


def test_given_every_organization_then_the_application_may_still_do_no_more_than_it_may_with_one() -> None:
    policy = caller_policies.application(STAGE, [caller_policies.EVERY_ORGANIZATION])
    assert allows(policy, "GET", "/admin/v1/orgs/initech/users/1")
    for method, path, roles in operations():
        assert not allows(policy, method, concrete(path, "acme")) or "application" in roles


def test_given_methods_that_the_api_does_not_have_then_support_and_application_may_not_try_them() -> None:
    known = {(method, path) for method, path, _roles in operations()}
    for path in {path for _method, path in known}:
        for method in METHODS:
            if (method, path) not in known and method != "GET":
                assert not allows(POLICIES["support"], method, concrete(path, "acme"))
                assert not allows(POLICIES["application"], method, concrete(path, "acme"))


def test_given_the_policies_then_each_fits_a_managed_policy() -> None:
    for policy in POLICIES.values():
        assert len(json.dumps(policy, separators=(",", ":"))) < MAX_POLICY_CHARACTERS
