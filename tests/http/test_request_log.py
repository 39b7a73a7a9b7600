"""The log of requests: one line each, whatever is answered, and nothing in it that a client chose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gangway.directory.ports import Overloaded
from gangway.directory.representation import Answer
from gangway.scim.errors import NotFound, PreconditionFailed, Unavailable, Uniqueness
from gangway.scim.limits import LIMITS
from tests.http.fakes import Scim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def scim() -> Scim:
    return Scim()


def raising(error: Exception) -> Callable[..., Answer]:
    def answer(*_asked: object) -> Answer:
        raise error

    return answer


def answering(error: Exception) -> Callable[[Scim], None]:
    def prepare(scim: Scim) -> None:
        scim.directory.answer = raising(error)

    return prepare


def vault_down(scim: Scim) -> None:
    scim.hashes.down = True


def paused(scim: Scim) -> None:
    scim.records.change(scim.acme, state="paused")


def late(scim: Scim) -> None:
    scim.context.remaining_ms = 100


def over_the_limit(scim: Scim) -> None:
    scim.records.change(scim.acme, rate_limit=1)
    scim.send("GET", "/Users")


def store_of_failures_with_a_bug(scim: Scim) -> None:
    scim.directory.answer = raising(Uniqueness("taken"))
    scim.failures.wrong = True


def as_it_is(_scim: Scim) -> None:
    """Nothing special."""


EVERY_KIND_OF_ANSWER: Mapping[str, tuple[Callable[[Scim], None], tuple[Any, ...], int]] = {
    "found": (as_it_is, ("GET", "/Users/1"), 200),
    "created": (as_it_is, ("POST", "/Users", {"userName": "a"}), 201),
    "deleted": (as_it_is, ("DELETE", "/Users/1"), 204),
    "head": (as_it_is, ("HEAD", "/Users/1"), 200),
    "options": (as_it_is, ("OPTIONS", "/Users"), 204),
    "no JSON": (as_it_is, ("POST", "/Users", "{"), 400),
    "no such endpoint": (as_it_is, ("GET", "/Nothing"), 404),
    "no such resource": (answering(NotFound("gone")), ("GET", "/Users/1"), 404),
    "wrong method": (as_it_is, ("PUT", "/Users", {}), 405),
    "taken": (answering(Uniqueness("taken")), ("POST", "/Users", {"userName": "a"}), 409),
    "changed meanwhile": (answering(PreconditionFailed("changed")), ("PUT", "/Users/1", {}), 412),
    "too large": (as_it_is, ("POST", "/Users", " " * (LIMITS.max_payload_size + 1)), 413),
    "rate limit": (over_the_limit, ("GET", "/Users"), 429),
    "a bug": (answering(RuntimeError("bug")), ("GET", "/Users/1"), 500),
    "me": (as_it_is, ("GET", "/Me"), 501),
    "busy": (answering(Overloaded("busy")), ("GET", "/Users/1"), 503),
    "table down": (answering(Unavailable("down", retry_after=1)), ("GET", "/Users/1"), 503),
    "vault down": (vault_down, ("GET", "/Users/1"), 503),
    "paused": (paused, ("GET", "/Users/1"), 503),
    "no time left": (late, ("GET", "/Users/1"), 503),
    "failure cannot be kept": (store_of_failures_with_a_bug, ("POST", "/Users", {"userName": "a"}), 409),
    "bulk": (
        answering(NotFound("gone")),
        ("POST", "/Bulk", {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": "/Users/1"}] * 3}),
        200,
    ),
}


@pytest.mark.parametrize("kind", EVERY_KIND_OF_ANSWER)
def test_given_any_kind_of_answer_then_exactly_one_line_tells_of_it(
    scim: Scim, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    prepare, request, status = EVERY_KIND_OF_ANSWER[kind]
    prepare(scim)
    capfd.readouterr()

    assert scim.send(*request).status == status

    printed = capfd.readouterr()
    (line,) = printed.out.splitlines()
    entry = json.loads(line)
    assert (entry["message"], entry["requestId"], entry["status"]) == ("request", "request-1", status)
    assert printed.err == ""


@pytest.mark.parametrize("authorization", [None, "", "Bearer x", "Basic eDp5"])
def test_given_no_good_token_then_exactly_one_line_tells_of_it(
    scim: Scim, capfd: pytest.CaptureFixture[str], authorization: str | None
) -> None:
    door = "/scim/v2/globex" if authorization == "" else "/scim/v2/acme"
    assert scim.send("GET", "/Users", authorization=authorization, door=door).status == 401

    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["status"] == 401


def test_given_a_failure_that_cannot_be_kept_then_the_line_says_why(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    store_of_failures_with_a_bug(scim)
    capsys.readouterr()
    scim.send("POST", "/Users", {"userName": "a"})

    assert json.loads(capsys.readouterr().out)["notKept"]["errors"] == ["builtins.AssertionError"]


def test_given_a_new_function_then_its_first_line_says_so_and_no_other(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        scim.send("GET", "/Users")

    first, *others = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first["coldStart"] is True
    assert not any("coldStart" in entry for entry in others)


def test_given_a_request_then_one_line_tells_what_it_was_and_holds_its_metrics(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    scim.send("GET", "/Users/0190aaaa?filter=userName%20eq%20%22alice%22")
    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert entry["route"] == "/Users/{id}"
    assert (entry["method"], entry["status"], entry["requestId"]) == ("GET", 200, "request-1")
    assert (entry["organization"], entry["keyId"]) == ("AAAAAAAA", scim.token.split("_")[1])
    assert entry["Duration"] >= 0
    (directive,) = entry["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"]]
    assert {metric["Name"] for metric in directive["Metrics"]} == {"Duration"}


def test_given_members_that_were_skipped_then_they_are_counted_and_logged(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    class Skipping(list[Any]):
        def append(self, context: Any) -> None:
            context.skipped_members(2)

    scim.directory.contexts = Skipping()
    capsys.readouterr()
    scim.send("GET", "/Users")
    entry = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert entry["MembersSkipped"] == 2
    assert {"Name": "MembersSkipped", "Unit": "Count"} in entry["_aws"]["CloudWatchMetrics"][0]["Metrics"]


def test_LOG_01_LOG_04_given_values_everywhere_in_a_request_then_none_of_them_is_in_the_log(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "c4n4ry"
    for method, path in [
        ("GET", f"/Users/{canary}"),
        ("GET", f"/{canary}"),
        ("POST", f"/Users?filter={canary}"),
        (canary, "/Users"),
    ]:
        scim.send(method, path, {"userName": canary, canary: 1}, headers={"User-Agent": canary, canary: canary})
        scim.send(method, path, canary, authorization=f"Bearer {canary}", door=f"/scim/v2/{canary}")
    out = capsys.readouterr().out
    assert canary not in out
    assert scim.token.split("_")[2] not in out
    assert all(json.loads(line) for line in out.splitlines())


@pytest.mark.parametrize(
    ("authorization", "reason", "metric"),
    [("Bearer x", "malformed", "Unauthorized"), (None, "missing", "Unauthorized")],
)
def test_LOG_06_given_a_refused_token_then_the_log_has_the_reason_and_the_client_has_not(
    scim: Scim, capsys: pytest.CaptureFixture[str], authorization: str | None, reason: str, metric: str
) -> None:
    capsys.readouterr()
    reply = scim.send("GET", "/Users", authorization=authorization)
    entry = json.loads(capsys.readouterr().out)
    assert entry["authentication"] == reason
    assert entry[metric] == 1
    assert f'"{reason}"' not in reply.text


def test_given_dialect_rules_that_fire_then_line_and_metric_count_them(
    scim: Scim, capsys: pytest.CaptureFixture[str]
) -> None:
    def lenient(*_asked: object) -> Answer:
        scim.directory.contexts[-1].dialect.fired["text-booleans"] += 2
        return Answer(204)

    scim.directory.answer = lenient
    capsys.readouterr()
    scim.send("PATCH", "/Users/1", {})
    entry = json.loads(capsys.readouterr().out)
    assert (entry["dialectRules"], entry["DialectRules"]) == ({"text-booleans": 2}, 2)
