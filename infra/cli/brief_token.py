"""A token for the few minutes that a command plays an identity provider."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.cli.admin import path
from infra.cli.times import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.admin import AdminClient

TOKEN_LIFE = timedelta(minutes=10)


@contextmanager
def token_for_minutes(client: AdminClient, org: str, given: str | None) -> Iterator[str]:
    """A token for a few minutes, revoked at the end; or the one that was given."""
    if given:
        yield given
        return
    body = {"label": "gangway doctor", "expires": wire(datetime.now(UTC) + TOKEN_LIFE)}
    minted = client.post(path("orgs", org, "tokens"), body)
    try:
        yield str(minted["token"])
    finally:
        client.post(path("orgs", org, "tokens", minted["keyId"], "revoke"))
