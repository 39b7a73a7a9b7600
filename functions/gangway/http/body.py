"""From the body of a request to a JSON object: media type and size first, then the text.

Media types: RFC 7644 sections 3.8 and 8.1. A body without `Content-Type` is taken for JSON; one with any other type is
refused, and so is a compressed one, since its size could not be judged before it is opened. Size is checked before
anything is parsed. What JSON texts are acceptable is `gangway.scim.json_text`'s business.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from gangway.scim.errors import InvalidSyntax, PayloadTooLarge, UnsupportedMediaType
from gangway.scim.json_text import parse_json
from gangway.scim.limits import BYTES_PER_JSON_VALUE

if TYPE_CHECKING:
    from gangway.http.request import Request

MEDIA_TYPES = ("application/scim+json", "application/json")

REPLACEMENT = "\ufffd"
"""What the gateway puts in place of bytes that are no UTF-8; to keep it would be to keep a damaged name."""

_UTF8_BYTES_PER_CHARACTER = 4


def parse_body(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object in the body.

    Args:
        request: the request.
        limit: bytes that the body may have.

    Raises:
        UnsupportedMediaType: not JSON by its media type, or compressed.
        PayloadTooLarge: longer than the limit.
        InvalidSyntax: no body, no JSON, or no object.
    """
    _check_media_type(request)
    value = parse_json(_text(request, limit), max_values=limit // BYTES_PER_JSON_VALUE)
    if not isinstance(value, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    return value


def _check_media_type(request: Request) -> None:
    given = request.header("content-type")
    if given is not None and given.split(";")[0].strip().lower() not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"Send {MEDIA_TYPES[0]} or {MEDIA_TYPES[1]}, in UTF-8.")
    if (request.header("content-encoding") or "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("Send the body without compression.")


def _text(request: Request, limit: int) -> str | bytes:
    body = request.body
    if not body:
        raise InvalidSyntax("The request needs a JSON object as its body.")
    if request.base64:
        return _decoded(body, limit)
    if REPLACEMENT in body:
        raise InvalidSyntax("The body must be text in UTF-8; it holds bytes that are not.")
    # Characters first: counting bytes copies the body, and almost no body is near the limit.
    if len(body) > limit or (
        len(body) * _UTF8_BYTES_PER_CHARACTER > limit and len(body.encode(errors="surrogatepass")) > limit
    ):
        raise _too_large(limit)
    return body


def _decoded(body: str, limit: int) -> bytes:
    if len(body) > (limit + 2) // 3 * 4:
        raise _too_large(limit)
    try:
        data = base64.b64decode(body)
    except (binascii.Error, ValueError):
        raise InvalidSyntax("The body must be JSON in UTF-8.") from None
    if len(data) > limit:
        raise _too_large(limit)
    return data


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body may have at most {limit} bytes.")
