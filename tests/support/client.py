"""A SCIM client that says nothing by itself: what a test does not write is not sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from infra.local.organizations import LocalOrganization

SCIM = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

# One client for all: preparing TLS, which nothing here speaks, takes longer than a request.
_HTTP = httpx2.Client(trust_env=False, timeout=60)


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests under one base URL with one token.

    Attributes:
        base_url: no trailing slash.
        headers: sent with every request.
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, organization: LocalOrganization) -> Self:
        """A client with the organization's own token."""
        return cls(organization.scim_base_url, {"Authorization": f"Bearer {organization.token}"})

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request; `body` becomes SCIM JSON, `content` goes as it is."""
        sent = dict(self.headers)
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = SCIM
        sent |= headers or {}
        return _HTTP.request(method, self.base_url + path, content=content, headers=sent, params=params)

    def create_user(self, name: str, **attributes: Any) -> dict[str, Any]:
        """Create a user, who must not exist yet."""
        answer = self.send("POST", "/Users", {"schemas": [USER], "userName": name, **attributes})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created
