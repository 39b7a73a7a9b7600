"""What is kept of requests that fail, from event to store; of those that succeed, nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gangway.diagnosis.recorder import NOBODY
from gangway.directory.ports import Overloaded
from gangway.scim.errors import Uniqueness
from tests.http.fakes import Scim

if TYPE_CHECKING:
    from gangway.diagnosis.failure import FailedRequest
    from gangway.directory.representation import Answer

ACME = "AAAAAAAA"
CANARY = "zx9canary"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def scim() -> Scim:
    return Scim()


def kept(scim: Scim) -> list[FailedRequest]:
    return scim.failures.kept.get(ACME, [])


def refuse(scim: Scim, error: Exception) -> None:
    def answer(*_: Any) -> Answer:
        raise error

    scim.directory.answer = answer


def test_a_request_that_succeeds_costs_the_store_nothing(scim: Scim) -> None:
    assert scim.send("GET", "/Users").status == 200
    assert scim.send("POST", "/Users", {"userName": "a"}).status == 201

    assert scim.failures.writes == 0


def test_a_refused_request_is_kept_as_codes_and_shapes(scim: Scim) -> None:
    refuse(scim, Uniqueness("userName is taken by another User"))

    scim.send("POST", "/Users?attributes=userName", {"userName": CANARY, "active": "True"})

    (failure,) = kept(scim)
    assert (failure.method, failure.path, failure.status, failure.scim_type) == ("POST", "/Users", 409, "uniqueness")
    assert failure.detail == "userName is taken by another User"
    assert failure.query == {"attributes": "userName"}
    assert failure.body == {"userName": "text(9)", "active": "text(4)"}
    assert (failure.request_id, failure.key_id[:8]) == ("request-1", ACME)
    assert failure.duration_ms > 0
    assert scim.failures.days == [scim.acme.failure_days]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f'/Users?count={CANARY}&filter=userName eq "{CANARY}"', None),
        ("GET", f"/{CANARY}/Users", None),
        ("PATCH", f"/Users/{CANARY}", {"Operations": [{"op": CANARY, "path": f'emails[value eq "{CANARY}"]'}]}),
        ("POST", "/Users", f'{{"userName": "{CANARY}"'),
        ("POST", "/Users", {"schemas": [CANARY], f"{CANARY}@example.com": CANARY}),
    ],
)
def test_no_value_of_a_request_is_kept(scim: Scim, method: str, path: str, body: Any) -> None:
    refuse(scim, Uniqueness("refused"))

    assert scim.send(method, path, body).status >= 400

    assert len(kept(scim)) == 1
    assert CANARY not in repr(kept(scim))


def test_an_id_is_kept_only_if_it_is_one(scim: Scim) -> None:
    user = "0199c5f2-7a3b-7c11-8d22-0123456789ab"
    refuse(scim, Uniqueness("refused"))
    for resource_id in (user, "ada@example.com"):
        scim.send("PUT", f"/Users/{resource_id}", {"userName": "a"})

    assert [failure.resource_id for failure in kept(scim)] == [user, None]
    assert {failure.path for failure in kept(scim)} == {"/Users/{id}"}


def test_a_fault_of_ours_is_kept_too(scim: Scim) -> None:
    refuse(scim, Overloaded("busy"))

    scim.send("POST", "/Users", {"userName": "a"})

    assert [failure.status for failure in kept(scim)] == [503]


def test_a_bulk_request_is_kept_if_one_of_its_operations_failed(scim: Scim) -> None:
    operation = {"method": "DELETE", "path": "/Users/nobody"}
    refuse(scim, Uniqueness("refused"))

    assert scim.send("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]}).status == 200

    (failure,) = kept(scim)
    assert failure.status == 200
    assert [(each["operation"], each["method"]) for each in failure.operations] == [(1, "DELETE")]


def test_a_token_of_this_organization_that_is_refused_is_counted_for_it(scim: Scim) -> None:
    assert scim.send("GET", "/Users", door="/scim/v2/globex").status == 401

    (refused,) = scim.failures.counts[ACME].values()
    assert (refused.reason, refused.count, refused.key_id[:8]) == ("other organization", 1, ACME)
    assert kept(scim) == []


def test_a_well_formed_token_that_nobody_has_is_counted_for_nobody(scim: Scim) -> None:
    scim.records.tokens.clear()

    assert scim.send("GET", "/Users").status == 401

    (refused,) = scim.failures.counts[NOBODY].values()
    assert (refused.key_id, refused.reason) == ("", "unknown")


@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic eDp5"])
def test_what_is_no_token_is_not_counted(scim: Scim, authorization: str | None) -> None:
    assert scim.send("GET", "/Users", authorization=authorization).status == 401

    assert scim.failures.writes == 0


def test_given_a_store_that_is_down_then_answers_are_the_same(scim: Scim) -> None:
    refuse(scim, Uniqueness("refused"))
    healthy = scim.send("POST", "/Users", {"userName": "a"})
    scim.failures.broken = True
    broken = scim.send("POST", "/Users", {"userName": "a"})

    assert (broken.status, broken.text) == (healthy.status, healthy.text)
    assert json.loads(broken.text)["status"] == "409"
