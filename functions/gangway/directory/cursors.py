"""Cursors of RFC 9865: opaque, unforgeable, and bound to caller, organization and query.

A cursor is a position, signed. The signature is made with a key that belongs to the token, over the query as well, so
that a cursor is worthless to anybody else, in any other organization and for any other question. The number of results
travels with it: it was counted when the walk began, and each page is one read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.directory.records import Position
from gangway.scim.errors import ExpiredCursor, InvalidCount, InvalidCursor
from gangway.scim.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.directory.context import RequestContext

_MAC_BYTES: Final = 16
_VERSION: Final = 1
_MAX_LENGTH: Final = 512


class Place(NamedTuple):
    """Where a walk by cursor goes on.

    Attributes:
        position: place in the walk.
        total: number of results, counted when the walk began.
    """

    position: Position
    total: int


def issue(context: RequestContext, query: Sequence[Any], count: int, place: Place, now: int) -> str:
    """Make a cursor.

    Args:
        context: the request.
        query: everything that makes the question, in a form that JSON can write.
        count: resources per page, which must stay the same.
        place: where to go on.
        now: seconds since the epoch.
    """
    at = place.position
    payload = json.dumps([_VERSION, now, count, at.partition, at.id, place.total]).encode()
    return base64.urlsafe_b64encode(_mac(context, query, payload) + payload).decode().rstrip("=")


def read(context: RequestContext, query: Sequence[Any], count: int, cursor: str, now: int) -> Place:
    """Read a cursor back.

    Raises:
        InvalidCursor: it was not issued to this caller for this query.
        ExpiredCursor: it is too old.
        InvalidCount: the page size has changed since the first page.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor[:_MAX_LENGTH].encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error) as error:
        raise _invalid() from error
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(context, query, payload)):
        raise _invalid()
    try:
        _version, issued, pages_of, partition, last_id, total = json.loads(payload)
    except (ValueError, TypeError, RecursionError) as error:
        raise _invalid() from error
    numbers = (issued, pages_of, partition, total)
    if not all(isinstance(each, int) for each in numbers) or not isinstance(last_id, str):
        raise _invalid()
    if now - issued > LIMITS.cursor_timeout:
        raise ExpiredCursor(f"The cursor is older than {LIMITS.cursor_timeout} seconds. Begin again without one.")
    if pages_of != count:
        raise InvalidCount(f"count must stay {pages_of}, as on the first page")
    return Place(Position(partition, last_id), total)


def _mac(context: RequestContext, query: Sequence[Any], payload: bytes) -> bytes:
    question = json.dumps([context.organization_id, context.actor, *query]).encode()
    signed = hashlib.sha256(question).digest() + payload
    return hmac.new(context.cursor_key, signed, hashlib.sha256).digest()[:_MAC_BYTES]


def _invalid() -> InvalidCursor:
    return InvalidCursor("The cursor was not issued to this token for this query. Begin again with an empty one.")
