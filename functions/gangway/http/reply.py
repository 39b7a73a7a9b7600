"""From what a use case answers to what API Gateway wants: always SCIM, always a string, never cached.

Common headers are set here and not in a middleware, so error answers have them too. `Cache-Control: no-store` because
answers are identity data (RFC 9111 section 5.2.2.5).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.scim.errors import ScimError

SCIM_MEDIA_TYPE = "application/scim+json"
NO_CONTENT, NOT_MODIFIED = 204, 304

_COMMON = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NO_HEADERS: Mapping[str, str] = {}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Reply(NamedTuple):
    """An answer before it has the form of a transport."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = _NO_HEADERS
    media_type: str = SCIM_MEDIA_TYPE
    scim_type: str | None = None
    """Detail of an error, for the log."""

    def to_proxy(self, request_id: str, *, with_body: bool = True) -> dict[str, Any]:
        """The answer for API Gateway (Lambda proxy integration, version 1).

        Args:
            request_id: told to the client, so that it can be quoted to the operator.
            with_body: False for HEAD.
        """
        headers = {**_COMMON, "X-Request-Id": request_id, **self.headers}
        has_body = self.body is not None and self.status not in (NO_CONTENT, NOT_MODIFIED)
        if has_body:
            headers["Content-Type"] = self.media_type
        return {
            "statusCode": self.status,
            "headers": headers,
            "body": _encode(self.body) if has_body and with_body else "",
            "isBase64Encoded": False,
        }


def error_reply(error: ScimError) -> Reply:
    """A SCIM error (RFC 7644 section 3.12)."""
    return Reply(error.status, error.to_message(), dict(error.headers), scim_type=error.scim_type)
