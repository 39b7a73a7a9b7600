"""`gangway org` and `gangway token`: what each asks of the admin API, and what people and scripts get to see."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.fakes import admin_api

if TYPE_CHECKING:
    from pathlib import Path

ACME: dict[str, Any] = {
    "id": "AAAAAAAA",
    "name": "acme",
    "displayName": "Acme Inc.",
    "provider": "entra",
    "strict": False,
    "state": "active",
    "deletion": None,
    "created": "2026-03-01T12:00:00.000Z",
    "unknownMembers": "refuse",
    "requiredAttributes": [],
    "tokenLimit": 2,
    "rateLimit": None,
    "tombstoneDays": None,
    "uniqueGroupNames": True,
    "failureDays": 30,
    "scimBaseUrl": "https://h/scim/v2/acme",
    "connectionUrl": "https://h/scim/v2/acme?aadOptscim062020",
    "provisioningBaseUrl": "https://h/provisioning/entra/v2",
}
DETAILS = {**ACME, "users": 12, "groups": 3, "liveTokens": 1, "lastSync": None}
TOKEN: dict[str, Any] = {
    "keyId": "AAAAAAAA12345678",
    "label": "Entra",
    "state": "active",
    "created": "2026-03-01T12:00:00.000Z",
    "creator": "arn:aws:iam::1:user/ops",
    "expires": None,
    "lastUsed": None,
    "scopes": [],
    "sourceRanges": [],
    "successor": None,
    "ended": None,
    "brief": False,
}
SECRET = "gangway_AAAAAAAA12345678_secret"


def test_an_organization_is_created_with_the_settings_that_were_given_and_no_others() -> None:
    with admin_api({"POST /orgs": (201, ACME)}) as api:
        done = api.run("org", "create", "acme", "--provider", "entra", "--require", "emails", "--twin-group-names")

        assert done.exit_code == 0, done.stderr
        wanted = {"name": "acme", "provider": "entra", "requiredAttributes": ["emails"], "uniqueGroupNames": False}
        assert api.asked == [("POST /orgs", wanted)]
        assert re.search(r"base URL +https://h/scim/v2/acme\n", done.stdout)
        assert re.search(r"entered there +https://h/scim/v2/acme\?aadOptscim062020\n", done.stdout)
        assert "gangway token mint acme" in done.stderr


@pytest.mark.parametrize(
    ("settings", "dialect"),
    [
        ({}, "lenient, create-by-replace"),
        ({"provider": "okta"}, "lenient"),
        ({"strict": True}, "strict"),
        ({"provider": "of a later version"}, "lenient"),
    ],
)
def test_an_organization_shows_its_dialect_and_the_rules_that_only_its_provider_has(
    settings: dict[str, Any], dialect: str
) -> None:
    with admin_api({"GET /orgs/acme": (200, DETAILS | settings)}) as api:
        shown = api.run("org", "show", "acme").stdout
        assert re.search(r"^dialect +(.*)$", shown, re.MULTILINE)[1] == dialect  # type: ignore[index] # it is there


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (["--strict"], {"strict": True}),
        (["--lenient"], {"strict": False}),
        (["--rate-limit", "100", "--token-limit", "3"], {"rateLimit": 100, "tokenLimit": 3}),
        (["--rate-limit", "0", "--tombstone-days", "-1"], {"rateLimit": None, "tombstoneDays": None}),
        (["--tombstone-days", "0"], {"tombstoneDays": 0}),
        (["--require", ""], {"requiredAttributes": []}),
        (["--unknown-members", "skip", "--failure-days", "7"], {"unknownMembers": "skip", "failureDays": 7}),
    ],
)
def test_settings_are_changed_one_by_one(options: list[str], body: dict[str, Any]) -> None:
    with admin_api({"PATCH /orgs/acme": (200, ACME)}) as api:
        assert api.run("org", "set", "acme", *options).exit_code == 0
        assert api.asked == [("PATCH /orgs/acme", body)]


def test_setting_nothing_is_no_command() -> None:
    with admin_api({}) as api:
        assert api.run("org", "set", "acme").exit_code == 2
        assert api.asked == []


def test_a_new_display_name_leaves_the_login_name_alone() -> None:
    with admin_api({"PATCH /orgs/acme": (200, ACME)}) as api:
        api.run("org", "rename", "acme", "Acme Holdings")
        assert api.asked == [("PATCH /orgs/acme", {"displayName": "Acme Holdings"})]


def test_organizations_are_a_table_for_people_and_a_list_for_scripts() -> None:
    page = {"organizations": [ACME], "nextCursor": None}
    with admin_api({"GET /orgs": (200, page)}) as api:
        rows = [line.split() for line in api.run("org", "list").stdout.splitlines()]
        assert rows[0][0] == "NAME"
        assert rows[1][0] == "acme"
        assert json.loads(api.run("org", "list", "-o", "json").stdout) == [ACME]


def test_given_no_organizations_then_the_next_step_is_told() -> None:
    with admin_api({"GET /orgs": (200, {"organizations": [], "nextCursor": None})}) as api:
        done = api.run("org", "list")
        assert (done.stdout, done.exit_code) == ("", 0)
        assert "gangway org create" in done.stderr


def test_an_organization_is_shown_with_how_it_is_doing() -> None:
    with admin_api({"GET /orgs/acme": (200, DETAILS)}) as api:
        shown = dict(line.split("  ", 1) for line in api.run("org", "show", "acme").stdout.splitlines())
        facts = {label.strip(): value.strip() for label, value in shown.items()}
        assert facts["users"] == "12"
        assert facts["last sync"] == "never"
        assert facts["provider"] == "Microsoft Entra ID"
        assert facts["rate limit"] == "as the stack says"


@pytest.mark.parametrize("verb", ["pause", "resume", "restore"])
def test_a_verb_is_a_post(verb: str) -> None:
    with admin_api({f"POST /orgs/acme/{verb}": (200, ACME)}) as api:
        assert api.run("org", verb, "acme", *(["--yes"] if verb == "pause" else [])).exit_code == 0


def test_deleting_says_what_goes_and_asks_before() -> None:
    deleting = {**ACME, "state": "deleting", "deletion": {"due": "2026-03-31T12:00:00.000Z", "users": "delete"}}
    answers = {"GET /orgs/acme": (200, DETAILS), "POST /orgs/acme/delete": (200, deleting)}
    with admin_api(answers) as api:
        unsure = api.run("org", "delete", "acme", "--users", "delete", standard_input="y\n")
        assert unsure.exit_code == 2, "a pipe is no consent"
        assert "deleted in 30 days with 12 users" in unsure.stderr
        assert len(api.asked) == 1

        done = api.run("org", "delete", "acme", "--users", "delete", "--grace-days", "7", "--yes")
        assert api.asked[-1] == ("POST /orgs/acme/delete", {"users": "delete", "graceDays": 7})
        assert "deleting, gone after 2026-03-31 12:00" in done.stdout


def test_a_token_is_minted_with_its_restrictions_and_printed_alone() -> None:
    minted = {**TOKEN, "token": SECRET}
    with admin_api({"POST /orgs/acme/tokens": (201, minted)}) as api:
        restrictions = ["--scope", "read-only", "--from", "198.51.100.0/24", "--expires", "2027-03-01"]
        done = api.run("token", "mint", "acme", "--label", "audit", *restrictions)

        assert done.stdout == f"{SECRET}\n"
        assert "only time" in done.stderr
        assert api.asked[0][1] == {
            "label": "audit",
            "expires": "2027-03-01T00:00:00.000Z",
            "scopes": ["read-only"],
            "sourceRanges": ["198.51.100.0/24"],
        }
        assert json.loads(api.run("token", "mint", "acme", "--label", "x", "-o", "json").stdout) == minted


def test_all_that_is_kept_is_written_as_lines_and_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    first: dict[str, Any] = {
        "lines": [{"kind": "organization", "name": "acme"}],
        "section": "events",
        "nextCursor": "x",
    }
    second: dict[str, Any] = {"lines": [{"kind": "event", "number": 1}], "section": "failures", "nextCursor": None}
    answers = {"GET /orgs/acme/archive": (200, first), "GET /orgs/acme/archive?cursor=x": (200, second)}
    file = tmp_path / "acme.jsonl"
    with admin_api(answers) as api:
        done = api.run("org", "export", "acme", "--to", str(file))

        assert [json.loads(line) for line in file.read_text().splitlines()] == [*first["lines"], *second["lines"]]
        assert "2 lines: 1 organization, 1 event." in done.stderr
        assert api.run("org", "export", "acme").stdout == file.read_text()
        api.answers["GET /orgs/acme/archive?cursor=x"] = (404, {"detail": "There is no such organization."})
        file.unlink()
        assert api.run("org", "export", "acme", "--to", str(file)).exit_code == 3
        assert list(tmp_path.iterdir()) == []


def test_tokens_are_listed_by_their_key_ids() -> None:
    with admin_api({"GET /orgs/acme/tokens": (200, {"tokens": [TOKEN]})}) as api:
        listed = api.run("token", "list", "acme").stdout
        assert "AAAAAAAA12345678" in listed
        assert listed.count("never") == 2


def test_dead_tokens_are_listed_on_demand_and_brief_ones_are_marked() -> None:
    dead = {**TOKEN, "keyId": "AAAAAAAA00000000", "state": "revoked", "brief": True}
    answers = {
        "GET /orgs/acme/tokens": (200, {"tokens": []}),
        "GET /orgs/acme/tokens?dead=true": (200, {"tokens": [dead], "nextCursor": "x"}),
        "GET /orgs/acme/tokens?dead=true&cursor=x": (200, {"tokens": [TOKEN], "nextCursor": None}),
    }
    with admin_api(answers) as api:
        assert "acme has no live tokens (--all shows dead ones)" in api.run("token", "list", "acme").stderr
        listed = api.run("token", "list", "acme", "--all").stdout
        assert re.search(r"AAAAAAAA00000000 .* revoked, brief ", listed)
        assert "AAAAAAAA12345678" in listed


def test_the_only_active_token_is_rotated_without_naming_it() -> None:
    dead = {**TOKEN, "keyId": "AAAAAAAA00000000", "state": "revoked"}
    rotated = {**TOKEN, "token": SECRET, "replaced": {**TOKEN, "expires": "2026-03-08T12:00:00.000Z"}}
    answers = {
        "GET /orgs/acme/tokens": (200, {"tokens": [dead, TOKEN]}),
        "POST /orgs/acme/tokens/AAAAAAAA12345678/rotate": (201, rotated),
    }
    with admin_api(answers) as api:
        done = api.run("token", "rotate", "acme", "--overlap", "7d")

        assert done.stdout == f"{SECRET}\n"
        assert "works until 2026-03-08 12:00Z" in done.stderr
        assert api.asked[-1][1] == {"overlapHours": 168, "expires": None}


def test_given_two_active_tokens_then_rotating_needs_a_name() -> None:
    other = {**TOKEN, "keyId": "AAAAAAAA87654321"}
    with admin_api({"GET /orgs/acme/tokens": (200, {"tokens": [TOKEN, other]})}) as api:
        done = api.run("token", "rotate", "acme")
        assert done.exit_code == 2
        assert "AAAAAAAA87654321" in done.stderr


@pytest.mark.parametrize(
    ("verb", "answer"), [("suspend", TOKEN), ("resume", TOKEN), ("revoke", {**TOKEN, "hashRemoved": True})]
)
def test_a_token_is_refused_only_on_purpose(verb: str, answer: dict[str, Any]) -> None:
    with admin_api({f"POST /orgs/acme/tokens/AAAAAAAA12345678/{verb}": (200, answer)}) as api:
        bare = api.run("token", verb, "acme", "AAAAAAAA12345678")
        assert bare.exit_code == (0 if verb == "resume" else 2)
        assert (
            api.run("token", verb, "acme", "AAAAAAAA12345678", *(["--yes"] if verb != "resume" else [])).exit_code == 0
        )


def test_a_revocation_whose_hash_could_not_be_removed_says_so() -> None:
    answer = {**TOKEN, "state": "revoked", "hashRemoved": False}
    with admin_api({"POST /orgs/acme/tokens/AAAAAAAA12345678/revoke": (200, answer)}) as api:
        assert "repeat the command" in api.run("token", "revoke", "acme", "AAAAAAAA12345678", "--yes").stderr


def test_the_kill_switch_is_for_one_organization_or_everywhere_slice_by_slice() -> None:
    answers = {
        "POST /orgs/acme/tokens/revoke-all": (200, {"revoked": 2, "hashesRemoved": True}),
        "POST /tokens/revoke-all": (200, {"organizations": 0, "nextCursor": "x"}),
        "POST /tokens/revoke-all?cursor=x": (200, {"organizations": 5, "nextCursor": None}),
    }
    with admin_api(answers) as api:
        assert "2" in api.run("token", "kill", "acme", "--yes").stdout
        assert "5" in api.run("token", "kill", "--everywhere", "--yes").stdout
        for wrong in ([], ["acme", "--everywhere"]):
            assert api.run("token", "kill", *wrong, "--yes").exit_code == 2


def test_hashes_are_moved_slice_by_slice_to_the_end() -> None:
    answers = {
        "POST /tokens/move": (200, {"moved": 3, "nextCursor": "x"}),
        "POST /tokens/move?cursor=x": (200, {"moved": 4, "nextCursor": None}),
    }
    with admin_api(answers) as api:
        assert api.run("token", "move").stdout.split() == ["hashes", "moved", "7"]


def test_an_unknown_organization_is_exit_code_3_with_the_next_step() -> None:
    problem = {"type": "unknown-organization", "detail": "There is no organization of this name."}
    with admin_api({"GET /orgs/nobody": (404, problem)}) as api:
        done = api.run("org", "show", "nobody")
        assert (done.exit_code, done.stdout) == (3, "")
        assert done.stderr.splitlines() == [problem["detail"], "See which there are with `gangway org list`."]


@pytest.mark.parametrize("wrong", [["--overlap", "soon"], ["--expires", "someday"]])
def test_a_time_that_is_none_says_how_to_write_one(wrong: list[str]) -> None:
    with admin_api({}) as api:
        done = api.run("token", "rotate", "acme", "AAAAAAAA12345678", *wrong)
        assert done.exit_code == 2
        assert "24h" in done.stderr
