"""Organizations and tokens are told like resources, and never with a secret."""

from __future__ import annotations

from gangway.changes.event import Cause, dump_change, load_change
from gangway.changes.tell import change, identified
from gangway.changes.tell_access import (
    organization_created,
    organization_deleted,
    organization_updated,
    token_changed,
    token_created,
)

CAUSE = Cause("T0000001", "arn:aws:iam::123456789012:user/ops", "req", "2026-01-31T12:00:00.000Z")
ACME = {"name": "acme", "displayName": "Acme", "state": "active"}
TOKEN = {"label": "okta", "state": "active"}


def test_an_organization_is_told_from_its_creation_to_its_end() -> None:
    renamed = ACME | {"displayName": "Acme, Inc."}

    told = change(
        organization_created(CAUSE, ACME),
        organization_updated(CAUSE, 2, ACME, renamed),
        organization_deleted(CAUSE, 3, renamed),
    )

    assert [event.type for event in told] == ["organization.created", "organization.updated", "organization.deleted"]
    assert {event.resource_id for event in told} == {"T0000001"}
    assert told[1].before == {"displayName": "Acme"}
    assert load_change(dump_change(identified(told, "T0000001", 1)))[2].before == renamed


def test_settings_that_did_not_change_are_not_told() -> None:
    assert organization_updated(CAUSE, 2, ACME, dict(ACME)) is None
    assert token_changed(CAUSE, "token.revoked", "kid", 2, TOKEN, dict(TOKEN)) is None


def test_a_token_is_told_from_minting_to_revocation() -> None:
    fading, revoked = TOKEN | {"expires": "2026-02-07T12:00:00.000Z"}, TOKEN | {"state": "revoked"}

    told = change(
        token_created(CAUSE, "kid", TOKEN),
        token_changed(CAUSE, "token.rotated", "kid", 2, TOKEN, fading),
        token_changed(CAUSE, "token.revoked", "kid", 3, fading, revoked),
    )

    assert [(event.type, event.resource_id, event.version) for event in told] == [
        ("token.created", "kid", 1),
        ("token.rotated", "kid", 2),
        ("token.revoked", "kid", 3),
    ]
    assert told[2].changed == ("expires", "state")
