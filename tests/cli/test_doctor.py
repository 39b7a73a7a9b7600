"""`gangway doctor` against servers that are each sick in one way: it must name the step that fails, and no other."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.doctor import played
from infra.cli.errors import CliError
from infra.cli.probes import PREFIX, PROBES, Step
from infra.cli.scim_client import ScimClient
from tests.cli.fakes import admin_api
from tests.cli.hospital import Exchange, server

if TYPE_CHECKING:
    from tests.cli.hospital import Sabotage

EVERYBODY = list(PROBES)
ERROR = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "%d", "detail": "sabotaged"}'


def steps(sabotage: Sabotage | None = None, providers: list[str] = EVERYBODY) -> list[Step]:
    with server(sabotage) as (url, token):
        return list(played(ScimClient(url, token), providers, {}))


def left_behind(sabotage: Sabotage) -> list[Any]:
    """What is there after the doctor was there."""
    with server(sabotage) as (url, token):
        client = ScimClient(url, token)
        list(played(client, EVERYBODY, {}))
        return [
            each
            for path, name in (("/Users", "userName"), ("/Groups", "displayName"))
            for each in (client.send("GET", path).body or {}).get("Resources", [])
            if each[name].startswith(PREFIX)
        ]


def refuse(exchange: Exchange, status: int) -> None:
    exchange.status, exchange.answer, exchange.media_type = status, ERROR % status, "application/scim+json"


def change(exchange: Exchange, **members: Any) -> None:
    exchange.answer = json.dumps({**json.loads(exchange.answer), **members})


def nothing_found_is_404(exchange: Exchange) -> None:
    if '"totalResults":0' in exchange.answer:
        refuse(exchange, 404)


def ids_are_numbers(exchange: Exchange) -> None:
    if exchange.status == 201:
        change(exchange, id=17)


def creates_are_empty(exchange: Exchange) -> None:
    if exchange.status == 201:
        exchange.answer = ""


def empty_lists_are_refused(exchange: Exchange) -> None:
    if exchange.method == "PUT" and '"addresses": []' in (exchange.body or ""):
        refuse(exchange, 400)


def deactivation_is_ignored(exchange: Exchange) -> None:
    if exchange.method == "PUT" and '"active": false' in (exchange.body or ""):
        change(exchange, active=True)


def there_are_no_groups(exchange: Exchange) -> None:
    if "/Groups" in exchange.path:
        refuse(exchange, 501)


def groups_cannot_be_patched(exchange: Exchange) -> None:
    if "/Groups/" in exchange.path and exchange.method == "PATCH":
        refuse(exchange, 405)


def groups_cannot_be_deleted(exchange: Exchange) -> None:
    if "/Groups/" in exchange.path and exchange.method == "DELETE":
        refuse(exchange, 405)


def booleans_are_booleans(exchange: Exchange) -> None:
    if '"value": "False"' in (exchange.body or ""):
        refuse(exchange, 400)


def value_paths_select_only(exchange: Exchange) -> None:
    if "phoneNumbers[type" in (exchange.body or ""):
        refuse(exchange, 400)


def members_are_never_shown(exchange: Exchange) -> None:
    if exchange.method == "GET" and '"members":[{' in exchange.answer:
        change(exchange, members=[])


def members_stay_for_ever(exchange: Exchange) -> None:
    if exchange.method == "GET" and "/Groups/" in exchange.path:
        change(exchange, members=[{"value": "1"}])


def refusals_are_pages(exchange: Exchange) -> None:
    if exchange.status == 401:
        exchange.answer, exchange.media_type = "<html>Unauthorized</html>", "text/html"


def ids_must_look_right(exchange: Exchange) -> None:
    if exchange.method == "GET" and exchange.path.endswith("010101001010101011001010101011"):
        refuse(exchange, 400)


def twins_are_welcome(exchange: Exchange) -> None:
    if exchange.status == 409:
        exchange.status = 201


def case_matters(exchange: Exchange) -> None:
    if "GANGWAY-DOCTOR-" in exchange.path:
        change(exchange, totalResults=0, Resources=[])


def everything_is_html(exchange: Exchange) -> None:
    exchange.media_type = "text/html"


def totals_are_texts(exchange: Exchange) -> None:
    if "totalResults" in exchange.answer:
        change(exchange, totalResults="0")


SICK = [
    (nothing_found_is_404, "JumpCloud", "looks for the test user"),
    (totals_are_texts, "JumpCloud", "looks for the test user"),
    (everything_is_html, "JumpCloud", "looks for the test user"),
    (ids_are_numbers, "JumpCloud", "creates the test user"),
    (creates_are_empty, "JumpCloud", "creates the test user"),
    (empty_lists_are_refused, "JumpCloud", "replaces it, with empty lists"),
    (deactivation_is_ignored, "JumpCloud", "deactivates it"),
    (there_are_no_groups, "JumpCloud", "looks for the test group"),
    (groups_cannot_be_patched, "JumpCloud", "renames the group"),
    (groups_cannot_be_deleted, "JumpCloud", "deletes the group"),
    (value_paths_select_only, "Entra ID", "adds through a value path"),
    (booleans_are_booleans, "Entra ID", "disables by text"),
    (members_are_never_shown, "Entra ID", "sees the member"),
    (members_stay_for_ever, "Entra ID", "sees it gone"),
    (refusals_are_pages, "Okta", "tries a wrong token"),
    (ids_must_look_right, "Okta", "asks for a user who cannot be"),
    (twins_are_welcome, "Okta", "creates it again"),
    (case_matters, "Okta", "finds it in capitals"),
]


def test_a_healthy_server_passes_every_step_of_every_provider() -> None:
    played_steps = steps()

    assert [step for step in played_steps if step.problems] == []
    assert {step.provider for step in played_steps} == {"JumpCloud", "Entra ID", "Okta"}
    assert len(played_steps) > 30


@pytest.mark.parametrize(("sabotage", "provider", "name"), SICK, ids=[sabotage.__name__ for sabotage, *_ in SICK])
def test_the_first_failing_step_is_named(sabotage: Sabotage, provider: str, name: str) -> None:
    first = next(step for step in steps(sabotage) if step.problems)

    assert (first.provider, first.name) == (provider, name)
    assert first.problems[0]


@pytest.mark.parametrize(
    "sabotage", [deactivation_is_ignored, groups_cannot_be_patched, twins_are_welcome, case_matters]
)
def test_nothing_is_left_behind_when_a_step_fails(sabotage: Sabotage) -> None:
    assert left_behind(sabotage) == []


ACME: dict[str, Any] = {"name": "acme", "requiredAttributes": ["emails", "title"]}
MINTED = {"keyId": "AAAAAAAA12345678", "expires": "2026-03-01T12:10:00.000Z"}


def answers(url: str, token: str) -> dict[str, tuple[int, Any]]:
    return {
        "GET /orgs/acme": (200, {**ACME, "connectionUrl": url, "scimBaseUrl": url}),
        "POST /orgs/acme/tokens": (201, {**MINTED, "token": token}),
        "POST /orgs/acme/tokens/AAAAAAAA12345678/revoke": (200, MINTED),
    }


def test_the_command_uses_a_token_for_minutes_and_revokes_it_whatever_happens() -> None:
    with server(booleans_are_booleans) as (url, token), admin_api(answers(url, token)) as api:
        done = api.run("doctor", "acme")

        assert done.exit_code == 7
        assert "Entra ID would stop where it disables by text: the status must be 200 or 204, not 400." in done.stderr
        assert done.stdout.count("✗") == 1
        called = [call for call, _ in api.asked]
        assert called[1:] == ["POST /orgs/acme/tokens", "POST /orgs/acme/tokens/AAAAAAAA12345678/revoke"]
        assert api.asked[1][1]["brief"] is True


def test_the_command_reports_to_scripts_and_may_be_one_provider_with_a_given_token() -> None:
    with server() as (url, token), admin_api(answers(f"{url}?aadOptscim062020", token)) as api:
        done = api.run("doctor", "acme", "--as", "entra", "--token", token, "-o", "json")

        assert done.exit_code == 0, done.stderr
        report = json.loads(done.stdout)
        assert {step["provider"] for step in report} == {"Entra ID"}
        assert not any(step["problems"] for step in report)
        assert len(api.asked) == 1, "no token was minted"


def test_given_a_wrong_token_then_it_says_how_to_tell_whether_that_is_at_fault() -> None:
    with server() as (url, token), admin_api(answers(url, token)) as api:
        done = api.run("doctor", "acme", "--as", "okta", "--token", "another")

        assert done.exit_code == 7
        assert "Without --token a new one is minted" in done.stderr


def test_given_nobody_listens_then_it_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/scim/v2/acme"

    with pytest.raises(CliError, match="cannot be reached"):
        list(played(ScimClient(url, "t"), ["okta"], {}))
