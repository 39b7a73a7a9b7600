"""What the client gets: a function's answer as API Gateway passes it on, or an answer of the gateway's own.

The gateway's own answers come from the program's `x-amazon-apigateway-gateway-responses`, so that a response somebody
forgets to declare shows here as the bare JSON message it would be on AWS.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from infra.local.exchange import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.rest_api import RestApi

PAYLOAD_LIMIT = 6 * 1024 * 1024
"""Bytes a function may take or give in one call."""

REMAPPED = frozenset(
    {"authorization", "connection", "content-md5", "date", "max-forwards", "server", "user-agent", "www-authenticate"}
)
"""Response headers that API Gateway renames to `x-amzn-Remapped-<name>`; WWW-Authenticate is the one that hurts."""
_DROPPED = frozenset({"content-length", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"})

# Status and message that a type of gateway response has unless the API declares others.
_DEFAULTS: Mapping[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "DEFAULT_5XX": (502, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INVALID_SIGNATURE": (403, "The request signature we calculated does not match the signature you provided."),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
}
_ERROR_TYPES: Mapping[str, str] = {
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "DEFAULT_5XX": "InternalServerErrorException",
    "API_CONFIGURATION_ERROR": "InternalServerErrorException",
}
_BARE = '{"message":$context.error.messageString}'
_VARIABLE = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_HEADER = "gatewayresponse.header."


class MalformedResponseError(Exception):
    """A function's result is not what API Gateway expects of a proxy integration."""


def gateway_response(api: RestApi, kind: str, request_id: str) -> Response:
    """The gateway's own answer of one type, e.g. `MISSING_AUTHENTICATION_TOKEN`."""
    status, message = _DEFAULTS[kind]
    fallback = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"
    declared = api.gateway_responses.get(kind) or api.gateway_responses.get(fallback) or {}
    variables = {
        "error.message": message,
        "error.messageString": json.dumps(message),
        "error.responseType": kind,
        "requestId": request_id,
        "stage": api.stage,
    }
    template = declared.get("responseTemplates", {}).get("application/json", _BARE)
    body = _VARIABLE.sub(lambda found: variables.get(found.group(1), ""), template)
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": _ERROR_TYPES.get(kind, kind.title().replace("_", "") + "Exception"),
    }
    for name, value in declared.get("responseParameters", {}).items():
        if name.startswith(_HEADER):
            headers[name.removeprefix(_HEADER)] = value.strip("'")
    return Response(int(declared.get("statusCode", status)), tuple(headers.items()), body.encode())


def function_response(result: Any, request_id: str) -> Response:
    """The answer of a function, after the gateway has been over its headers.

    Raises:
        MalformedResponseError: on AWS the client would get a 502.
    """
    known = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    if not isinstance(result, dict) or set(result) - known:
        raise MalformedResponseError("a function's result must be an object with statusCode, headers and body only")
    body = result.get("body")
    if not isinstance(body, str | None):
        raise MalformedResponseError("a function's body must be text")
    content = (body or "").encode()
    headers = [*_renamed(result), ("x-amzn-RequestId", request_id)]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Response(
        _status(result.get("statusCode")),
        tuple(headers),
        base64.b64decode(content) if result.get("isBase64Encoded") else content,
    )


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (TypeError, ValueError):
        raise MalformedResponseError("a function's statusCode must be a number") from None
    if not 100 <= status <= 599:
        raise MalformedResponseError("a function's statusCode must be between 100 and 599")
    return status


def _renamed(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    multiple = result.get("multiValueHeaders") or {}
    single = result.get("headers") or {}
    given = {name.lower() for name in multiple}
    pairs = [(name, value) for name, values in multiple.items() for value in values]
    pairs += [(name, value) for name, value in single.items() if name.lower() not in given]
    if not all(isinstance(value, str | int | float) for _, value in pairs):
        raise MalformedResponseError("header values of a function must be text, numbers or booleans")
    return [
        (f"x-amzn-Remapped-{name}" if name.lower() in REMAPPED else name, str(value))
        for name, value in pairs
        if name.lower() not in _DROPPED
    ]
