"""`gangway doctor --stack` against the local stack, whole and then wrong in one way each."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from typer.testing import CliRunner

from infra.cli.admin import AdminClient
from infra.cli.errors import CliError
from infra.cli.main import app
from infra.cli.stack_by_hand import BY_HAND
from infra.cli.stack_checks import CHECKS, Doors
from infra.cli.stack_doctor import by_hand, examined
from infra.cli.target import Choice, find
from infra.local.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result as Ended

    from infra.cli.stack_doctor import Result
    from infra.local.exchange import Request, Response
    from infra.local.gateway import Gateway
    from infra.local.stack import LocalStack

    type Sabotage = Callable[[Request | None, Response], Response]

PAGE = Path(__file__).parents[2] / "docs" / "aws-assumptions.md"
NEED_TOKEN = {row for check in CHECKS if check.needs_token for row in check.rows}


class SickGateway:
    """A gateway whose answers a sabotage may change; the request is None where its body was too large to read."""

    def __init__(self, healthy: Gateway, sabotage: Sabotage) -> None:
        self._healthy, self._sabotage = healthy, sabotage

    def handle(self, request: Request) -> Response:
        return self._sabotage(request, self._healthy.handle(request))

    def too_large(self, path: str) -> Response:
        return self._sabotage(None, self._healthy.too_large(path))


@contextmanager
def sick(stack: LocalStack, sabotage: Sabotage) -> Iterator[Doors]:
    """The doors of a stack that is wrong in one way."""
    server = Server(0)
    server.start(cast("Gateway", SickGateway(stack.gateway, sabotage)))
    organization = stack.organizations[0]
    admin = AdminClient(find(Choice(admin_url=f"{server.base_url}/admin/v1")))
    try:
        yield Doors(server.base_url, organization.name, admin, organization.token)
    finally:
        server.stop()


def header(response: Response, name: str, value: str | None) -> Response:
    """The answer with another header, or without it."""
    kept = tuple(pair for pair in response.headers if pair[0].lower() != name.lower())
    return replace(response, headers=kept if value is None else (*kept, (name, value)))


def by_function(response: Response) -> bool:
    return response.header("X-Request-Id") is not None


def no_challenge(_: Request | None, response: Response) -> Response:
    return header(response, "WWW-Authenticate", None)


def empty_headers_reach_the_function(request: Request | None, response: Response) -> Response:
    empty = request is not None and request.header("Authorization") == ""
    return header(response, "X-Request-Id", "1") if empty else response


def gateway_speaks_json(_: Request | None, response: Response) -> Response:
    return response if by_function(response) else header(response, "Content-Type", "application/json")


def unknown_paths_are_400(request: Request | None, response: Response) -> Response:
    unknown = request is not None and response.status == 404 and not by_function(response)
    return replace(response, status=400, body=response.body.replace(b"404", b"400")) if unknown else response


def options_is_answered_for(request: Request | None, response: Response) -> Response:
    if request is not None and request.method == "OPTIONS" and response.status == 401:
        return header(response, "X-Request-Id", None)
    return response


def challenge_keeps_its_name(_: Request | None, response: Response) -> Response:
    value = response.header("x-amzn-Remapped-WWW-Authenticate")
    renamed = header(response, "x-amzn-Remapped-WWW-Authenticate", None)
    return response if value is None else header(renamed, "WWW-Authenticate", value)


def admin_is_open(request: Request | None, response: Response) -> Response:
    unsigned = request is not None and "/admin/" in request.path and request.header("Authorization") is None
    return replace(response, status=200, body=b"{}") if unsigned else response


def admin_is_shut(request: Request | None, response: Response) -> Response:
    admin = request is not None and "/admin/" in request.path
    return replace(response, status=403, body=b'{"message": "Forbidden"}') if admin else response


def large_is_503(_: Request | None, response: Response) -> Response:
    return replace(response, status=503) if response.status == 413 else response


def code_does_not_load(request: Request | None, response: Response) -> Response:
    scim = request is not None and "/scim/" in request.path
    return header(response, "X-Request-Id", None) if scim else response


def allow_is_lost(_: Request | None, response: Response) -> Response:
    return header(response, "Allow", None)


def tokens_cannot_be_read(request: Request | None, response: Response) -> Response:
    discovery = request is not None and request.path.endswith("/ServiceProviderConfig")
    return replace(response, status=503) if discovery else response


def writes_fail(_: Request | None, response: Response) -> Response:
    return replace(response, status=503, body=b"") if response.status == 201 else response


def deletes_fail(request: Request | None, response: Response) -> Response:
    deleted = request is not None and request.method == "DELETE" and response.status == 204
    return replace(response, status=503, body=b"") if deleted else response


SICK: list[tuple[Sabotage, set[str]]] = [
    (no_challenge, {"G1", "G2"}),
    (empty_headers_reach_the_function, {"G2"}),
    (gateway_speaks_json, {"G1", "G2", "G3", "G4", "G11"}),
    (unknown_paths_are_400, {"G4"}),
    (options_is_answered_for, {"G6"}),
    (challenge_keeps_its_name, {"G7"}),
    (admin_is_open, {"G9"}),
    (admin_is_shut, {"G9", "L9"}),
    (large_is_503, {"G11"}),
    (code_does_not_load, {"G6", "L9"}),
    (allow_is_lost, {"G6"}),
    (tokens_cannot_be_read, {"L2", "L11", "L13"}),
    (writes_fail, {"L1", "L12"}),
    (deletes_fail, {"L1", "L12"}),
]


@pytest.fixture(scope="module")
def failures(moto_stack: LocalStack) -> dict[Sabotage, list[Result]]:
    """What is found wrong under each sabotage."""
    found: dict[Sabotage, list[Result]] = {}
    for sabotage, _ in SICK:
        with sick(moto_stack, sabotage) as doors:
            found[sabotage] = [result for result in examined(doors) if result.problems]
    return found


@pytest.mark.parametrize(("sabotage", "rows"), SICK, ids=[sabotage.__name__ for sabotage, _ in SICK])
def test_given_one_assumption_is_wrong_then_its_rows_fail_and_no_others(
    failures: dict[Sabotage, list[Result]], sabotage: Sabotage, rows: set[str]
) -> None:
    assert {row for result in failures[sabotage] for row in result.rows} == rows


def test_every_check_was_seen_to_fail(failures: dict[Sabotage, list[Result]]) -> None:
    assert {result.name for found in failures.values() for result in found} == {check.name for check in CHECKS}


def test_the_page_and_the_command_know_the_same_rows() -> None:
    on_the_page = re.findall(r"^\| ([GLRP]\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(on_the_page) == len(set(on_the_page))
    assert set(on_the_page) == {row for check in CHECKS for row in check.rows} | set(BY_HAND)


def run(stack: LocalStack, *arguments: str) -> Ended:
    variables = {"GANGWAY_ADMIN_URL": f"{stack.base_url}/admin/v1", "GANGWAY_STACK": None, "GANGWAY_OUTPUTS": None}
    return CliRunner().invoke(app, ["doctor", *arguments], env=variables)


def test_a_local_stack_passes_and_what_needs_a_token_is_left(moto_stack: LocalStack) -> None:
    done = run(moto_stack, "--stack")

    assert done.exit_code == 0, done.output
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") == sum(not check.needs_token for check in CHECKS)
    assert {row for row, what in by_hand(with_token=False).items() if "--stack ORG" in what} == NEED_TOKEN
    assert "· L13          name an organization: `gangway doctor --stack ORG`" in done.stdout


def test_with_an_organization_every_check_is_made_and_the_token_is_revoked(moto_stack: LocalStack) -> None:
    done = run(moto_stack, "acme", "--stack", "-o", "json")

    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    assert [check["name"] for check in report["checks"]] == [check.name for check in CHECKS]
    assert not any(check["problems"] for check in report["checks"])
    assert report["byHand"] == BY_HAND
    admin = AdminClient(find(Choice(admin_url=f"{moto_stack.base_url}/admin/v1")))
    tokens = admin.items("/orgs/acme/tokens", "tokens", dead="true")
    assert {each["state"] for each in tokens if each["brief"]} == {"revoked"}


def test_given_both_places_for_tokens_are_taken_then_the_doctor_needs_none(moto_stack: LocalStack) -> None:
    admin = AdminClient(find(Choice(admin_url=f"{moto_stack.base_url}/admin/v1")))
    admin.post("/orgs/acme/tokens", {"label": "second"})
    with pytest.raises(CliError, match="2 tokens are live"):
        admin.post("/orgs/acme/tokens", {"label": "third"})

    done = run(moto_stack, "acme", "--as", "okta")

    assert done.exit_code == 0, done.output
    assert admin.get("/orgs/acme")["liveTokens"] == 2


def test_given_a_wrong_stack_then_the_command_names_the_row_and_ends_with_7(moto_stack: LocalStack) -> None:
    with sick(moto_stack, no_challenge) as doors:
        outputs = {"adminUrl": doors.admin.target.admin_url, "scimBaseUrl": f"{doors.stage_url}/scim/v2"}
        done = CliRunner().invoke(
            app,
            ["--outputs", "-", "doctor", "--stack"],
            input=json.dumps(outputs),
            env={"GANGWAY_ADMIN_URL": None, "GANGWAY_STACK": None},
        )

    assert done.exit_code == 7
    assert "2 of 9 checks found the stack otherwise, first G1: WWW-Authenticate must be" in done.stderr


def test_without_an_organization_and_without_stack_the_command_says_what_is_missing() -> None:
    done = CliRunner().invoke(app, ["doctor"])

    assert done.exit_code == 2
    assert "gangway doctor" in done.stderr


def test_options_of_the_connection_are_refused_with_stack() -> None:
    done = CliRunner().invoke(app, ["doctor", "--stack", "--as", "okta"])

    assert done.exit_code == 2
    assert "--as and --url" in done.stderr
