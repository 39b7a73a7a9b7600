"""Tokens and organizations (RFC 7644 sections 2, 6 and 7.4, RFC 6750)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.standards.scene import ERROR, Client, Server, scim_type, user_body

row = pytest.mark.row


def get(server: Server, path: str = "/scim/v2/acme/Users", **headers: str) -> Any:
    return server.send(None, "GET", path, headers=headers)


@row("AUT-01", "AUT-02", "AUT-07", "AUT-08")
def test_given_credentials_of_every_kind_then_only_a_live_token_opens_and_the_challenge_fits(
    server: Server, acme: Client
) -> None:
    token = acme.tenant.token
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert get(server, Authorization=f"{scheme} {token}").status == 200
    none = get(server)
    assert (none.status, none.json()["schemas"]) == (401, [ERROR])
    assert none.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "error" not in none.headers["WWW-Authenticate"]
    for wrong in (f"Bearer {token}x", "Bearer x", f"Basic {token}", "Basic YWRhOmFkYQ==", token):
        refused = get(server, Authorization=wrong)
        assert refused.status == 401
        assert refused.text == none.text
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


@row("AUT-03", "AUT-04", "AUT-10")
@pytest.mark.parametrize(
    ("scopes", "allowed", "forbidden"),
    [
        (["read-only"], ("GET", "/Users"), ("POST", "/Users")),
        (["users-only"], ("POST", "/Users"), ("GET", "/Groups")),
    ],
)
def test_given_a_restricted_token_then_the_rest_is_403_insufficient_scope(
    server: Server, acme: Client, scopes: list[str], allowed: tuple[str, str], forbidden: tuple[str, str]
) -> None:
    token = server.mint(acme.tenant.name, scopes=scopes)
    (method, path), body = allowed, user_body("ada")
    assert server.send(token, method, f"/scim/v2/acme{path}", body).status in (200, 201)
    method, path = forbidden
    refused = server.send(token, method, f"/scim/v2/acme{path}", body)
    assert scim_type(refused, 403) == "None"
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


@row("AUT-05", "SEC-03")
def test_given_a_token_in_the_url_then_it_is_not_seen(server: Server, acme: Client) -> None:
    assert get(server, f"/scim/v2/acme/Users?access_token={acme.tenant.token}").status == 401
    assert acme.tenant.token not in server.account.printed.getvalue()


@row("AUT-06", "AUT-07")
def test_given_two_tokens_then_both_live_until_one_ends_by_itself_and_neither_is_in_the_table(
    server: Server, acme: Client
) -> None:
    secret = acme.tenant.token.split("_")[2]
    ends = (server.account.now() + timedelta(days=1)).isoformat()
    second = server.mint("acme", expires=ends)
    assert [server.send(each, "GET", "/scim/v2/acme/Users").status for each in (acme.tenant.token, second)] == [
        200,
        200,
    ]
    server.account.advance(days=2)
    assert server.send(second, "GET", "/scim/v2/acme/Users").status == 401
    assert not [item for item in server.account.dynamodb.items() if secret in str(item)]


@row("AUT-11")
def test_given_a_bad_token_and_everything_else_wrong_then_401(server: Server, acme: Client) -> None:
    for path in ("/scim/v2/acme/Users/nope", "/scim/v2/acme/Printers", "/scim/v2/nobody/Users", "/x"):
        assert server.send("gangway_x", "POST", path, "{").status == 401


@row("TEN-01", "TEN-02", "TEN-05")
def test_given_a_token_at_anothers_door_then_401_as_at_nobodys(server: Server, acme: Client, strict: Client) -> None:
    ada = strict.user("ada")
    theirs, nobodys = (
        server.send(acme.tenant.token, "GET", f"/scim/v2/{name}/Users/{ada['id']}") for name in ("letter", "nobody")
    )
    assert theirs.status == 401
    assert theirs.anonymous() == nobodys.anonymous()


@row("TEN-03", "TEN-04", "TEN-05")
def test_given_one_name_in_two_organizations_then_each_has_its_own(acme: Client, strict: Client) -> None:
    first, second = acme.user("ada", externalId="1"), strict.user("ada", externalId="1")
    assert first["id"] != second["id"]
    for client, own in ((acme, first), (strict, second)):
        for text in ('userName eq "ada"', 'externalId eq "1"', f'id eq "{first["id"]}" or id eq "{second["id"]}"'):
            found = client.get("/Users", filter=text).json()["Resources"]
            assert [each["id"] for each in found] == [own["id"]]
        assert client.get("/").json()["totalResults"] == 1


@row("TEN-07", "REP-09", "MEE-01", "MEE-04")
def test_given_an_organization_then_its_locations_carry_its_name_and_me_means_nobody(strict: Client) -> None:
    assert strict.user("ada")["meta"]["location"].startswith("https://scim.example.com/scim/v2/letter/Users/")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert scim_type(strict.send(method, "/Me", {}), 501) == "None"


@row("TEN-08", "HTP-14", "ERR-09")
def test_given_a_busy_organization_then_it_gets_429_and_its_neighbour_nothing(
    server: Server, acme: Client, strict: Client
) -> None:
    answers = [server.send(acme.tenant.token, "GET", "/scim/v2/acme/Users?count=0") for _ in range(120)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].json()["schemas"] == [ERROR]
    assert strict.get("/Users").status == 200
