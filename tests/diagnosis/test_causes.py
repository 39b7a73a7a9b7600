"""Every failure has a cause in plain language, and a cure that names what to do."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import pytest
from typer.main import get_command

from gangway.access.authentication import Reason
from gangway.diagnosis.causes import cause_of, causes
from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.scim import errors
from infra.cli.main import app
from tests.access.fakes import NOON

BEFORE_A_TOKEN_IS_KNOWN = {"missing", "malformed", "unknown organization", "unknown token"}
COMMAND = re.compile(r"gangway ([a-z]+)(?: ([a-z]+))?")


def failed(method: str, path: str, status: int, scim_type: str | None = None) -> FailedRequest:
    return FailedRequest(NOON, "r1", method, path, status, "AAAAAAAA12345678", scim_type)


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (failed("POST", "/Users", 409, "uniqueness"), "user-name-taken"),
        (failed("PATCH", "/Groups/{id}", 409, "uniqueness"), "group-name-taken"),
        (failed("GET", "/Users/Users", 404), "not-found"),
        (failed("GET", "/?/Users", 404), "unknown-route"),
        (failed("PATCH", "/Users/{id}", 404), "unknown-user"),
        (failed("GET", "/Users/{id}", 404), "not-found"),
        (failed("POST", "/Users", 400, "invalidValue"), "required-or-wrong-value"),
        (failed("PATCH", "/Groups/{id}", 400, "invalidValue"), "wrong-value-in-patch"),
        (failed("GET", "/Users", 400, "invalidValue"), "query"),
        (failed("POST", "/Users/.search", 400, "invalidValue"), "search"),
        (failed("GET", "/Users", 400, "invalidFilter"), "invalid-filter"),
        (failed("GET", "/Schemas", 403), "filtered-discovery"),
        (failed("POST", "/Users", 403), "scope"),
        (failed("GET", "/Users", 429), "rate"),
        (failed("POST", "/Bulk", 200), "bulk"),
        (failed("GET", "/Users", 418), "unknown"),
        (RefusedToken(NOON, "AAAAAAAA12345678", "dead token", 3), "dead-token"),
    ],
)
def test_a_failure_leads_to_its_cause(failure: FailedRequest | RefusedToken, cause: str) -> None:
    assert cause_of(failure).id == cause


def test_every_error_of_the_protocol_has_a_cause_of_its_own() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ScimError)]
    refusals = {(kind.status, kind.scim_type) for kind in kinds if kind not in (errors.ScimError, errors.Unauthorized)}

    assert len(refusals) > 20
    for status, scim_type in refusals:
        assert cause_of(failed("POST", "/Groups", status, scim_type)).id != "unknown", (status, scim_type)


def test_every_reason_that_a_known_token_is_refused_for_has_a_cause() -> None:
    for reason in set(get_args(Reason)) - BEFORE_A_TOKEN_IS_KNOWN:
        assert cause_of(RefusedToken(NOON, "AAAAAAAA12345678", reason, 1)).id != "unknown", reason


def test_every_row_can_be_reached_and_is_a_sentence() -> None:
    assert len({row.id for row in causes()}) == len(causes())
    for row in causes():
        assert row.cause.endswith(".")
        assert row.cure.endswith((".", "?"))


def test_cause_and_cure_name_the_organization_and_the_token() -> None:
    _, cure = cause_of(RefusedToken(NOON, "AAAAAAAA12345678", "dead token", 1)).told("acme", "AAAAAAAA12345678")

    assert "gangway token show acme AAAAAAAA12345678" in cure


def test_every_command_that_a_cure_names_exists() -> None:
    root = get_command(app)
    for row in causes():
        for group, command in COMMAND.findall(row.cure):
            found = root.commands[group]  # type: ignore[attr-defined]  # a group of commands
            assert not command or command in found.commands, row.id
