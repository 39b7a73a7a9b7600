"""Forms the event a Lambda function gets from an API Gateway REST API (payload version 1.0).

Handlers see nothing else, so what is subtly different here is wrong on AWS. What is known of the real thing:

- `path` is as the client sent it, still percent-encoded; `pathParameters` and the query are decoded once, and `+` in a
  query is a space. A parameter given twice keeps its last value in the single map and all in the multi-value map.
- Header names keep the client's spelling. Hop-by-hop headers do not arrive; the gateway adds the X-Forwarded ones, and
  appends the address it saw to an X-Forwarded-For that the client sent. Only `identity.sourceIp` can be trusted.
- The body is text unless its media type is listed as binary; bytes that are no UTF-8 are replaced, not refused.
- `domainName` is the API's own, whatever `Host` says. With a custom domain, which is what the local gateway plays,
  the stage is not part of the path.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from infra.local.made_up import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from infra.local.exchange import Request
    from infra.local.rest_api import Match, RestApi

NOT_FORWARDED = frozenset(
    {
        "connection",
        "content-md5",
        "expect",
        "keep-alive",
        "max-forwards",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_IDENTITY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the gateway itself adds to a request.

    Attributes:
        request_id: a UUID; the client gets it back as `x-amzn-RequestId`.
        time: when the request arrived, in UTC.
        domain_name: name the API is published under.
        caller: for a signed request, the `identity` members that say who signed it.
    """

    request_id: str
    time: datetime
    domain_name: str
    caller: Mapping[str, str] | None = None


def proxy_event(api: RestApi, match: Match, request: Request, arrival: Arrival) -> dict[str, Any]:
    """The event for one request."""
    headers = _multiple([*_forwarded(request), *_added(request, arrival)])
    query = _multiple(parse_qsl(request.query, keep_blank_values=True))
    body, is_base64 = _body(request, api.binary_media_types)
    return {
        "resource": match.method.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _single(headers),
        "multiValueHeaders": headers or None,
        "queryStringParameters": _single(query),
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": None,
        "requestContext": _context(api, match, request, arrival),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _context(api: RestApi, match: Match, request: Request, arrival: Arrival) -> dict[str, Any]:
    identity: dict[str, str | None] = dict.fromkeys(_IDENTITY)
    identity |= {"sourceIp": request.source_ip, "userAgent": request.header("User-Agent")}
    return {
        "resourceId": _short_id(match.method.resource)[:6],
        "resourcePath": match.method.resource,
        "httpMethod": request.method,
        "extendedRequestId": base64.b64encode(_short_id(arrival.request_id)[:11].encode()).decode(),
        "requestTime": arrival.time.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "path": request.path,
        "accountId": ACCOUNT,
        "protocol": "HTTP/1.1",
        "stage": api.stage,
        "domainPrefix": arrival.domain_name.split(".")[0],
        "requestTimeEpoch": int(arrival.time.timestamp() * 1000),
        "requestId": arrival.request_id,
        "identity": identity | dict(arrival.caller or {}),
        "domainName": arrival.domain_name,
        "deploymentId": _short_id(api.id)[:6],
        "apiId": api.id,
    }


def _forwarded(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.headers if name.lower() not in NOT_FORWARDED]


def _added(request: Request, arrival: Arrival) -> list[tuple[str, str]]:
    claimed = request.header("X-Forwarded-For")
    return [
        ("X-Amzn-Trace-Id", f"Root=1-{int(arrival.time.timestamp()):08x}-{_short_id(arrival.request_id)[:24]}"),
        ("X-Forwarded-For", f"{claimed}, {request.source_ip}" if claimed else request.source_ip),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _multiple(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _single(values: Mapping[str, list[str]]) -> dict[str, str] | None:
    return {name: given[-1] for name, given in values.items()} or None


def _body(request: Request, binary_media_types: tuple[str, ...]) -> tuple[str | None, bool]:
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if not request.body:
        return None, False
    if any(fnmatch.fnmatchcase(media_type, pattern.lower()) for pattern in binary_media_types):
        return base64.b64encode(request.body).decode(), True
    return request.body.decode(errors="replace"), False


def _short_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
