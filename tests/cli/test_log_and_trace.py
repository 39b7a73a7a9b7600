"""`gangway log` and `gangway trace`: from a failure to its cause, and from a request to who heard of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.cli import log
from infra.cli.times import wire
from tests.cli.fakes import FakeAdminApi, admin_api

FAILED: dict[str, Any] = {
    "time": "2026-03-01T12:00:07.123Z",
    "kind": "request",
    "keyId": "AAAAAAAA12345678",
    "count": 8,
    "causeId": "user-name-taken",
    "cause": "Another user has this userName.",
    "cure": "Rename one of them.",
    "reason": None,
    "requestId": "r1",
    "method": "POST",
    "path": "/Users",
    "status": 409,
    "scimType": "uniqueness",
    "detail": "userName is taken by another User",
    "resourceId": None,
    "durationMs": 12.5,
    "dialectRules": {"text-booleans": 1},
    "query": {"filter": "userName eq ?"},
    "body": {"userName": "text(3)"},
    "operations": [],
}
REFUSED = {
    **FAILED,
    "kind": "token",
    "count": 4,
    "reason": "wrong secret",
    "requestId": None,
    "detail": None,
    "dialectRules": {},
    "query": {},
    "body": None,
}
EVENT = {
    "event": {
        "type": "user.created",
        "number": 7,
        "timestamp": "2026-03-01T12:00:07.200Z",
        "data": {"resourceId": "0199"},
    },
    "webhooks": [
        {
            "endpoint": "e1",
            "url": "https://app.example/hook",
            "state": "delivered",
            "attempts": [
                {
                    "attempt": 1,
                    "time": "2026-03-01T12:00:08.000Z",
                    "outcome": "delivered",
                    "answer": {"status": 204, "failure": None, "milliseconds": 31},
                }
            ],
        }
    ],
}


class AnyTime(dict[str, tuple[int, Any]]):
    """Answers to paths whatever the time in their query."""

    def get(self, call: str, default: Any = None) -> Any:
        return super().get(call.partition("?")[0], default)


def asked_since(api: FakeAdminApi) -> datetime:
    query = api.asked[0][0].partition("since=")[2].partition("&")[0].replace("%3A", ":")
    return datetime.fromisoformat(query)


def test_a_failure_is_told_with_its_cause_and_cure() -> None:
    answers = AnyTime({"GET /orgs/acme/failures": (200, {"failures": [FAILED], "nextCursor": None})})
    with admin_api(answers) as api:
        assert api.run("log", "acme", "--failed").stdout.splitlines() == [
            "2026-03-01 12:00:07Z  POST  /Users  409  uniqueness  (number 8 in this minute)",
            "  answer  userName is taken by another User",
            "  cause   Another user has this userName.",
            "  cure    Rename one of them.",
            "  query   filter=userName eq ?",
            '  body    {"userName": "text(3)"}',
            "  dialect text-booleans ×1",
            "  token   AAAAAAAA12345678",
            "  request r1, 12.5 ms",
            "",
        ]


def test_refused_tokens_are_told_by_minute_and_operations_of_a_bulk_request_one_by_one() -> None:
    operation = {"operation": 2, "method": "POST", "status": 409, "scimType": "uniqueness", "detail": "taken"}
    bulk = {**FAILED, "status": 200, "scimType": None, "detail": None, "operations": [operation]}
    answers = AnyTime({"GET /orgs/acme/failures": (200, {"failures": [REFUSED, bulk], "nextCursor": None})})
    with admin_api(answers) as api:
        shown = api.run("log", "acme").stdout
        assert "401  wrong secret, at least 4 times in this minute" in shown
        assert "  op. 2   POST 409 uniqueness taken" in shown


def test_scripts_get_a_line_of_json_for_each() -> None:
    answers = AnyTime({"GET /orgs/acme/failures": (200, {"failures": [FAILED, REFUSED], "nextCursor": None})})
    with admin_api(answers) as api:
        lines = api.run("log", "acme", "-o", "json").stdout.splitlines()
        assert [json.loads(line) for line in lines] == [FAILED, REFUSED]


@pytest.mark.parametrize(
    ("option", "hours"), [([], 1), (["--since", "7d"], 168), (["--since", "30m"], 0.5)], ids=["default", "7d", "30m"]
)
def test_it_looks_back_as_far_as_it_is_told(option: list[str], hours: float) -> None:
    answers = AnyTime({"GET /orgs/acme/failures": (200, {"failures": [], "nextCursor": None})})
    with admin_api(answers) as api:
        done = api.run("log", "acme", *option)
        assert abs(datetime.now(UTC) - timedelta(hours=hours) - asked_since(api)) < timedelta(minutes=1)
        assert "No request of acme has failed" in done.stderr


def test_following_shows_each_once_and_a_growing_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = [[REFUSED], [REFUSED, FAILED], [{**REFUSED, "count": 8}, FAILED]]
    answers = AnyTime()

    def next_round(_: float) -> None:
        if not rounds:
            raise KeyboardInterrupt
        answers["GET /orgs/acme/failures"] = (200, {"failures": rounds.pop(0), "nextCursor": None})

    next_round(0)
    monkeypatch.setattr(time, "sleep", next_round)
    with admin_api(answers) as api:
        done = api.run("log", "acme", "--follow", "-o", "json")
        counts = [(each["kind"], each["count"]) for each in map(json.loads, done.stdout.splitlines())]
        assert counts == [("token", 4), ("request", 8), ("token", 8)]
        assert done.exit_code == 0
    assert log.FOLLOW_SECONDS > 0


def test_a_request_is_followed_to_its_change_and_to_who_heard_of_it() -> None:
    answers = AnyTime(
        {
            "GET /orgs": (200, {"organizations": [{"name": "acme"}, {"name": "globex"}], "nextCursor": None}),
            "GET /orgs/acme/failures": (200, {"failures": [], "nextCursor": None}),
            "GET /orgs/acme/requests/r1/events": (200, {"events": []}),
            "GET /orgs/globex/failures": (200, {"failures": [], "nextCursor": None}),
            "GET /orgs/globex/requests/r1/events": (200, {"events": [EVENT]}),
        }
    )
    with admin_api(answers) as api:
        done = api.run("trace", "r1")
        assert "A request of globex." in done.stderr
        assert done.stdout.splitlines() == [
            "2026-03-01 12:00:07Z  user.created  0199",
            "  event    number 7 of the log",
            "  webhook  https://app.example/hook  delivered",
            "           2026-03-01 12:00:08Z  attempt 1  delivered  204, 31 ms",
        ]
        found = json.loads(api.run("trace", "r1", "--org", "globex", "-o", "json").stdout)
        assert found == {"organization": "globex", "failures": [], "events": [EVENT]}


def test_a_request_that_left_no_trace_is_exit_code_3_and_says_where_else_to_look() -> None:
    answers = AnyTime(
        {
            "GET /orgs/acme/failures": (200, {"failures": [], "nextCursor": None}),
            "GET /orgs/acme/requests/r1/events": (200, {"events": []}),
        }
    )
    with admin_api(answers) as api:
        done = api.run("trace", "r1", "--org", "acme")
        assert done.exit_code == 3
        assert "aws logs filter-log-events" in done.stderr


def test_a_time_on_the_wire_is_in_utc_with_milliseconds() -> None:
    assert wire(datetime.fromisoformat("2026-03-01T14:00:00+02:00")) == "2026-03-01T12:00:00.000Z"
