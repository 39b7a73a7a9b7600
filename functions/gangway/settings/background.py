"""Settings of the functions that nobody waits for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gangway.settings.base import FunctionSettings, Networks, NonEmpty, OrganizationIds


class ChangeRelaySettings(FunctionSettings):
    """Of the function that moves changes from the outbox into the log and to EventBridge."""

    table: NonEmpty
    event_bus: NonEmpty
    event_retention_days: Annotated[int, Field(ge=1)] = 90
    webhook_dispatcher: NonEmpty
    """Name of the function to call when an endpoint has something to hear."""


class WebhookDispatcherSettings(FunctionSettings):
    """Of the function that delivers to an endpoint."""

    table: NonEmpty
    webhook_dispatcher: NonEmpty
    """Its own name: on schedule it calls itself, once for each endpoint that waits for another attempt."""
    webhook_sender: NonEmpty
    """Name of the function that posts."""
    event_signing_key: NonEmpty
    """ARN of the key pair that signs security event tokens."""
    public_url: NonEmpty
    """Who issues them."""


class WebhookSenderSettings(FunctionSettings):
    """Of the function that posts webhooks; it is told of nothing else of the stack."""

    webhook_networks: Networks = ()


class TokenCompactorSettings(FunctionSettings):
    """Of the function that keeps the vault of token hashes small."""

    table: NonEmpty
    token_secrets: NonEmpty
    token_shards: Annotated[int, Field(ge=1, le=256)] = 16
    dedicated_secrets: OrganizationIds = ()


class HousekeeperSettings(FunctionSettings):
    """Of the function that finishes what a request began."""

    table: NonEmpty
