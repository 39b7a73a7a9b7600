"""A fault of ours is told with the status after which the client tries again, and kept with its true cause."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gangway.access.providers import PROVIDERS
from gangway.diagnosis.causes import cause_of
from gangway.directory.ports import Overloaded, TryAgain
from gangway.scim.errors import Unavailable
from tests.http.fakes import Scim

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.diagnosis.failure import FailedRequest
    from gangway.directory.representation import Answer

OTHERS = sorted(PROVIDERS.keys() - {"okta"})


@pytest.fixture
def scim() -> Scim:
    return Scim()


def of(scim: Scim, provider: str) -> Scim:
    """The same organization with another provider."""
    scim.acme = scim.records.change(scim.acme, provider=provider)
    return scim


def failing(scim: Scim, error: Exception) -> None:
    def answer(*_asked: object) -> Answer:
        raise error

    scim.directory.answer = answer


def throttled(scim: Scim) -> None:
    failing(scim, Overloaded("the table is throttled"))


def out_of_attempts(scim: Scim) -> None:
    failing(scim, Unavailable("The directory is busy with other changes.", retry_after=2))


def timed_out(scim: Scim) -> None:
    failing(scim, TryAgain("no answer in time"))


def late(scim: Scim) -> None:
    scim.context.remaining_ms = 100


FAULTS = (throttled, out_of_attempts, timed_out, late)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the last request left in the log."""
    entry: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return entry


def kept(scim: Scim) -> FailedRequest:
    """The last failure of the organization that is kept."""
    return scim.failures.kept[scim.acme.id][-1]


@pytest.mark.parametrize("fault", FAULTS)
def test_given_okta_then_a_fault_of_ours_is_429_with_retry_after(scim: Scim, fault: Callable[[Scim], None]) -> None:
    fault(of(scim, "okta"))

    reply = scim.send("GET", "/Users/1")

    assert (reply.status, reply.json()["status"]) == (429, "429")
    assert int(reply.headers["Retry-After"]) in (1, 2)
    assert reply.headers["Content-Type"] == "application/scim+json"


@pytest.mark.parametrize("provider", OTHERS)
@pytest.mark.parametrize("fault", FAULTS)
def test_given_any_other_provider_then_it_is_503(scim: Scim, fault: Callable[[Scim], None], provider: str) -> None:
    fault(of(scim, provider))

    reply = scim.send("GET", "/Users/1")

    assert (reply.status, reply.json()["status"]) == (503, "503")
    assert int(reply.headers["Retry-After"]) in (1, 2)


@pytest.mark.parametrize("service", ["records", "hashes"])
def test_given_a_fault_before_the_token_is_verified_then_it_is_503_for_okta_too(scim: Scim, service: str) -> None:
    getattr(of(scim, "okta"), service).down = True

    assert scim.send("GET", "/Users/1").status == 503


def test_given_a_bug_then_it_is_500_for_okta_too_since_trying_again_will_not_mend_it(scim: Scim) -> None:
    failing(of(scim, "okta"), RuntimeError("a bug"))

    assert scim.send("GET", "/Users/1").status == 500


def test_given_a_fault_told_as_429_then_log_and_failures_keep_what_it_was(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    throttled(of(scim, "okta"))
    scim.send("GET", "/Users/1")

    entry = line(capsys)
    assert (entry["status"], entry["reason"]) == (429, "fault of ours")
    assert "Overloaded" in entry["failure"]["errors"][0]
    assert entry["FaultsAnswered429"] == 1
    assert "Throttled" not in entry
    assert (kept(scim).status, kept(scim).reason) == (429, "fault of ours")
    assert cause_of(kept(scim)).id == "unavailable"


def test_given_okta_is_faster_than_its_rate_then_that_is_no_fault_of_ours(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    scim.records.change(of(scim, "okta").acme, rate_limit=1)
    scim.send("GET", "/Users/1")

    assert scim.send("GET", "/Users/1").status == 429
    entry = line(capsys)
    assert "reason" not in entry
    assert entry["Throttled"] == 1
    assert (cause_of(kept(scim)).id, kept(scim).path) == ("rate", "/Users/{id}")


@pytest.mark.parametrize(("provider", "status"), [("okta", 429), ("entra", 503)])
def test_given_a_paused_organization_then_what_it_is_refused_is_kept_with_cause_and_cure(
    scim: Scim, provider: str, status: int
) -> None:
    scim.records.change(of(scim, provider).acme, state="paused")

    reply = scim.send("PATCH", "/Users/0199c5f2-7a3b-7c11-8d22-0123456789ab", {"Operations": []})

    assert (reply.status, reply.headers["Retry-After"]) == (status, "300")
    assert (kept(scim).status, kept(scim).path, kept(scim).method) == (status, "/Users/{id}", "PATCH")
    row = cause_of(kept(scim))
    assert row.id == "paused-organization"
    assert "gangway org resume acme" in row.told("acme", "")[1]


def test_given_a_paused_organization_then_a_wrong_token_learns_nothing_of_it(scim: Scim) -> None:
    scim.records.change(scim.acme, state="paused")

    assert scim.send("GET", "/Users", authorization="Bearer x").status == 401
    assert scim.failures.kept == {}
