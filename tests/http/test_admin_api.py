"""The admin API: what operators may ask, and what they are told when it goes wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from gangway.access.errors import AccessError
from gangway.access.organization import PROVIDERS
from gangway.access.organizations import Organizations
from gangway.access.tokens import Tokens
from gangway.http.admin.api import AdminApi
from gangway.http.admin.organizations import NewOrganization, organization_area
from gangway.http.admin.tokens import token_area
from tests.access.fakes import MemoryHashes, MemoryRecords, SettableClock
from tests.http.fakes import LambdaContext, Reply, proxy_event

OPERATOR = "arn:aws:iam::123456789012:user/operator"


@dataclass
class Admin:
    records: MemoryRecords = field(default_factory=MemoryRecords)
    hashes: MemoryHashes = field(default_factory=MemoryHashes)
    clock: SettableClock = field(default_factory=SettableClock)
    public_url: str | None = "https://scim.example.com/"

    def __post_init__(self) -> None:
        organizations = Organizations(self.records, self.clock)
        tokens = Tokens(self.records, self.hashes, self.clock, token_prefix="gangway")
        self.api = AdminApi(
            [
                organization_area(organizations, public_url=self.public_url),
                token_area(organizations, tokens, self.clock),
            ]
        )

    def send(self, method: str, path: str, body: Any = None, *, door: str = "/admin/v1", **identity: str) -> Reply:
        identity = identity or {"userArn": OPERATOR}
        event = proxy_event(method, door + path, body, {"Content-Type": "application/json"}, **identity)
        return Reply(self.api.handle(event, LambdaContext()))


@pytest.fixture
def admin() -> Admin:
    return Admin()


def assert_problem(reply: Reply, status: int, kind: str = "about:blank") -> None:
    assert reply.headers["Content-Type"] == "application/problem+json"
    body = reply.json()
    assert (reply.status, body["status"], body["type"]) == (status, status, kind)
    assert body["title"]
    assert body["detail"]


def test_given_a_name_then_an_organization_with_its_urls_is_created_shown_and_listed(admin: Admin) -> None:
    created = admin.send("POST", "/orgs", {"name": "Acme", "provider": "okta"})
    assert created.status == 201
    body = created.json()
    assert body == {
        "id": body["id"],
        "name": "acme",
        "displayName": "Acme",
        "provider": "okta",
        "strict": False,
        "state": "active",
        "created": "2026-03-01T12:00:00.000Z",
        "tokenLimit": 2,
        "scimBaseUrl": "https://scim.example.com/scim/v2/acme",
        "provisioningBaseUrl": "https://scim.example.com/provisioning/okta/v2",
    }
    assert admin.send("GET", "/orgs/ACME").json() == body
    assert admin.send("GET", "/orgs").json() == {"organizations": [body]}


def test_given_no_public_url_then_urls_are_left_open() -> None:
    assert Admin(public_url=None).send("POST", "/orgs", {"name": "acme"}).json()["scimBaseUrl"] is None


def test_given_a_label_then_a_token_is_minted_and_listed_without_its_text(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    wanted = {"label": "Okta", "expires": "2026-06-01T00:00:00+02:00", "scopes": ["read-only"]}
    minted = admin.send("POST", "/orgs/acme/tokens", wanted)
    assert minted.status == 201
    assert minted.headers["Cache-Control"] == "no-store"
    entry = minted.json()
    token = entry.pop("token")
    assert entry == {
        "keyId": token.split("_")[1],
        "label": "Okta",
        "creator": OPERATOR,
        "created": "2026-03-01T12:00:00.000Z",
        "expires": "2026-05-31T22:00:00.000Z",
        "scopes": ["read-only"],
        "state": "active",
    }
    assert admin.send("GET", "/orgs/acme/tokens").json() == {"tokens": [entry]}
    admin.clock.advance(365 * 86_400)
    assert admin.send("GET", "/orgs/acme/tokens").json()["tokens"][0]["state"] == "expired"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/orgs", {"name": "a b"}, 400, "invalid-organization-name"),
        ("POST", "/orgs", {"name": "admin"}, 400, "invalid-organization-name"),
        ("POST", "/orgs", {"name": "ACME"}, 409, "organization-name-taken"),
        ("POST", "/orgs", {}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": 7}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": "x", "provider": "nobody"}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": "x", "tokenLimit": 9}, 400, "invalid-request"),
        ("POST", "/orgs", "{", 400, "about:blank"),
        ("POST", "/orgs", "[]", 400, "about:blank"),
        ("POST", "/orgs", " " * (2**20 + 1), 413, "about:blank"),
        ("POST", "/orgs/acme/tokens", {}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": ""}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "expires": "2026-06-01T00:00:00"}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "expires": "2020-01-01T00:00:00Z"}, 400, "invalid-token"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "scopes": ["all"]}, 400, "invalid-request"),
        ("POST", "/orgs/none/tokens", {"label": "x"}, 404, "unknown-organization"),
        ("GET", "/orgs/none", None, 404, "unknown-organization"),
        ("GET", "/orgs/none/tokens", None, 404, "unknown-organization"),
        ("GET", "/nothing", None, 404, "about:blank"),
        ("GET", "/orgs//acme", None, 404, "about:blank"),
        ("GET", "/orgs/%2e%2e/x", None, 404, "about:blank"),
        ("DELETE", "/orgs", None, 405, "about:blank"),
    ],
)
def test_given_a_bad_request_then_a_problem_says_what_was_wrong_and_nothing_changes(
    admin: Admin, method: str, path: str, body: Any, status: int, kind: str
) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    before = (dict(admin.records.by_id), dict(admin.records.tokens))
    assert_problem(admin.send(method, path, body), status, kind)
    assert (admin.records.by_id, admin.records.tokens) == before


def test_TOK_08_given_the_token_limit_then_409(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    for _ in range(2):
        assert admin.send("POST", "/orgs/acme/tokens", {"label": "x"}).status == 201
    assert_problem(admin.send("POST", "/orgs/acme/tokens", {"label": "x"}), 409, "token-limit-reached")


def test_given_a_body_that_does_not_fit_then_each_fault_is_pointed_at_without_its_value(admin: Admin) -> None:
    reply = admin.send("POST", "/orgs", {"name": {"secret": 1}, "strict": "s3cret"})
    assert [fault["pointer"] for fault in reply.json()["errors"]] == ["/name", "/strict"]
    assert "s3cret" not in reply.text


@pytest.mark.parametrize("identity", [{"userArn": ""}, {"sourceIp": "192.0.2.1"}])
def test_SCM_09_given_no_principal_then_403_and_nothing_is_looked_up(admin: Admin, identity: dict[str, str]) -> None:
    assert_problem(admin.send("GET", "/orgs", **identity), 403)
    assert not admin.records.calls


def test_given_services_that_are_down_then_503(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    admin.records.down = True
    reply = admin.send("POST", "/orgs/acme/tokens", {"label": "x"})
    assert_problem(reply, 503)
    assert "Retry-After" in reply.headers


def test_given_an_unexpected_failure_then_500_and_the_log_knows_where(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("s3cret")

    monkeypatch.setattr(admin.records, "organizations", broken)
    capsys.readouterr()
    reply = admin.send("GET", "/orgs")
    assert_problem(reply, 500)
    line = capsys.readouterr().out
    assert json.loads(line)["failure"]["errors"] == ["builtins.ValueError"]
    assert "s3cret" not in reply.text + line


def test_given_every_error_of_the_access_room_then_there_is_a_problem_for_it(admin: Admin) -> None:
    told = {kind for area in admin.api.areas for kind in area.problems}
    assert set(AccessError.__subclasses__()) <= told


def test_given_the_providers_then_the_model_admits_exactly_them() -> None:
    schema = NewOrganization.model_json_schema()
    assert set(schema["properties"]["provider"]["enum"]) == set(PROVIDERS)
