"""Writes `events/`: one true example per handler and kind of request, made by the local gateway's own event builder.

    uv run python -m tests.local.examples

The files are what handlers get on AWS, so they are where to look for the shape of an event, and what to feed a handler
in a debugger. Ids, times and token are fixed, so a file changes only when the gateway or the program does; a test keeps
them true. The token opens nothing: its secret is the word EXAMPLE.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gangway.access.token import compose
from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import Cause
from gangway.changes.tell import identified, resource_changed, resource_created
from gangway.changes.webhooks.endpoint import Endpoint
from gangway.changes.webhooks.message import Messages
from gangway.storage import keys
from gangway.storage.items import work_item
from gangway.storage.outbox import change_put
from infra.local.event import Arrival, proxy_event
from infra.local.exchange import Headers, Request
from infra.local.made_up import ACCOUNT
from infra.local.recorder import Recording, record
from infra.local.rest_api import read_rest_api
from infra.local.stream_events import records_event, scheduled_event, stream_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gangway.changes.security_event import TokenMaker

EVENTS = Path(__file__).parents[2] / "events"

TIME = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
DOMAIN = "scim.example.com"
ORGANIZATION_ID = "Ex4mple0"
TOKEN = compose("gangway", f"{ORGANIZATION_ID}Key00001", "EXAMPLE".ljust(43, "0"))
USER_ID = "019c1391-3400-7abc-8def-0123456789a1"
WEBHOOK_SECRET = "whsec_" + "EXAMPLE".ljust(40, "0")
GROUP_ID = "019c1391-3400-7abc-8def-0123456789f1"

_SCIM = "application/scim+json"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0"

_ADA = {
    "schemas": [_USER],
    "userName": "ada@example.com",
    "externalId": "ext-ada",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}],
    "active": True,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One file: the handler it is for, its name, and the event."""

    handler: str
    case: str
    event: Mapping[str, Any]

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return EVENTS / self.handler / f"{self.case}.json"

    def text(self) -> str:
        """The content of the file."""
        return json.dumps(self.event, indent=2, ensure_ascii=False) + "\n"


def examples() -> Iterator[Example]:
    """All examples, in the order in which their requests would succeed one after another."""
    yield from _scim_api()
    yield from _admin_api()
    yield from _change_relay()
    yield from _housekeeper()
    yield from _token_compactor()
    yield from _webhooks()


ROTATION = "00000000-0000-4000-8000-000000000002"
"""Id of the version of a secret that a rotation makes."""


def _patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [f"{_MESSAGES}:PatchOp"], "Operations": list(operations)}


def _scim_api() -> Iterator[Example]:
    user, group = f"/Users/{USER_ID}", f"/Groups/{GROUP_ID}"
    by_name = "filter=userName%20eq%20%22ada%40example.com%22"
    member = {"value": USER_ID}
    team = {"schemas": [_GROUP], "displayName": "Engineering"}
    search = {"schemas": [f"{_MESSAGES}:SearchRequest"], "filter": 'userName eq "ada@example.com"', "count": 1}
    bulk = {
        "schemas": [f"{_MESSAGES}:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "grace", "data": {**_ADA, "userName": "grace@example.com"}}
        ],
    }
    entra_patch = _patch(
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "ada.l@example.com"},
        {"op": "Add", "path": "title", "value": "Countess"},
    )
    leave = {"op": "remove", "path": f'members[value eq "{USER_ID}"]'}
    okta, entra = "Okta SCIM Client 1.0.0", "azure-ad-scim/1.0"
    yield _scim("service_provider_config", "GET", "/ServiceProviderConfig")
    yield _scim("schemas", "GET", "/Schemas")
    yield _scim("resource_types", "GET", "/ResourceTypes")
    yield _scim("user_create", "POST", "/Users", body=_ADA)
    yield _scim("user_read", "GET", user, headers=(("If-None-Match", 'W/"0"'),))
    yield _scim("users_by_user_name", "GET", "/Users", f"{by_name}&startIndex=1&count=100", agent=okta)
    yield _scim("users_page", "GET", "/Users", "startIndex=1&count=2&attributes=userName&attributes=active")
    yield _scim("users_by_provisioning_door", "GET", "/Users", by_name, door="/provisioning/generic/v2")
    yield _scim("users_search", "POST", "/Users/.search", body=search)
    yield _scim("user_replace", "PUT", user, body={**_ADA, "id": USER_ID, "title": "Analyst"}, agent="JumpCloud")
    yield _scim("user_patch_entra", "PATCH", user, body=entra_patch, agent=entra)
    yield _scim(
        "user_deactivate_entra", "PATCH", user, body=_patch({"op": "Replace", "path": "active", "value": "False"})
    )
    yield _scim(
        "user_deactivate_okta", "PATCH", user, body=_patch({"op": "replace", "value": {"active": False}}), agent=okta
    )
    yield _scim("user_deactivate_jumpcloud", "PUT", user, body={**_ADA, "active": False}, agent="JumpCloud")
    yield _scim("group_create", "POST", "/Groups", body=team)
    yield _scim("group_add_member", "PATCH", group, body=_patch({"op": "add", "path": "members", "value": [member]}))
    yield _scim("group_remove_member", "PATCH", group, body=_patch(leave), agent=entra)
    yield _scim("group_replace", "PUT", group, body={**team, "members": [member]})
    yield _scim("group_delete", "DELETE", group)
    yield _scim("bulk", "POST", "/Bulk", body=bulk)
    yield _scim("user_delete", "DELETE", user)
    yield _scim("unknown_route", "GET", "/Nothing")
    yield _scim("wrong_token", "GET", "/Users", authorization="Bearer wrong")
    # The gateway stops this one; a handler that got it all the same must not let it in.
    yield _scim("no_token", "GET", "/Users", authorization=None)


def _admin_api() -> Iterator[Example]:
    yield _admin(
        "organization_create", "POST", "/orgs", {"name": "initech", "displayName": "Initech", "provider": "okta"}
    )
    yield _admin("organizations_list", "GET", "/orgs")
    yield _admin("organization_read", "GET", "/orgs/initech")
    yield _admin("token_mint", "POST", "/orgs/initech/tokens", {"label": "Okta production"})
    yield _admin("tokens_list", "GET", "/orgs/initech/tokens")
    yield _admin("organization_unknown", "GET", "/orgs/nobody")


def _change_relay() -> Iterator[Example]:
    created = resource_created(_cause(), "User", USER_ID, 1, _ADA)
    changed = resource_changed(_cause(), "User", USER_ID, 2, _ADA, {**_ADA, "active": False})
    assert changed is not None
    puts = [change_put([event])["Put"]["Item"] for event in (created, changed)]
    yield Example("change_relay", "stream", _inserted(*puts))
    yield Example("change_relay", "schedule", _due("change-relay"))


def _housekeeper() -> Iterator[Example]:
    work = work_item(keys.work(ORGANIZATION_ID, "gone", USER_ID), USER_ID, _cause())
    yield Example("housekeeper", "stream", _inserted(work))
    yield Example("housekeeper", "schedule", _due("housekeeper"))


def _token_compactor() -> Iterator[Example]:
    (first, *_) = sorted(
        _program().of_type("aws:secretsmanager/secret:Secret"), key=lambda secret: str(secret.inputs["name"])
    )
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        asked = {"Step": step, "SecretId": first.outputs["arn"], "ClientRequestToken": ROTATION}
        yield Example("token_compactor", step, asked)
    yield Example("token_compactor", "schedule", _due("token-compactor"))


def _webhooks() -> Iterator[Example]:
    changed = resource_changed(_cause(), "User", USER_ID, 2, _ADA, {**_ADA, "active": False})
    assert changed is not None
    endpoint = Endpoint("we0123456789abcdef", ORGANIZATION_ID, "https://hooks.example.com/in", (WEBHOOK_SECRET,))
    entry = enter(identified([changed], USER_ID, 2)[0], 17, FIRST_SEAL)
    post = Messages(_no_tokens()).of_entry(endpoint, entry, TIME)
    yield Example("webhook_dispatcher", "endpoint", {"organization": ORGANIZATION_ID, "endpoint": endpoint.id})
    yield Example("webhook_dispatcher", "schedule", _due("webhook-dispatcher"))
    posts = [{"url": post.url, "headers": post.headers, "body": post.body.decode()}]
    yield Example("webhook_sender", "posts", {"posts": posts})


def _no_tokens() -> TokenMaker:
    return cast("TokenMaker", None)  # the endpoint wants none


def _scim(
    case: str,
    method: str,
    path: str,
    query: str = "",
    *,
    body: Any = None,
    headers: Headers = (),
    authorization: str | None = f"Bearer {TOKEN}",
    agent: str = "Mozilla/5.0",
    door: str = "/scim/v2/acme",
) -> Example:
    sent = [("Accept", _SCIM), *_content(body, _SCIM), ("Host", DOMAIN), ("User-Agent", agent), *headers]
    if authorization:
        sent.append(("Authorization", authorization))
    request = Request(method, door + path, query, tuple(sent), _encoded(body), "192.0.2.10")
    return Example("scim_api", case, _event("scim-api", case, request))


def _admin(case: str, method: str, path: str, body: Any = None) -> Example:
    sent = (*_content(body, "application/json"), ("Host", DOMAIN), ("X-Amz-Date", f"{TIME:%Y%m%dT%H%M%SZ}"))
    request = Request(method, f"/admin/v1{path}", "", sent, _encoded(body), "192.0.2.20")
    operator = {
        "accountId": ACCOUNT,
        "accessKey": "AKIAIOSFODNN7EXAMPLE",
        "caller": "AIDACKCEVSQ6C2EXAMPLE",
        "user": "AIDACKCEVSQ6C2EXAMPLE",
        "userArn": f"arn:aws:iam::{ACCOUNT}:user/operator",
    }
    return Example("admin_api", case, _event("admin-api", case, request, operator))


def _content(body: Any, media_type: str) -> Headers:
    return () if body is None else (("Content-Type", media_type),)


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def _event(api_name: str, case: str, request: Request, caller: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    api = _program().one("aws:apigateway/restApi:RestApi", api_name)
    read = read_rest_api(api.id, "live", json.loads(api.inputs["body"]))
    match = read.match(request.method, request.path)
    assert match is not None, request.path
    arrival = Arrival(str(uuid.uuid5(uuid.NAMESPACE_URL, f"{api_name}/{case}")), TIME, DOMAIN, caller)
    return proxy_event(read, match, request, arrival)


def _inserted(*items: Mapping[str, Any]) -> Mapping[str, Any]:
    arn = _program().one("aws:dynamodb/table:Table").outputs["streamArn"]
    raw = [
        {
            "eventID": uuid.uuid5(uuid.NAMESPACE_URL, item["pk"]["S"] + item["sk"]["S"]).hex,
            "eventName": "INSERT",
            "dynamodb": {
                "ApproximateCreationDateTime": TIME + timedelta(seconds=number),
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": dict(item),
                "SequenceNumber": f"{1100000000017454423009 + number}",
                "SizeBytes": len(json.dumps(item)),
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }
        for number, item in enumerate(items)
    ]
    return records_event([stream_record(one, arn) for one in raw])


def _due(service: str) -> Mapping[str, Any]:
    rule = _program().one("aws:cloudwatch/eventRule:EventRule", f"{service}-sweep")
    return scheduled_event(rule.outputs["arn"], TIME, str(uuid.uuid5(uuid.NAMESPACE_URL, service)))


def _cause() -> Cause:
    return Cause(
        ORGANIZATION_ID, TOKEN.split("_")[1], "7c1e2f5a-0000-4000-8000-000000000001", f"{TIME:%Y-%m-%dT%H:%M:%S}.000Z"
    )


@cache
def _program() -> Recording:
    return record({"codeArchive": str(EVENTS.parent / "functions"), "publicUrl": f"https://{DOMAIN}"}, stack="example")


def write() -> None:
    """Write all files anew, and remove what is no longer an example."""
    made = {example.file: example.text() for example in examples()}
    for old in set(EVENTS.rglob("*.json")) - set(made):
        old.unlink()
    for file, text in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
