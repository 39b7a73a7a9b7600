"""`gangway events`, `replay` and `webhook`: what each asks of the admin API, and what people and scripts get to see."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.fakes import admin_api

ENDPOINT: dict[str, Any] = {
    "id": "we01",
    "url": "https://app.example.com/in",
    "types": None,
    "form": "thin",
    "audience": None,
    "description": "",
    "created": "2026-03-01T12:00:00.000Z",
    "oldSecretUntil": None,
    "disabled": None,
    "nextNumber": 8,
    "behind": 0,
    "heldResources": 0,
    "heldEvents": 0,
    "nextAttempt": None,
    "lastSuccess": None,
    "replayUntil": None,
}
WITH_SECRET = {**ENDPOINT, "secret": "whsec_AAAA"}
ONE = "/orgs/acme/webhooks/we01"
ANSWER = {"status": 204, "failure": None, "milliseconds": 12, "excerpt": ""}
ATTEMPT = {
    "number": 7,
    "eventId": "u1-1",
    "requestId": "req-1",
    "resourceId": "u1",
    "attempt": 1,
    "time": "2026-03-01T12:00:00.000Z",
    "outcome": "delivered",
    "answer": ANSWER,
}


def event(number: int, **data: Any) -> dict[str, Any]:
    told = {"resourceId": "u1", "changed": ["userName"], **data}
    return {"number": number, "type": "user.created", "timestamp": "2026-03-01T12:00:00.000Z", "data": told}


def test_an_endpoint_is_added_with_what_was_given_and_its_secret_is_all_of_the_output() -> None:
    with admin_api({"POST /orgs/acme/webhooks": (201, WITH_SECRET)}) as api:
        done = api.run("webhook", "add", "acme", ENDPOINT["url"], "--form", "full", "--type", "user.deleted")

        assert api.asked[0][1] == {"url": ENDPOINT["url"], "form": "full", "types": ["user.deleted"]}
        assert done.stdout.strip() == "whsec_AAAA"
        assert "gangway webhook test acme we01" in done.stderr


@pytest.mark.parametrize(
    ("command", "call", "body"),
    [
        (["disable"], f"POST {ONE}/disable", {}),
        (["enable"], f"POST {ONE}/enable", {}),
        (["show"], f"GET {ONE}", None),
        (["change", "--description", "crm"], f"PATCH {ONE}", {"description": "crm"}),
    ],
)
def test_commands_on_an_endpoint_ask_for_one_thing_and_show_it(command: list[str], call: str, body: Any) -> None:
    with admin_api({call: (200, {**ENDPOINT, "disabled": "by hand", "secret": None})}) as api:
        done = api.run("webhook", command[0], "acme", "we01", *command[1:])

        assert done.exit_code == 0, done.stderr
        assert api.asked == [(call, body)]
        assert "disabled: by hand" in done.stdout


def test_endpoints_are_listed_with_how_far_they_are_behind() -> None:
    listed = {"endpoints": [{**ENDPOINT, "behind": 41, "heldEvents": 2, "replayUntil": 9}]}
    with admin_api({"GET /orgs/acme/webhooks": (200, listed)}) as api:
        row = api.run("webhook", "list", "acme").stdout.splitlines()[1].split()

        assert row == ["we01", ENDPOINT["url"], "thin", "replaying", "41", "2", "never"]


def test_a_secret_is_replaced_with_an_overlap_and_without_one_only_when_confirmed() -> None:
    with admin_api({f"POST {ONE}/rotate-secret": (200, WITH_SECRET)}) as api:
        assert api.run("webhook", "rotate-secret", "acme", "we01", "--overlap", "7d").stdout.strip() == "whsec_AAAA"
        assert api.run("webhook", "rotate-secret", "acme", "we01", "--overlap", "0h").exit_code == 2
        assert api.run("webhook", "rotate-secret", "acme", "we01", "--overlap", "0h", "--yes").exit_code == 0

        assert [body for _, body in api.asked] == [{"overlapHours": 168}, {"overlapHours": 0}]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(ANSWER, 0), ({**ANSWER, "status": 500}, 7), ({**ANSWER, "status": None, "failure": "timeout"}, 7)],
)
def test_a_test_that_the_receiver_does_not_accept_ends_with_a_code_of_its_own(answer: Any, code: int) -> None:
    with admin_api({f"POST {ONE}/test": (200, answer)}) as api:
        done = api.run("webhook", "test", "acme", "we01")

        assert done.exit_code == code
        assert str(answer["status"] or answer["failure"]) in done.stdout


def test_attempts_and_dead_letters_are_listed() -> None:
    letters = {"deadLetters": [{"number": 3, "time": ATTEMPT["time"], "reason": "timeout", "resourceId": "u2"}]}
    answers: dict[str, tuple[int, Any]] = {
        f"GET {ONE}/deliveries?limit=50": (200, {"deliveries": [ATTEMPT], "nextCursor": None}),
        f"GET {ONE}/dead-letters": (200, {**letters, "nextCursor": None}),
    }
    with admin_api(answers) as api:
        assert "delivered  204     12  u1" in api.run("webhook", "deliveries", "acme", "we01").stdout
        assert "timeout  u2" in api.run("webhook", "deliveries", "acme", "we01", "--dead").stdout


def test_all_dead_letters_are_redriven_by_as_many_requests_as_it_takes() -> None:
    with admin_api({f"POST {ONE}/redrive": (200, {"redriven": 2})}) as api:
        assert "2" in api.run("webhook", "redrive", "acme", "we01", "4711", "4712").stdout
        assert api.asked == [(f"POST {ONE}/redrive", {"numbers": [4711, 4712]})]


def test_the_newest_events_are_shown_a_line_each() -> None:
    answers: dict[str, tuple[int, Any]] = {
        "GET /orgs/acme/events?cursor=newest&limit=1": (200, {"events": [], "cursor": "9", "more": False}),
        "GET /orgs/acme/events?cursor=7&limit=100": (
            200,
            {"events": [event(8), event(9, membersAdded=["a", "b"])], "cursor": "9", "more": False},
        ),
    }
    with admin_api(answers) as api:
        lines = api.run("events", "acme", "--last", "2").stdout.splitlines()

        assert [line.split()[0] for line in lines] == ["8", "9"]
        assert lines[0].endswith("userName")
        assert lines[1].endswith("+2 members")


def test_all_events_are_given_as_json_lines_page_after_page() -> None:
    answers: dict[str, tuple[int, Any]] = {
        "GET /orgs/acme/events?limit=100": (200, {"events": [event(1)], "cursor": "1", "more": True}),
        "GET /orgs/acme/events?cursor=1&limit=100": (200, {"events": [event(2)], "cursor": "2", "more": False}),
    }
    with admin_api(answers) as api:
        lines = api.run("events", "acme", "--cursor", "0", "-o", "json").stdout.splitlines()

        assert [json.loads(line)["number"] for line in lines] == [1, 2]


def test_a_range_is_replayed_to_an_endpoint() -> None:
    with admin_api({f"POST {ONE}/replay": (200, {**ENDPOINT, "replayUntil": 9})}) as api:
        done = api.run("replay", "acme", "--from", "5", "--to", "9", "--endpoint", "we01")

        assert api.asked == [(f"POST {ONE}/replay", {"first": 5, "last": 9})]
        assert "replaying" in done.stdout


@pytest.mark.parametrize("options", [[], ["--from", "5"], ["--snapshot", "--from", "5", "--endpoint", "we01"]])
def test_a_replay_that_does_not_say_what_and_to_whom_is_refused(options: list[str]) -> None:
    with admin_api({}) as api:
        assert api.run("replay", "acme", *options).exit_code == 2
        assert api.asked == []


def test_a_snapshot_is_written_to_its_end_and_says_where_to_go_on() -> None:
    answers: dict[str, tuple[int, Any]] = {
        "GET /orgs/acme/snapshot": (200, {"events": [event(1)], "nextCursor": "x", "eventsCursor": "41"}),
        "GET /orgs/acme/snapshot?cursor=x": (200, {"events": [event(2)], "nextCursor": None, "eventsCursor": "41"}),
    }
    with admin_api(answers) as api:
        done = api.run("replay", "acme", "--snapshot")

        assert len(done.stdout.splitlines()) == 2
        assert "cursor 41" in done.stderr


def test_a_snapshot_is_delivered_part_by_part_and_a_refusal_says_what_to_do() -> None:
    part = {"posted": 5, "nextCursor": None, "refused": None}
    with admin_api({f"POST {ONE}/snapshot": (200, part)}) as api:
        done = api.run("replay", "acme", "--snapshot", "--endpoint", "we01", "--yes", "-o", "json")
        assert json.loads(done.stdout) == {"posted": 5}
    refused = {"posted": 1, "nextCursor": "x", "refused": {**ANSWER, "status": 500}}
    with admin_api({f"POST {ONE}/snapshot": (200, refused)}) as api:
        done = api.run("replay", "acme", "--snapshot", "--endpoint", "we01", "--yes")
        assert done.exit_code == 1
        assert "gangway webhook enable acme we01" in done.stderr
