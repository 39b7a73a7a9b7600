"""`gangway play`: an identity provider in its working day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.provider import ATTEMPTS, STYLES, IdentityProvider
from infra.cli.scim_client import ScimClient
from tests.cli.fakes import admin_api
from tests.cli.hospital import Exchange, server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client() -> Iterator[ScimClient]:
    with server() as (url, token):
        yield ScimClient(url, token)


def total(client: ScimClient, path: str, text: str) -> int:
    return int(client.send("GET", path, filter=text).body["totalResults"])


@pytest.mark.parametrize("style", STYLES)
def test_a_provider_brings_users_and_groups_changes_some_and_can_take_all_away(client: ScimClient, style: str) -> None:
    provider = IdentityProvider(STYLES[style], client)

    assert list(provider.provision(20, 2)) == ["user"] * 20 + ["group"] * 2 + ["change"] * 20
    assert provider.tally.failures == []
    assert total(client, "/Users", 'userName sw "play-"') == 20
    assert total(client, "/Users", "active eq false") == 1
    assert total(client, "/Users", 'title eq "Lead"') == 1
    group = client.send("GET", "/Groups", filter='displayName eq "play-team-000"').body["Resources"][0]
    assert len(group["members"]) == 10

    assert len(list(provider.clean(20, 2))) == 22
    assert provider.tally.failures == []
    assert total(client, "/Users", 'userName sw "play-"') == 0


def test_a_second_run_takes_over_what_the_first_brought(client: ScimClient) -> None:
    for _ in range(2):
        provider = IdentityProvider(STYLES["okta"], client)
        list(provider.provision(20, 1))
        assert provider.tally.failures == []

    assert total(client, "/Users", 'userName sw "play-"') == 20


def test_a_server_that_asks_for_patience_is_asked_again_after_that_time() -> None:
    busy = [429, 503]
    waited: list[float] = []

    def sometimes_busy(exchange: Exchange) -> None:
        if busy:
            exchange.status = busy.pop()

    with server(sometimes_busy) as (url, token):
        provider = IdentityProvider(STYLES["okta"], ScimClient(url, token), waited.append)
        list(provider.provision(1, 0))

    assert (provider.tally.failures, provider.tally.repeated, waited) == ([], 2, [1.0, 1.0])


def test_a_server_that_is_always_busy_is_given_up_and_told() -> None:
    def busy(exchange: Exchange) -> None:
        exchange.status = 503

    with server(busy) as (url, token):
        provider = IdentityProvider(STYLES["okta"], ScimClient(url, token), lambda _: None)
        list(provider.provision(1, 0))

    assert provider.tally.requests == 2 * ATTEMPTS
    assert [failure.partition(" →")[0] for failure in provider.tally.failures] == ["GET /Users", "POST /Users"]


def answers(url: str, token: str, *names: str) -> dict[str, tuple[int, Any]]:
    organization = {"name": "acme", "connectionUrl": url, "scimBaseUrl": url}
    return {
        "GET /orgs": (200, {"organizations": [{"name": name} for name in names], "nextCursor": None}),
        "GET /orgs/acme": (200, organization),
        "POST /orgs/acme/tokens": (201, {"keyId": "k", "token": token, "expires": "2026-03-01T12:10:00.000Z"}),
        "POST /orgs/acme/tokens/k/revoke": (200, {}),
    }


def test_the_command_plays_against_the_only_organization_and_reports_what_it_measured() -> None:
    with server() as (url, token), admin_api(answers(url, token, "acme")) as api:
        done = api.run("play", "entra", "--users", "3", "--groups", "1", "--clean", "-o", "json")

        assert done.exit_code == 0, done.stderr
        report = json.loads(done.stdout)
        assert (report["organization"], report["failed"], report["failures"]) == ("acme", 0, [])
        assert report["requests"] > 10


def test_given_several_organizations_then_one_must_be_named() -> None:
    with admin_api(answers("http://127.0.0.1:1", "t", "acme", "globex")) as api:
        done = api.run("play", "okta")
        assert done.exit_code == 2
        assert "--org" in done.stderr


def test_failed_requests_are_listed_and_are_exit_code_7() -> None:
    def no_groups(exchange: Exchange) -> None:
        if "/Groups" in exchange.path:
            exchange.status = 501

    with server(no_groups) as (url, token), admin_api(answers(url, token, "acme")) as api:
        done = api.run("play", "okta", "--users", "1", "--groups", "1")
        assert done.exit_code == 7
        assert "GET /Groups → 501" in done.stderr
        assert "gangway log acme" in done.stderr
