"""Settings of the SCIM API's function."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gangway.settings.base import NonEmpty, TokenVaultSettings


class ScimApiSettings(TokenVaultSettings):
    """Of the function behind the SCIM API."""

    table: NonEmpty
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#]+[^?#]*$")] | None = None
    """The URL in front of the doors, when it is not the gateway's own; a trailing slash does not matter."""
    rate_limit: Annotated[int, Field(ge=1)] = 50
    """Requests a second and organization."""
    tombstone_days: Annotated[int, Field(ge=0)] = 30
    """For how long a deleted user can come back, where the organization does not say."""
    data_role: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")] | None = None
    """ARN of the role that reaches the items of the organization named in its session; None: the function's own role
    reaches all."""
