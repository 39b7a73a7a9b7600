"""What the gateway answers by itself, as SCIM errors (RFC 7644 section 3.12).

Identity providers parse error bodies, and some quarantine a whole directory over one they do not understand, so every
type of gateway response is written out with the status it really has. `DEFAULT_4XX` cannot do that, because the body
states the status too; it is here for types that AWS may add. Faults of the stack's own are 503 with `Retry-After`,
which every identity provider repeats, and never 500, which some count against the directory.

API Gateway looks for a template under `application/json` whatever the client accepts; the header parameter decides
what the client is told. Header values are quoted because unquoted ones are expressions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
REALM = 'Bearer realm="gangway"'

RETRY_SOON = "1"
"""Seconds after which a throttled client may try again."""
RETRY_LATER = "5"
"""Seconds after which a client may try again when the stack could not answer."""


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """An answer of the gateway's own."""

    status: int
    detail: str
    scim_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> str:
        """The SCIM error, as JSON."""
        error = {"schemas": [ERROR_SCHEMA], "status": str(self.status), "detail": self.detail}
        return json.dumps({**error, "scimType": self.scim_type} if self.scim_type else error)

    def to_openapi(self) -> dict[str, Any]:
        """As an entry of `x-amazon-apigateway-gateway-responses`."""
        headers = {"Content-Type": "application/scim+json", **self.headers}
        return {
            "statusCode": str(self.status),
            "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
            "responseTemplates": {"application/json": self.body()},
        }


_CHALLENGE = {"WWW-Authenticate": REALM}
_NO_TOKEN = GatewayResponse(401, "Send a bearer token in the Authorization header.", headers=_CHALLENGE)
_NO_SUCH_PATH = GatewayResponse(404, "There is nothing at this path; check the SCIM base URL.")
_THROTTLED = GatewayResponse(429, "Too many requests.", headers={"Retry-After": RETRY_SOON})
_UNAVAILABLE = GatewayResponse(503, "The service could not answer; try again.", headers={"Retry-After": RETRY_LATER})

SCIM_API: Mapping[str, GatewayResponse] = {
    "ACCESS_DENIED": GatewayResponse(403, "Access is denied."),
    "API_CONFIGURATION_ERROR": _UNAVAILABLE,  # a function's answer that the gateway does not understand
    "AUTHORIZER_CONFIGURATION_ERROR": _UNAVAILABLE,
    "AUTHORIZER_FAILURE": _UNAVAILABLE,
    "BAD_REQUEST_BODY": GatewayResponse(400, "The request body is not valid.", "invalidSyntax"),
    # The only parameter that is checked is Authorization.
    "BAD_REQUEST_PARAMETERS": _NO_TOKEN,
    "DEFAULT_4XX": GatewayResponse(400, "The request was refused."),
    "DEFAULT_5XX": _UNAVAILABLE,
    "EXPIRED_TOKEN": _NO_TOKEN,
    "INTEGRATION_FAILURE": _UNAVAILABLE,
    "INTEGRATION_TIMEOUT": _UNAVAILABLE,
    "INVALID_API_KEY": GatewayResponse(403, "Access is denied."),
    # Said, like the next, of paths that no door leads to: the gateway then expects a signed AWS request.
    "INVALID_SIGNATURE": _NO_SUCH_PATH,
    "MISSING_AUTHENTICATION_TOKEN": _NO_SUCH_PATH,
    "QUOTA_EXCEEDED": _THROTTLED,
    "REQUEST_TOO_LARGE": GatewayResponse(413, "The request is larger than 10 MB."),
    "RESOURCE_NOT_FOUND": _NO_SUCH_PATH,
    "THROTTLED": _THROTTLED,
    "UNAUTHORIZED": _NO_TOKEN,
    "UNSUPPORTED_MEDIA_TYPE": GatewayResponse(415, "Send application/scim+json or application/json."),
    "WAF_FILTERED": GatewayResponse(403, "The request was refused by the firewall."),
}
"""By AWS's types, all of them."""

_UNSIGNED = GatewayResponse(403, "Sign the request with AWS Signature Version 4; admin paths begin with /admin/v1/.")

ADMIN_API: Mapping[str, GatewayResponse] = {
    **SCIM_API,
    "ACCESS_DENIED": GatewayResponse(403, "The IAM policies of the caller do not allow this."),
    "BAD_REQUEST_PARAMETERS": GatewayResponse(400, "A parameter is missing.", "invalidValue"),
    "EXPIRED_TOKEN": GatewayResponse(403, "The security token has expired; get new AWS credentials."),
    "INVALID_SIGNATURE": _UNSIGNED,
    "MISSING_AUTHENTICATION_TOKEN": _UNSIGNED,
    "UNAUTHORIZED": _UNSIGNED,
}
"""The same shape for the admin API, whose callers sign their requests instead of sending a token."""


def to_openapi(responses: Mapping[str, GatewayResponse]) -> dict[str, Any]:
    """The value of `x-amazon-apigateway-gateway-responses`."""
    return {kind: response.to_openapi() for kind, response in responses.items()}
