"""Settings, tokens, and what is kept of requests."""

from __future__ import annotations

from gangway.storage import keys, organization_items
from tests.upkeep.damage import (
    A_DIARY,
    A_HINT,
    OF_THE_STACK,
    Kind,
    altered,
    anyone,
    at,
    copied,
    keyed,
    lost,
    number,
    text,
)

ORGANIZATION: dict[str, Kind] = {
    "failure": Kind(
        keys.failure,
        anyone,
        deleted=A_DIARY,
        altered=altered("failure", text("d", lambda _document: "{")),
        duplicated=A_DIARY,
        orphaned=A_DIARY,
    ),
    "refusal": Kind(
        keys.refusal,
        anyone,
        deleted=A_DIARY,
        altered=altered("refusal", lambda _scene, item: {n: v for n, v in item.items() if n != "n"}),
        duplicated=A_DIARY,
        orphaned=A_DIARY,
    ),
    "bookmark": Kind(keys.bookmark, anyone, A_HINT, A_HINT, A_HINT, A_HINT),
    "rate": Kind(organization_items.rate_key, anyone, A_HINT, A_HINT, A_HINT, A_HINT),
    "meta": Kind(
        keys.access,
        anyone,
        deleted="Without its settings an organization is not found, so nobody can ask for a check of it.",
        altered=altered("meta", number("auth_epoch", 7), beyond=True),
        duplicated=copied("meta", "orphaned", at(lambda _scene, _key: "META2")),
        orphaned="The name leads to the settings, and they are what an organization is.",
    ),
    "token": Kind(
        keys.access,
        keyed(sk="{live}"),
        deleted=lost("token"),
        altered=altered("token", lambda _scene, item: item | {"scopes": {"L": []}}),
        duplicated=copied("token", "orphaned", at(lambda _scene, key: f"{key[:8]}12345678")),
        orphaned=copied("token", "orphaned", at(lambda _scene, key: f"Org00002{key[8:]}")),
    ),
    "token that was revoked": Kind(
        keys.access,
        keyed(sk="{revoked}"),
        deleted="What a token was is forgotten a while after its end.",
        altered=altered("token", text("state", lambda _state: "active")),
        duplicated="As a token.",
        orphaned="As a token.",
    ),
    "name": Kind(None, anyone, OF_THE_STACK, OF_THE_STACK, OF_THE_STACK, OF_THE_STACK),
}
