"""Import and export at the command line, against an admin API that answers what a test scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.errors import BusyError
from tests.cli.fakes import admin_api
from tests.cli.test_admin import client

if TYPE_CHECKING:
    from pathlib import Path

ACME = {"GET /orgs/acme": (200, {"uniqueGroupNames": True})}
USERS = [{"resourceType": "User", "id": f"user {at}", "userName": f"name {at}"} for at in range(2)]
GROUP = {"resourceType": "Group", "id": "all", "displayName": "all"}


def piece(*lines: dict[str, Any], following: str | None = None) -> tuple[int, Any]:
    return 200, {"lines": lines, "expected": 3, "nextCursor": following}


def exported(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_given_somebody_who_comes_while_an_export_runs_then_no_line_names_who_has_none() -> None:
    members = {"resourceType": "Members", "group": "all", "members": ["user 0", "late", "user 1"]}
    of_late_group = {"resourceType": "Members", "group": "late group", "members": ["user 0"]}
    only_late = {"resourceType": "Members", "group": "all", "members": ["late"]}
    pieces = {
        "GET /orgs/acme/export": piece(*USERS, following="1"),
        "GET /orgs/acme/export?cursor=1": piece(GROUP, members, of_late_group, only_late),
    }
    with admin_api(pieces) as api:
        done = api.run("export", "acme")
    assert done.exit_code == 0
    assert exported(done.stdout) == [*USERS, GROUP, {**members, "members": ["user 0", "user 1"]}]


def test_given_an_export_that_fails_then_the_file_is_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "acme.jsonl"
    file.write_text("yesterday's\n")
    with admin_api({"GET /orgs/acme/export": piece(*USERS, following="1")}) as api:
        failed = api.run("export", "acme", "--to", str(file))
    assert failed.exit_code == 3
    assert [each.name for each in tmp_path.iterdir()] == ["acme.jsonl"]
    assert file.read_text() == "yesterday's\n"

    with admin_api({"GET /orgs/acme/export": piece(*USERS)}) as api:
        assert api.run("export", "acme", "--to", str(file)).exit_code == 0
    assert exported(file.read_text()) == USERS


def test_given_a_file_that_cannot_be_written_then_it_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with admin_api({"GET /orgs/acme/export": piece(*USERS)}) as api:
        failed = api.run("export", "acme", "--to", str(tmp_path / "nowhere" / "acme.jsonl"))
    assert (failed.exit_code, api.asked) == (2, [])
    assert "acme.jsonl cannot be written: No such file or directory." in failed.stderr


def test_given_an_import_that_is_refused_in_the_middle_then_it_is_said_how_far_it_came(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in USERS))
    answers: dict[str, tuple[int, Any]] = {**ACME, "POST /orgs/acme/import": (409, {"detail": "It is suspended."})}
    with admin_api(answers) as api:
        failed = api.run("import", "acme", str(file))
    assert failed.exit_code == 4
    assert failed.stderr.endswith(
        "It is suspended.\n0 of 2 rows are done; repeat the command to go on with the others.\n"
    )


def test_given_refused_rows_then_they_are_shown_by_line_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(json.dumps(USERS[0]) + "\nno JSON\n")
    row = {"line": 0, "outcome": "created", "id": "1", "detail": ""}
    with admin_api({**ACME, "POST /orgs/acme/import": (200, {"rows": [row]})}) as api:
        done = api.run("import", "acme", str(file))
    assert done.exit_code == 7
    assert done.stdout.splitlines()[1].split()[:2] == ["2", "refused"]
    assert done.stderr == (
        "1 created, 1 refused.\nCorrect the refused rows and repeat the command; it changes nothing twice.\n"
    )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_given_an_answer_that_may_pass_then_it_can_be_told_from_a_refusal(status: int) -> None:
    with admin_api({"GET /orgs": (status, {"message": "Too Many Requests"})}) as api, pytest.raises(BusyError) as busy:
        client(api.url).get("/orgs")
    assert busy.value.reached


def test_given_nobody_who_answers_then_that_is_told_too() -> None:
    with admin_api({}) as api:
        url = api.url
    with pytest.raises(BusyError) as busy:
        client(url).get("/orgs")
    assert not busy.value.reached
