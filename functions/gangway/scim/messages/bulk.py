"""Bulk requests (RFC 7644 section 3.7).

Only what makes the whole message meaningless is refused here. What is wrong with one operation is that operation's own
error, decided when it is carried out; so missing members come out empty.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gangway.scim.errors import InvalidSyntax, PayloadTooLarge
from gangway.scim.limits import LIMITS, Limits
from gangway.scim.messages.envelope import by_lower_name, check_kind, read_message

BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


class BulkOperation(NamedTuple):
    """One operation.

    Attributes:
        method: In upper case; empty if missing.
        path: As sent; empty if missing.
        bulk_id: The client's name for it.
        data: The body.
        version: What `If-Match` would say.
    """

    method: str
    path: str
    bulk_id: str | None = None
    data: Any = None
    version: str | None = None


class BulkRequest(NamedTuple):
    """Operations in the client's order, and the number of errors after which to stop, if any."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def parse_bulk_request(body: object, limits: Limits = LIMITS) -> BulkRequest:
    """The operations in the body of `POST /Bulk`.

    Raises:
        InvalidSyntax: Not a BulkRequest.
        PayloadTooLarge: More operations than allowed; none may be carried out.
    """
    members = read_message(body, BULK_REQUEST)
    operations = members.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list with at least one operation.")
    if len(operations) > limits.max_operations:
        raise PayloadTooLarge(f"A bulk request may have at most {limits.max_operations} operations.")
    stop = members.get("failonerrors")
    if stop is not None and (stop.__class__ is not int or stop < 1):
        raise InvalidSyntax("failOnErrors must be a whole number from 1.")
    return BulkRequest(tuple(_operation(each) for each in operations), stop)


def bulk_response(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer to a bulk request, from the results of its operations."""
    return {"schemas": [BULK_RESPONSE], "Operations": list(operations)}


def _operation(value: object) -> BulkOperation:
    members = by_lower_name(value, "An operation")
    for name in ("method", "path", "bulkId", "version"):
        check_kind(members, name, str, "a text")
    return BulkOperation(
        method=(members.get("method") or "").upper(),
        path=members.get("path") or "",
        bulk_id=members.get("bulkid"),
        data=members.get("data"),
        version=members.get("version"),
    )
