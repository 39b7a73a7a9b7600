"""Security event tokens as RFC 8417 and RFC 9967 want them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import Cause, ChangeEvent
from gangway.changes.security_event import TokenMaker, claims
from gangway.changes.tell import members_changed, resource_changed, resource_created, resource_deleted
from tests.changes.fakes import NOW, FixedClock

CAUSE = Cause("T0000001", "kid", "req-7", "2026-01-31T12:00:00.000Z")
PROV = "urn:ietf:params:scim:event:prov:"
ADA = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "externalId": "42"}
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def document(event: ChangeEvent | None, *, thin: bool = False) -> dict[str, Any]:
    assert event is not None
    entry = enter(event, 1, FIRST_SEAL)
    return entry.thin() if thin else entry.full()


def told(event: ChangeEvent | None, *, thin: bool = False) -> dict[str, Any]:
    return claims(document(event, thin=thin), "https://gangway.example/acme", "https://app.example", 1_800_000_000)


def changed(before: dict[str, Any], after: dict[str, Any]) -> ChangeEvent | None:
    return resource_changed(CAUSE, "User", "u1", 3, before, after)


def test_EVT_02_EVT_03_EVT_04_the_claims_name_issuer_subject_and_transaction_and_nothing_twice() -> None:
    payload = told(resource_created(CAUSE, "User", "u1", 1, ADA))

    assert payload.keys() == {"iss", "aud", "iat", "jti", "txn", "toe", "sub_id", "events"}
    assert payload["sub_id"] == {"format": "scim", "uri": "/Users/u1", "id": "u1", "externalId": "42"}
    assert payload["txn"] == "req-7"
    assert payload["toe"] == NOW.timestamp()


def test_EVT_06_a_created_user_is_told_as_it_is_with_its_id() -> None:
    assert told(resource_created(CAUSE, "User", "u1", 1, ADA | {"password": "hunter2"}))["events"] == {
        f"{PROV}create:full": {"data": ADA | {"id": "u1"}, "version": 'W/"1"'}
    }


def test_EVT_06_a_changed_user_is_told_as_the_patch_that_makes_the_change() -> None:
    before = ADA | {"title": "Ms", "name": {"givenName": "Ada", "familyName": "Byron"}, ENTERPRISE: {"department": "x"}}
    after = ADA | {"name": {"familyName": "Lovelace"}, ENTERPRISE: {"costCenter": "7"}}

    (event,) = told(changed(before, after))["events"].values()

    assert event["data"]["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    *removed, replaced = event["data"]["Operations"]
    assert removed == [
        {"op": "remove", "path": "title"},
        {"op": "remove", "path": "name.givenName"},
        {"op": "remove", "path": f"{ENTERPRISE}:department"},
    ]
    assert replaced == {
        "op": "replace",
        "value": {"name": {"familyName": "Lovelace"}, ENTERPRISE: {"costCenter": "7"}},
    }


@pytest.mark.parametrize("thin", [True, False])
def test_EVT_05_an_event_has_data_or_names_of_attributes_and_its_uri_says_which(thin: bool) -> None:
    ((uri, payload),) = told(changed(ADA, ADA | {"title": "Ms"}), thin=thin)["events"].items()

    assert uri == f"{PROV}patch:{'notice' if thin else 'full'}"
    assert ("data" in payload, "attributes" in payload) == (not thin, thin)
    if thin:
        assert payload["attributes"] == ["title"]


def test_EVT_07_a_deletion_has_no_payload() -> None:
    assert told(resource_deleted(CAUSE, "User", "u1", 4, ADA))["events"] == {f"{PROV}delete": {}}


@pytest.mark.parametrize(("active", "event"), [(False, "deactivate"), (True, "activate")])
def test_EVT_08_a_change_of_active_alone_is_an_event_of_its_own(active: bool, event: str) -> None:
    assert told(changed(ADA | {"active": not active}, ADA | {"active": active}))["events"] == {f"{PROV}{event}": {}}


def test_EVT_08_a_change_of_active_with_others_is_told_by_both_events_in_one_token() -> None:
    before, after = ADA | {"active": True}, ADA | {"active": False, "title": "Ms"}

    assert told(changed(before, after))["events"].keys() == {f"{PROV}deactivate", f"{PROV}patch:full"}


def test_EVT_20_members_are_told_as_a_patch_of_those_that_changed_or_by_name_only() -> None:
    (event,) = members_changed(CAUSE, "g1", 2, added=["u1", "u2"], removed=["u3"])

    assert told(event)["sub_id"]["uri"] == "/Groups/g1"
    assert told(event)["events"][f"{PROV}patch:full"]["data"]["Operations"] == [
        {"op": "remove", "path": 'members[value eq "u3"]'},
        {"op": "add", "path": "members", "value": [{"value": "u1"}, {"value": "u2"}]},
    ]
    assert told(event, thin=True)["events"] == {f"{PROV}patch:notice": {"attributes": ["members"], "version": 'W/"2"'}}


class Es256:
    """Signs as KMS does in production: ECDSA on P-256, but here with a key in memory."""

    algorithm = "ES256"
    key_id = "key-1"

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, signing_input: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(signing_input, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def test_EVT_02_EVT_16_a_token_is_typed_and_can_be_verified_with_the_public_key() -> None:
    signer = Es256()
    maker = TokenMaker("https://gangway.example/acme", signer, FixedClock())

    token = maker.token(document(resource_created(CAUSE, "User", "u1", 1, ADA)), "https://app.example")

    head, payload, signature = token.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    signer.key.public_key().verify(der, f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"typ": "secevent+jwt", "alg": "ES256", "kid": "key-1"}
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["iat"] == int(NOW.timestamp())
