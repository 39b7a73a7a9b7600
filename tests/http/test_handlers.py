"""The handlers themselves, imported as Lambda imports them, on moto: from an operator's first call to a user."""

from __future__ import annotations

import gc
import importlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from gangway.storage import aws
from tests.access.aws import SECRETS, TABLE, Cloud
from tests.http.fakes import SCIM
from tests.support.proxy import LambdaContext, Reply, proxy_event

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
OPERATOR = "arn:aws:iam::123456789012:user/operator"


@dataclass
class Service:
    """Both functions, and the cloud they run in."""

    scim: Any
    admin: Any
    cloud: Cloud

    def administer(self, method: str, path: str, body: Any = None, *, actor: str | None = OPERATOR) -> Reply:
        identity = {"userArn": actor} if actor else {}
        headers = {"Content-Type": "application/json"}
        return Reply(self.admin(proxy_event(method, f"/admin/v1{path}", body, headers, **identity), LambdaContext()))

    def send(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        given = {"Authorization": f"Bearer {token}", "Content-Type": SCIM, **headers}
        return Reply(self.scim(proxy_event(method, path, body, given), LambdaContext()))

    def token_for(self, name: str) -> str:
        """Create an organization and mint a token."""
        assert self.administer("POST", "/orgs", {"name": name}).status == 201
        return str(self.administer("POST", f"/orgs/{name}/tokens", {"label": "test"}).json()["token"])


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    common = {
        "GANGWAY_TABLE": TABLE,
        "GANGWAY_TOKEN_SECRETS": SECRETS,
        "GANGWAY_TOKEN_SHARDS": "2",
        "GANGWAY_PUBLIC_URL": "https://scim.example.com",
    }
    for name, value in common.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.forget_clients()
        cloud = Cloud(shards=2)
        for module in ("handlers.scim_api", "handlers.admin_api"):
            sys.modules.pop(module, None)
        scim = importlib.import_module("handlers.scim_api").handler
        for name in ("WEBHOOK_DISPATCHER", "WEBHOOK_SENDER", "EVENT_SIGNING_KEY"):
            monkeypatch.setenv(f"GANGWAY_{name}", "nobody-calls-it-here")
        admin = importlib.import_module("handlers.admin_api").handler
        cloud.calls.watch(aws.dynamodb())
        yield Service(scim, admin, cloud)
        aws.forget_clients()
        for module in ("handlers.scim_api", "handlers.admin_api"):
            sys.modules.pop(module, None)


def test_given_the_handlers_are_imported_then_the_collector_is_on_and_has_less_to_do(service: Service) -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_given_an_empty_stack_when_an_organization_gets_a_token_then_its_users_and_groups_arrive(
    service: Service,
) -> None:
    token = service.token_for("acme")
    base = "/scim/v2/acme"

    user = service.send(token, "POST", f"{base}/Users", {"schemas": [USER], "userName": "alice@example.com"})
    assert user.status == 201
    location = user.headers["Location"]
    assert location == f"https://scim.example.com{base}/Users/{user.json()['id']}" == user.json()["meta"]["location"]

    group = {"schemas": [GROUP], "displayName": "Staff", "members": [{"value": user.json()["id"]}]}
    created = service.send(token, "POST", f"{base}/Groups", group)
    assert created.status == 201
    path = f"{base}/Groups/{created.json()['id']}"
    assert service.send(token, "GET", path).json()["members"][0]["value"] == user.json()["id"]

    found = service.send(token, "GET", f"{base}/Users?filter=userName%20eq%20%22ALICE@example.com%22")
    assert found.json()["totalResults"] == 1

    remove = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members"}]}
    assert service.send(token, "PATCH", path, remove).status == 204
    assert "members" not in service.send(token, "GET", path).json()

    etag = service.send(token, "GET", f"{base}/Users/{user.json()['id']}").headers["ETag"]
    assert service.send(token, "DELETE", f"{base}/Users/{user.json()['id']}", **{"If-Match": etag}).status == 204
    assert service.send(token, "GET", f"{base}/Users/{user.json()['id']}").status == 404


def test_given_both_forms_of_url_then_they_show_one_directory_each_with_its_own_locations(service: Service) -> None:
    token = service.token_for("acme")
    created = service.send(token, "POST", "/provisioning/generic/v2/Users", {"schemas": [USER], "userName": "a"})
    read = service.send(token, "GET", f"/scim/v2/acme/Users/{created.json()['id']}")
    assert created.headers["Location"].startswith("https://scim.example.com/provisioning/generic/v2/Users/")
    assert read.headers["Location"].startswith("https://scim.example.com/scim/v2/acme/Users/")
    assert read.json()["userName"] == "a"


def test_ISO_01_ISO_12_ISO_13_given_two_organizations_then_neither_sees_the_other(
    service: Service,
) -> None:
    acme, globex = service.token_for("acme"), service.token_for("globex")
    body = {"schemas": [USER], "userName": "alice", "externalId": "1"}
    first = service.send(acme, "POST", "/scim/v2/acme/Users", body)
    second = service.send(globex, "POST", "/scim/v2/globex/Users", body)
    assert (first.status, second.status) == (201, 201)
    foreign, unknown = first.json()["id"], "0190aaaa-0000-7000-8000-000000000000"
    deactivate = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    for method, content in [("GET", None), ("PUT", body), ("PATCH", deactivate), ("DELETE", None)]:
        answers = []
        for resource_id in (foreign, unknown):
            service.cloud.calls.made.clear()
            reply = service.send(globex, method, f"/scim/v2/globex/Users/{resource_id}", content)
            answers.append((reply.status, reply.text, reply.headers, sorted(service.cloud.calls.made)))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert service.send(acme, "GET", f"/scim/v2/acme/Users/{foreign}").json()["userName"] == "alice"


def test_TOK_16_SCM_05_given_an_operator_then_tokens_are_shown_once_and_later_by_their_key_id_only(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.administer("POST", "/orgs", {"name": "acme"})
    minted = service.administer("POST", "/orgs/acme/tokens", {"label": "Okta"}).json()
    listed = service.administer("GET", "/orgs/acme/tokens")
    (entry,) = listed.json()["tokens"]
    assert entry == {name: value for name, value in minted.items() if name != "token"}
    assert entry["creator"] == OPERATOR
    secret = minted["token"].split("_")[2]
    assert secret not in listed.text
    log = capsys.readouterr().out
    assert OPERATOR in log
    assert secret not in log


def test_SCM_07_given_the_wrong_class_of_credential_then_neither_door_opens(service: Service) -> None:
    token = service.token_for("acme")
    assert service.administer("GET", "/orgs", actor=None).status == 403
    event = proxy_event("GET", "/admin/v1/orgs", None, {"Authorization": f"Bearer {token}"})
    assert Reply(service.admin(event, LambdaContext())).status == 403
    assert service.send("AWS4-HMAC-SHA256 Credential=x", "GET", "/scim/v2/acme/Users").status == 401


def test_given_a_bulk_request_then_users_and_the_group_that_holds_them_arrive(service: Service) -> None:
    token = service.token_for("acme")
    members = [{"value": "bulkId:a"}, {"value": "bulkId:b"}]
    operations: list[dict[str, Any]] = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "staff",
            "data": {"schemas": [GROUP], "displayName": "Staff", "members": members},
        },
        *(
            {"method": "POST", "path": "/Users", "bulkId": name, "data": {"schemas": [USER], "userName": name}}
            for name in ("a", "b")
        ),
        {"method": "POST", "path": "/Users", "bulkId": "twin", "data": {"schemas": [USER], "userName": "A"}},
    ]
    reply = service.send(token, "POST", "/scim/v2/acme/Bulk", {"schemas": [BULK], "Operations": operations})
    assert reply.status == 200
    results = reply.json()["Operations"]
    assert [result["status"] for result in results] == ["201", "201", "201", "409"]
    assert results[3]["response"]["scimType"] == "uniqueness"
    group = service.send(token, "GET", "/scim/v2/acme" + results[0]["location"].partition("/acme")[2]).json()
    ids = {result["location"].rsplit("/", 1)[1] for result in results[1:3]}
    assert {member["value"] for member in group["members"]} == ids
    assert json.dumps(results[0]["version"]) == json.dumps(group["meta"]["version"])
