"""Changes as security event tokens (RFC 8417, RFC 9967), from the request to what is told of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from gangway.changes.security_event import TokenMaker, claims
from gangway.storage.event_signing import SigningKey
from tests.standards.scene import ENTERPRISE, Client, Server, patch_body, user_body
from tests.support.clocks import StoppedClock

row = pytest.mark.row
PROV = "urn:ietf:params:scim:event:prov:"


def told(server: Server, *, thin: bool = False) -> list[dict[str, Any]]:
    """The claims of every event about a user or group so far, as a receiver of tokens gets them."""
    server.sweep()
    if thin:
        events = [json.loads(entry["Detail"]) for entry in server.account.bus.entries]
    else:
        events = server.administer("GET", "/orgs/acme/events").json()["events"]
    about = [event for event in events if event["data"]["resourceType"] in ("User", "Group")]
    return [claims(event, "https://scim.example.com", "https://app.example", 1_800_000_000) for event in about]


@row("EVT-02", "EVT-03", "EVT-04", "EVT-05", "EVT-06", "REP-34")
def test_given_a_creation_then_one_event_with_the_resource_and_no_secret(server: Server, acme: Client) -> None:
    ada = acme.user("ada", externalId="1001", password="t0p s3cret")
    (claim,) = told(server)
    assert {"iss", "iat", "jti", "aud", "txn"} <= claim.keys()
    assert not {"sub", "exp"} & claim.keys()
    assert claim["sub_id"] == {"format": "scim", "uri": f"/Users/{ada['id']}", "id": ada["id"], "externalId": "1001"}
    ((uri, payload),) = claim["events"].items()
    assert uri == f"{PROV}create:full"
    assert payload["data"]["id"] == ada["id"]
    assert payload["version"] == ada["meta"]["version"]
    assert "s3cret" not in json.dumps(claim)


@row("EVT-04", "EVT-05", "EVT-06", "EVT-07", "EVT-08", "EVT-10", "SEC-13")
def test_given_each_kind_of_write_then_its_own_event_under_the_requests_id(server: Server, acme: Client) -> None:
    ada = acme.user("ada", name={"familyName": "L"})
    acme.put(ada, user_body("ada", name={"familyName": "M"}))
    acme.patched(ada, {"op": "replace", "value": {"active": False}})
    acme.patched(ada, {"op": "replace", "value": {"active": True}})
    acme.send("DELETE", acme.path(ada))
    claims_ = told(server)
    uris = [next(iter(claim["events"])).removeprefix(PROV) for claim in claims_]
    assert uris == ["create:full", "patch:full", "deactivate", "activate", "delete"]
    thin = [next(iter(claim["events"].items())) for claim in told(server, thin=True)]
    assert thin[1] == (f"{PROV}patch:notice", {"attributes": ["name.familyName"], "version": 'W/"2"'})
    assert len({claim["jti"] for claim in claims_}) == len({claim["txn"] for claim in claims_}) == 5
    assert claims_[1]["events"][f"{PROV}patch:full"]["version"] == 'W/"2"'
    assert [claim["events"][f"{PROV}{uri}"] for claim, uri in zip(claims_[2:], uris[2:], strict=True)] == [{}, {}, {}]


@row("EVT-21", "PAT-43", "PUT-13")
def test_given_writes_that_change_nothing_or_are_refused_then_no_event(server: Server, acme: Client) -> None:
    ada = acme.user("ada", title="x")
    before = told(server)
    acme.put(ada, user_body("ada", title="x"))
    acme.patch(ada, {"op": "add", "path": "title", "value": "x"})
    acme.patch(ada, {"op": "add", "path": "title", "value": "y"}, {"op": "add", "path": "active", "value": "maybe"})
    acme.send("POST", "/Users", user_body("ada"))
    assert told(server) == before


class FakeKms:
    """Keeps a key pair as KMS does, and speaks its formats."""

    def __init__(self) -> None:
        self._key = ec.derive_private_key(7, ec.SECP256R1())

    def sign(self, **request: Any) -> dict[str, bytes]:
        digest = utils.Prehashed(hashes.SHA256())
        return {"Signature": self._key.sign(request["Message"], ec.ECDSA(digest))}

    def get_public_key(self, **_request: Any) -> dict[str, bytes]:
        der, info = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return {"PublicKey": self._key.public_key().public_bytes(der, info)}


@row("EVT-02", "EVT-16")
def test_given_a_signed_token_then_the_published_key_verifies_it(server: Server, acme: Client) -> None:
    ada = acme.user("ada")
    server.sweep()
    event = server.administer("GET", "/orgs/acme/events").json()["events"][-1]
    key = SigningKey(FakeKms(), "arn:aws:kms:eu-west-1:123456789012:key/k1")  # type: ignore[arg-type] # has what is used
    token = TokenMaker("https://scim.example.com", key, StoppedClock()).token(event, "https://app.example")

    jwk = key.public()
    x, y = (int.from_bytes(decoded(jwk[name])) for name in "xy")
    head, payload, signature = token.split(".")
    assert json.loads(decoded(head)) == {"typ": "secevent+jwt", "alg": "ES256", "kid": jwk["kid"]}
    assert json.loads(decoded(payload))["sub_id"]["id"] == ada["id"]
    r, s = (int.from_bytes(half) for half in (decoded(signature)[:32], decoded(signature)[32:]))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
        utils.encode_dss_signature(r, s), f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
    )


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@row("EVT-20")
def test_given_a_change_of_members_then_the_event_is_a_patch_of_those_that_changed(
    server: Server, acme: Client
) -> None:
    ids = [acme.user(f"u{number}")["id"] for number in range(3)]
    crew = acme.group("crew", ids[:2])
    acme.patched(crew, {"op": "add", "path": "members", "value": [{"value": ids[2]}]})
    (payload,) = told(server)[-1]["events"].values()
    assert payload["data"]["Operations"] == [{"op": "add", "path": "members", "value": [{"value": ids[2]}]}]


@row("DIS-27", "EVT-01", "EVT-11")
def test_given_events_for_the_application_then_nothing_is_promised_to_identity_providers(acme: Client) -> None:
    assert "securityEvents" not in acme.get("/ServiceProviderConfig").json()
    ada = acme.user("ada")
    change = patch_body({"op": "add", "value": {ENTERPRISE: {"department": "E"}}})
    answer = acme.send("PATCH", acme.path(ada), change, headers={"Prefer": "respond-async"})
    assert answer.status == 200
    assert not {"Preference-Applied", "Set-Txn"} & answer.headers.keys()
