"""The three policies allow what each operation of the admin API says, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.stack.callers import policy
from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.support.admin_document import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

API = "arn:aws:execute-api:eu-west-1:123456789012:abc"
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


def allows(document: Mapping[str, Any], method: str, path: str) -> bool:
    request = Request("execute-api:Invoke", f"{API}/live/{method}{path}")
    return evaluate([document], request) is Decision.ALLOWED


POLICIES = {
    "operator": policy("operator", API),
    "support": policy("support", API),
    "application": policy("application", API, ["acme", "globex"]),
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


def test_given_no_names_then_the_application_may_do_with_every_organization_what_it_may_do_with_one() -> None:
    everywhere = policy("application", API)
    for method, path, roles in operations():
        assert allows(everywhere, method, concrete(path, "initech")) is ("application" in roles)


def test_given_methods_that_the_api_does_not_have_then_support_and_application_may_not_try_them() -> None:
    known = {(method, path) for method, path, _roles in operations()}
    for path in {path for _method, path in known}:
        for method in METHODS:
            if (method, path) not in known and method != "GET":
                assert not allows(POLICIES["support"], method, concrete(path, "acme"))
                assert not allows(POLICIES["application"], method, concrete(path, "acme"))


def test_given_the_policies_then_each_fits_a_managed_policy() -> None:
    for document in POLICIES.values():
        assert len(json.dumps(document, separators=(",", ":"))) < MAX_POLICY_CHARACTERS
