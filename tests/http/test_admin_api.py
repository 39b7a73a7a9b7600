"""The admin API: what operators may ask, and what they are told when it goes wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gangway.access.errors import AccessError
from gangway.access.vault_upkeep import VaultUpkeep
from gangway.http.admin.api import AdminApi
from gangway.http.admin.areas import AreaOnDemand
from gangway.http.admin.organizations import organization_area
from gangway.http.admin.tokens import token_area
from tests.access.desk import Desk
from tests.access.fakes import NOON, MemoryHashes
from tests.http.fakes import REGISTRY
from tests.support.proxy import LambdaContext, Reply, proxy_event

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area

OPERATOR = "arn:aws:iam::123456789012:user/operator"


class Shards(MemoryHashes):
    """A vault of which every hash is where it belongs."""

    def home(self, _key_id: str) -> str:
        return "00"

    def shards(self) -> tuple[str, ...]:
        return ("00",)

    def written(self, _shard: str) -> dict[str, int]:
        return dict.fromkeys(self.hashes, 0)

    def fill(self, _shard: str) -> float:
        return 0.0


def organizations(desk: Desk, public_url: str | None) -> Area:
    counts = 12, 3
    return organization_area(
        desk.organizations, desk.tokens, lambda _id: counts, REGISTRY, desk.clock, public_url=public_url
    )


def tokens(desk: Desk, hashes: Shards) -> Area:
    upkeep = VaultUpkeep(desk.records, hashes, desk.clock)
    return token_area(desk.organizations, desk.tokens, desk.revocation, desk.kill_switch, upkeep, desk.clock)


class Admin:
    """The admin API over records and hashes in memory."""

    def __init__(self, public_url: str | None = "https://scim.example.com/") -> None:
        self.hashes = Shards()
        self.desk = desk = Desk(hashes=self.hashes)
        self.records, self.clock = desk.records, desk.clock
        self.context = LambdaContext()
        self.api = AdminApi(
            [
                AreaOnDemand("orgs pause resume delete restore", lambda: organizations(desk, public_url)),
                AreaOnDemand("tokens", lambda: tokens(desk, self.hashes)),
            ]
        )

    def send(self, method: str, path: str, body: Any = None, *, door: str = "/admin/v1", **identity: str) -> Reply:
        identity = identity or {"userArn": OPERATOR}
        event = proxy_event(method, door + path, body, {"Content-Type": "application/json"}, **identity)
        return Reply(self.api.handle(event, self.context))


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
    wanted = {"name": "Acme", "provider": "entra", "requiredAttributes": ["EMAILS", "externalid"]}
    created = admin.send("POST", "/orgs", wanted)
    assert created.status == 201
    body = created.json()
    assert body == {
        "id": body["id"],
        "name": "acme",
        "displayName": "Acme",
        "provider": "entra",
        "strict": False,
        "unknownMembers": "refuse",
        "requiredAttributes": ["emails", "externalId"],
        "tokenLimit": 2,
        "rateLimit": None,
        "tombstoneDays": None,
        "uniqueGroupNames": True,
        "failureDays": 30,
        "state": "active",
        "deletion": None,
        "created": "2026-03-01T12:00:00.000Z",
        "scimBaseUrl": "https://scim.example.com/scim/v2/acme",
        "provisioningBaseUrl": "https://scim.example.com/provisioning/entra/v2",
        "connectionUrl": "https://scim.example.com/scim/v2/acme?aadOptscim062020",
        "guide": "entra.md",
    }
    assert admin.send("GET", "/orgs").json() == {"organizations": [body], "nextCursor": None}
    figures = {"users": 12, "groups": 3, "liveTokens": 0, "lastSync": None}
    assert admin.send("GET", "/orgs/ACME").json() == body | figures


def test_given_tokens_that_were_used_then_the_organization_shows_how_many_are_live_and_its_last_sync(
    admin: Admin,
) -> None:
    acme = admin.desk.organization()
    admin.desk.mint(acme)
    admin.desk.accepts(admin.desk.mint(acme, expires=NOON + timedelta(days=1)))
    admin.clock.advance(2 * 86_400)
    shown = admin.send("GET", "/orgs/acme").json()
    assert (shown["liveTokens"], shown["lastSync"]) == (1, "2026-03-01")


def test_given_no_public_url_then_urls_are_left_open() -> None:
    created = Admin(public_url=None).send("POST", "/orgs", {"name": "acme"}).json()
    assert (created["scimBaseUrl"], created["connectionUrl"]) == (None, None)


def test_given_many_organizations_then_following_the_cursor_lists_each_once(admin: Admin) -> None:
    names = [f"org-{n}" for n in range(5)]
    for name in names:
        admin.desk.organization(name)
    listed, path = [], "/orgs?limit=2"
    while path:
        page = admin.send("GET", path).json()
        listed += [organization["name"] for organization in page["organizations"]]
        path = f"/orgs?limit=2&cursor={page['nextCursor']}" if page["nextCursor"] else ""
    assert listed == names


def test_given_settings_then_only_what_is_sent_changes_and_null_takes_a_limit_away(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme", "rateLimit": 5, "displayName": "Acme Inc."})
    changed = admin.send("PATCH", "/orgs/acme", {"rateLimit": None, "strict": True}).json()
    assert (changed["rateLimit"], changed["strict"], changed["displayName"]) == (None, True, "Acme Inc.")


def test_given_pause_resume_delete_and_restore_then_the_state_follows_and_the_actor_is_told(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    assert admin.send("POST", "/orgs/acme/pause").json()["state"] == "paused"
    assert admin.send("POST", "/orgs/acme/resume").json()["state"] == "active"
    deleting = admin.send("POST", "/orgs/acme/delete", {"users": "delete", "graceDays": 7}).json()
    assert deleting["deletion"] == {"due": "2026-03-08T12:00:00.000Z", "users": "delete"}
    assert_problem(admin.send("POST", "/orgs/acme/pause"), 409, "wrong-state")
    assert admin.send("POST", "/orgs/acme/restore").json()["state"] == "active"
    assert [event.version for event in admin.records.told] == [1, 2, 3, 4, 5]
    assert {event.actor for event in admin.records.told} == {OPERATOR}


def test_given_a_label_then_a_token_is_minted_listed_and_shown_without_its_text(admin: Admin) -> None:
    admin.send("POST", "/orgs", {"name": "acme"})
    wanted = {
        "label": "Okta",
        "expires": "2026-06-01T00:00:00+02:00",
        "scopes": ["read-only"],
        "sourceRanges": ["192.0.2.0/24", "2001:db8::/32"],
    }
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
        "sourceRanges": ["192.0.2.0/24", "2001:db8::/32"],
        "lastUsed": None,
        "successor": None,
        "state": "active",
        "ended": None,
        "brief": False,
    }
    assert admin.send("GET", "/orgs/acme/tokens").json() == {"tokens": [entry], "nextCursor": None}
    assert admin.send("GET", f"/orgs/acme/tokens/{entry['keyId']}").json() == entry
    admin.clock.advance(100 * 86_400)
    assert admin.send("GET", "/orgs/acme/tokens").json()["tokens"] == []
    assert admin.send("GET", "/orgs/acme/tokens?dead=true").json()["tokens"][0]["state"] == "expired"


def test_given_many_tokens_then_live_ones_are_listed_page_by_page_and_dead_ones_on_demand(admin: Admin) -> None:
    acme = admin.desk.organization(token_limit=10)
    minted = []
    for number in range(7):
        admin.clock.advance(1)
        minted.append(admin.desk.mint(acme, str(number)).key_id)
    admin.send("POST", f"/orgs/acme/tokens/{minted[1]}/suspend")
    for key_id in minted[2:4]:
        admin.send("POST", f"/orgs/acme/tokens/{key_id}/revoke")

    def listed(query: str = "") -> list[str]:
        found, cursor = [], ""
        while True:
            page = admin.send("GET", f"/orgs/acme/tokens?limit=2{query}{cursor}").json()
            assert len(page["tokens"]) <= 2
            found += [token["keyId"] for token in page["tokens"]]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    assert listed() == [*minted[:2], *minted[4:]]
    assert listed("&dead=true") == minted


def test_given_two_live_tokens_then_a_brief_one_may_be_minted_for_a_check(admin: Admin) -> None:
    acme = admin.desk.organization()
    for label in ("a", "b"):
        admin.desk.mint(acme, label)

    minted = admin.send(
        "POST", "/orgs/acme/tokens", {"label": "check", "brief": True, "expires": "2026-03-01T12:10:00Z"}
    )

    assert (minted.status, minted.json()["brief"]) == (201, True)
    assert admin.send("GET", "/orgs/acme").json()["liveTokens"] == 2
    longer = {"label": "check", "brief": True, "expires": "2026-03-02T12:00:00Z"}
    assert_problem(admin.send("POST", "/orgs/acme/tokens", longer), 400, "invalid-token")


def test_given_a_rotation_then_the_new_token_is_shown_once_and_the_old_one_ends_by_itself(admin: Admin) -> None:
    acme = admin.desk.organization()
    old = admin.desk.mint(acme)
    rotated = admin.send("POST", f"/orgs/acme/tokens/{old.key_id}/rotate", {"overlapHours": 24})
    assert rotated.status == 201
    body = rotated.json()
    assert body["token"].split("_")[1] == body["keyId"]
    assert body["replaced"]["expires"] == "2026-03-02T12:00:00.000Z"
    assert (body["replaced"]["state"], body["replaced"]["successor"]) == ("active", body["keyId"])
    at_once = admin.send("POST", f"/orgs/acme/tokens/{body['keyId']}/rotate", {"overlapHours": 0}).json()
    assert (at_once["replaced"]["state"], at_once["replaced"]["hashRemoved"]) == ("revoked", True)


def test_given_a_token_then_it_can_be_suspended_resumed_and_revoked(admin: Admin) -> None:
    minted = admin.desk.mint(admin.desk.organization())
    path = f"/orgs/acme/tokens/{minted.key_id}"
    for verb, state in (("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")):
        answer = admin.send("POST", f"{path}/{verb}")
        assert (answer.status, answer.json()["state"]) == (200, state)
    assert_problem(admin.send("POST", f"{path}/resume"), 409, "wrong-state")


def test_given_a_vault_that_is_down_when_revoking_then_the_answer_says_so_and_a_metric_counts_it(
    admin: Admin, capsys: pytest.CaptureFixture[str]
) -> None:
    minted = admin.desk.mint(admin.desk.organization())
    admin.hashes.down = True
    capsys.readouterr()
    answer = admin.send("POST", f"/orgs/acme/tokens/{minted.key_id}/revoke").json()
    assert (answer["state"], answer["hashRemoved"]) == ("revoked", False)
    assert json.loads(capsys.readouterr().out)["VaultFailures"] == 1
    admin.hashes.down = False
    assert admin.send("POST", f"/orgs/acme/tokens/{minted.key_id}/revoke").json()["hashRemoved"]


def test_given_a_vault_that_is_down_when_minting_then_503_and_a_metric_counts_it(
    admin: Admin, capsys: pytest.CaptureFixture[str]
) -> None:
    admin.desk.organization()
    admin.hashes.down = True
    capsys.readouterr()
    assert_problem(admin.send("POST", "/orgs/acme/tokens", {"label": "x"}), 503)
    assert json.loads(capsys.readouterr().out)["VaultFailures"] == 1


def test_given_the_kill_switches_then_they_tell_what_they_did(admin: Admin) -> None:
    for name in ("acme", "globex"):
        admin.desk.mint(admin.desk.organization(name))
    assert admin.send("POST", "/orgs/acme/tokens/revoke-all").json() == {"revoked": 1, "hashesRemoved": True}
    assert admin.send("POST", "/tokens/revoke-all").json() == {"organizations": 2, "nextCursor": None}
    assert {record.state for record in admin.records.tokens.values()} == {"revoked"}


def test_given_no_time_left_when_the_whole_stack_is_meant_then_the_cursor_says_where_to_go_on(admin: Admin) -> None:
    admin.desk.organization()
    admin.context.remaining_ms = 1_000
    stopped = admin.send("POST", "/tokens/revoke-all").json()
    assert stopped == {"organizations": 0, "nextCursor": ""}
    admin.context.remaining_ms = 25_000
    assert admin.send("POST", f"/tokens/revoke-all?cursor={stopped['nextCursor']}").json()["organizations"] == 1


def test_given_every_hash_at_home_then_there_is_nothing_to_move(admin: Admin) -> None:
    admin.desk.mint(admin.desk.organization())
    assert admin.send("POST", "/tokens/move").json() == {"moved": 0, "nextCursor": None}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/orgs", {"name": "a b"}, 400, "invalid-organization-name"),
        ("POST", "/orgs", {"name": "admin"}, 400, "invalid-organization-name"),
        ("POST", "/orgs", {"name": "ACME"}, 409, "organization-name-taken"),
        ("POST", "/orgs", {}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": 7}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": "x", "provider": "nobody"}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": "x", "tokenLimit": 99}, 400, "invalid-request"),
        ("POST", "/orgs", {"name": "x", "requiredAttributes": ["groups"]}, 400, "invalid-setting"),
        ("PATCH", "/orgs/acme", {"name": "other"}, 400, "invalid-request"),
        ("PATCH", "/orgs/acme", {"displayName": None}, 400, "invalid-request"),
        ("PATCH", "/orgs/acme", {"displayName": "a\nb"}, 400, "invalid-request"),
        ("PATCH", "/orgs/acme", {"requiredAttributes": ["shoeSize"]}, 400, "invalid-setting"),
        ("PATCH", "/orgs/none", {"strict": True}, 404, "unknown-organization"),
        ("POST", "/orgs/acme/delete", {}, 400, "invalid-request"),
        ("POST", "/orgs/acme/restore", None, 409, "wrong-state"),
        ("GET", "/orgs?limit=0", None, 400, "invalid-request"),
        ("GET", "/orgs?colour=red", None, 400, "invalid-request"),
        ("GET", "/orgs?limit=1&limit=2", None, 400, "invalid-request"),
        ("GET", "/orgs?cursor=*", None, 400, "about:blank"),
        ("POST", "/orgs", "{", 400, "about:blank"),
        ("POST", "/orgs", "[]", 400, "about:blank"),
        ("POST", "/orgs", " " * (2**20 + 1), 413, "about:blank"),
        ("POST", "/orgs/acme/tokens", {}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": ""}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "expires": "2026-06-01T00:00:00"}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "expires": "2020-01-01T00:00:00Z"}, 400, "invalid-token"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "scopes": ["all"]}, 400, "invalid-request"),
        ("POST", "/orgs/acme/tokens", {"label": "x", "sourceRanges": ["10.0.0.1/8"]}, 400, "invalid-request"),
        ("GET", "/orgs/acme/tokens/none", None, 404, "unknown-token"),
        ("POST", "/orgs/acme/tokens/none/revoke", None, 404, "unknown-token"),
        ("POST", "/orgs/acme/tokens/none/rotate", {}, 404, "unknown-token"),
        ("POST", "/orgs/acme/tokens/none/rotate", {"overlapHours": -1}, 400, "invalid-request"),
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
    assert {fault["pointer"] for fault in reply.json()["errors"]} == {"/name", "/strict"}
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

    monkeypatch.setattr(admin.records, "organizations_after", broken)
    capsys.readouterr()
    reply = admin.send("GET", "/orgs")
    assert_problem(reply, 500)
    line = capsys.readouterr().out
    assert json.loads(line)["failure"]["errors"] == ["builtins.ValueError"]
    assert "s3cret" not in reply.text + line


def test_given_every_error_of_the_access_room_then_there_is_a_problem_for_it(admin: Admin) -> None:
    told = {kind for area in admin.api.areas for kind in area.problems}
    assert set(AccessError.__subclasses__()) <= told
