"""A request as API Gateway hands it over (REST proxy event, version 1), read once and in one place.

Headers arrive spelt as the client spelt them, so they are looked up in lower case, and a header that came twice under
two spellings has two values here. The query has been decoded by the gateway; decoding it again would turn the plus
sign of an e-mail address into a blank.

powertools' event classes are not used: importing them takes 58 ms of every cold start, for a handful of look-ups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_ENDPOINT = ".execute-api."


class Request(NamedTuple):
    """One HTTP request."""

    method: str
    path: str
    headers: Mapping[str, tuple[str, ...]]
    """By name in lower case."""
    query: Mapping[str, tuple[str, ...]]
    """Decoded; names as sent."""
    body: str | None
    base64: bool
    """Whether the gateway encoded the body, which it does with what it takes for binary."""
    request_id: str
    source_address: str | None
    """As the gateway saw it; headers that claim another are not looked at."""
    principal: str | None
    """ARN of the AWS principal that signed the request, where the gateway verifies signatures."""
    gateway_url: str
    """The gateway's own URL, from its configuration and not from `Host`; no trailing slash."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Request:
        """Read a proxy event."""
        context = event["requestContext"]
        identity = context.get("identity") or {}
        return cls(
            method=event["httpMethod"].upper(),
            path=event["path"],
            headers=_lower(event.get("multiValueHeaders"), event.get("headers")),
            query={
                name: tuple(values) for name, values in (event.get("multiValueQueryStringParameters") or {}).items()
            },
            body=event.get("body"),
            base64=bool(event.get("isBase64Encoded")),
            request_id=context["requestId"],
            source_address=identity.get("sourceIp"),
            principal=identity.get("userArn"),
            gateway_url=_gateway_url(context.get("domainName") or "", context.get("stage") or ""),
        )

    def header(self, name: str) -> str | None:
        """A header's value; several are joined by commas (RFC 9110 section 5.3). `name` is in lower case."""
        values = self.headers.get(name)
        return ", ".join(values) if values else None


def _lower(multiple: Mapping[str, list[str]] | None, single: Mapping[str, str] | None) -> dict[str, tuple[str, ...]]:
    headers: dict[str, tuple[str, ...]] = {}
    for name, values in (multiple or {name: [value] for name, value in (single or {}).items()}).items():
        lower = name.lower()
        headers[lower] = headers.get(lower, ()) + tuple(values)
    return headers


def _gateway_url(domain: str, stage: str) -> str:
    """The stage is part of the path on the gateway's default domain only; custom domains map to a stage."""
    return f"https://{domain}/{stage}" if _DEFAULT_ENDPOINT in domain else f"https://{domain}"
