"""Settings of the admin API's function."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gangway.settings.base import Networks, NonEmpty, OrganizationIds, TokenVaultSettings


class AdminApiSettings(TokenVaultSettings):
    """Of the function behind the admin API."""

    table: NonEmpty
    dedicated_secrets: OrganizationIds = ()
    """Organizations whose token hashes are in a secret of their own."""
    webhook_dispatcher: NonEmpty
    webhook_sender: NonEmpty
    webhook_networks: Networks = ()
    event_signing_key: NonEmpty
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#]+[^?#]*$")] | None = None
    tombstone_days: Annotated[int, Field(ge=0)] = 30
    """As for `ScimApiSettings`: operators delete users, too."""
