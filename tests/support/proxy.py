"""Requests and replies as API Gateway and a function exchange them (REST proxy, version 1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class LambdaContext:
    """What handlers ask of Lambda."""

    remaining_ms: int = 25_000
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True, slots=True)
class Reply:
    """A proxy answer, easier to read."""

    raw: Mapping[str, Any]

    @property
    def status(self) -> int:
        return int(self.raw["statusCode"])

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.raw["headers"])

    @property
    def text(self) -> str:
        return str(self.raw["body"])

    def json(self) -> Any:
        return json.loads(self.text)

    def anonymous(self) -> tuple[int, str, str, dict[str, str]]:
        """Everything the client gets, without the request id."""
        headers = {name: value for name, value in self.headers.items() if name != "X-Request-Id"}
        return self.status, self.text, str(self.raw.get("isBase64Encoded")), headers


def proxy_event(
    method: str,
    url: str,
    body: Any,
    headers: Mapping[str, str | list[str]],
    *,
    request_id: str = "request-1",
    **identity: str,
) -> dict[str, Any]:
    """The event API Gateway would send.

    Args:
        method: HTTP method.
        url: path and query.
        body: sent as it is if it is text, else as JSON.
        headers: one with a list of values came that often.
        request_id: API Gateway's.
        identity: of the caller, such as `userArn`.
    """
    parts = urlsplit(url)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    multiple = {name: value if isinstance(value, list) else [value] for name, value in headers.items()}
    return {
        "httpMethod": method,
        "path": parts.path,
        "multiValueHeaders": multiple,
        "headers": {name: values[-1] for name, values in multiple.items()},
        "multiValueQueryStringParameters": query or None,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": request_id,
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "stage": "live",
            "identity": {"sourceIp": "192.0.2.1", **identity},
        },
    }
