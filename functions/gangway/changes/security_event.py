"""Change events as security event tokens (RFC 8417) of SCIM (RFC 9967), for receivers that speak that standard.

The same event in other words: the subject is the SCIM resource, the transaction is the request, the event's URI says
what happened. With values it is a ``:full`` event, without them (thin, or erased) a ``:notice`` that names attributes.
Deletions and changes of ``active`` have events of their own, without payload. A change of ``active`` that came with
others is told by both events in one token, as both are about one change of one subject.

Tokens must be signed in a way that a receiver can check with a public key, so the signature is a port.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gangway.clock import Clock

_PREFIX: Final = "urn:ietf:params:scim:event:prov:"
_PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_STATE_EVENTS: Final = {"user.deactivated": "deactivate", "user.reactivated": "activate"}
_APPEARING: Final = ("user.created", "user.restored", "group.created")


class Signer(Protocol):
    """Signs tokens with a private key that it alone knows."""

    algorithm: str
    """``alg`` of RFC 7518, for instance ``ES256``; never ``none``."""
    key_id: str

    def sign(self, signing_input: bytes) -> bytes:
        """Give the raw signature of a token's first two parts, as RFC 7515 wants it."""
        ...


class TokenMaker:
    """Makes signed tokens in the name of one issuer."""

    def __init__(self, issuer: str, signer: Signer, clock: Clock) -> None:
        self._issuer = issuer
        self._signer = signer
        self._clock = clock

    def token(self, document: Mapping[str, Any], audience: str) -> str:
        """Make the token of an event as an application would receive it (`LogEntry.full` or `LogEntry.thin`)."""
        header = {"typ": "secevent+jwt", "alg": self._signer.algorithm, "kid": self._signer.key_id}
        payload = claims(document, self._issuer, audience, int(self._clock.now().timestamp()))
        signing_input = f"{_encoded(header)}.{_encoded(payload)}"
        return f"{signing_input}.{_base64url(self._signer.sign(signing_input.encode()))}"


def claims(document: Mapping[str, Any], issuer: str, audience: str, issued_at: int) -> dict[str, Any]:
    """Say an event in the claims of a security event token.

    Args:
        document: a user's or group's event, with or without values.
        issued_at: when the token is made, in seconds since the epoch; the event's own time is ``toe``.
    """
    data = document["data"]
    endpoint = {"User": "/Users", "Group": "/Groups"}[data["resourceType"]]
    subject = {"format": "scim", "uri": f"{endpoint}/{data['resourceId']}", "id": data["resourceId"]}
    if data.get("externalId"):
        subject["externalId"] = data["externalId"]
    return {
        "iss": issuer,
        "aud": audience,
        "iat": issued_at,
        "jti": document["id"],
        "txn": data["requestId"],
        "toe": int(datetime.fromisoformat(document["timestamp"]).timestamp()),
        "sub_id": subject,
        "events": _events(document["type"], data),
    }


def _events(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    if event_type.endswith(".deleted"):
        return {f"{_PREFIX}delete": {}}
    events: dict[str, Any] = {}
    state = _STATE_EVENTS.get(event_type)
    if state is not None:
        events[f"{_PREFIX}{state}"] = {}
    if state is None or set(data["changed"]) != {"active"}:
        kind = "create" if event_type in _APPEARING else "patch"
        version = f'W/"{data["version"]}"'
        told = _data(kind, data)
        if told is None:
            events[f"{_PREFIX}{kind}:notice"] = {"attributes": list(data["changed"]), "version": version}
        else:
            events[f"{_PREFIX}{kind}:full"] = {"data": told, "version": version}
    return events


def _data(kind: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The payload of a ``:full`` event, or None when the event has no values."""
    if "membersAdded" in data:
        return _patch([*_removals(data["membersRemoved"]), *_additions(data["membersAdded"])])
    if data.get("after") is None:
        return None
    if kind == "create":
        return {**data["after"], "id": data["resourceId"]}
    before, after = data["before"] or {}, data["after"]
    removed = [{"op": "remove", "path": path} for path in _removed_paths(before, after)]
    replaced = [{"op": "replace", "value": dict(after)}] if after else []
    return _patch([*removed, *replaced])


def _removed_paths(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Name what is gone, within complex attributes and extensions too: replacing those leaves what is not mentioned."""
    for name, was in before.items():
        path = prefix + name
        if name not in after:
            yield path
        elif isinstance(was, dict) and isinstance(after[name], dict):
            yield from _removed_paths(was, after[name], path + (":" if name.lower().startswith("urn:") else "."))


def _additions(members: list[str]) -> list[dict[str, Any]]:
    return [{"op": "add", "path": "members", "value": [{"value": member} for member in members]}] if members else []


def _removals(members: list[str]) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in members]


def _patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": [_PATCH_OP], "Operations": operations}


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
