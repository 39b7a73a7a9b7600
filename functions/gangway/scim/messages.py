"""Messages around resources: list answers, search requests, bulk requests (RFC 7644 sections 3.4.2 to 3.7, RFC 9865).

A query comes as URL parameters or as a body; both become one `SearchRequest`, so that they cannot mean different
things. Values are checked for their kind here; what they mean is the business of whoever carries them out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gangway.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge
from gangway.scim.limits import LIMITS, Limits

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_LARGEST: Final = 10**18


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a query asks for; None or empty where it does not say.

    Attributes:
        filter: As text, not parsed yet.
        attributes: Names to return.
        excluded_attributes: Names to leave out.
        sort_by: Name to sort by.
        sort_order: `ascending` or `descending`.
        start_index: From 1.
        count: Resources wanted, from 0.
        cursor: Empty for the first page (RFC 9865 section 2).
    """

    filter: str | None = None
    attributes: tuple[str, ...] = ()
    excluded_attributes: tuple[str, ...] = ()
    sort_by: str | None = None
    sort_order: str | None = None
    start_index: int | None = None
    count: int | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation of a bulk request; whether it makes sense is decided when it is carried out.

    Attributes:
        method: In upper case.
        path: As sent.
        bulk_id: The client's name for it.
        data: The body.
        version: What `If-Match` would say.
    """

    method: str
    path: str
    bulk_id: str | None = None
    data: Any = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """Operations in the client's order, and the number of errors after which to stop, if any."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def list_response(
    resources: Sequence[Mapping[str, Any]],
    total: int | None,
    *,
    start_index: int | None = None,
    next_cursor: str | None = None,
    previous_cursor: str | None = None,
) -> dict[str, Any]:
    """A list answer (RFC 7644 section 3.4.2).

    Args:
        resources: Those of this page, ready to be sent.
        total: How many match, on all pages; None if that is not known.
        start_index: Index of the first one, from 1; None for cursor paging.
        next_cursor: Where the next page begins; None on the last.
        previous_cursor: Where the page before begins.
    """
    optional = {
        "totalResults": total,
        "startIndex": start_index,
        "nextCursor": next_cursor,
        "previousCursor": previous_cursor,
    }
    return {
        "schemas": [LIST_RESPONSE],
        **{name: value for name, value in optional.items() if value is not None},
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def parse_query_parameters(parameters: Mapping[str, Sequence[str]]) -> SearchRequest:
    """The query in decoded URL parameters; unknown ones are ignored (RFC 7644 section 3.4.2).

    Raises:
        InvalidValue: A parameter is given twice with different values, or its value is of the wrong kind.
    """
    values: dict[str, str] = {}
    for name, given in parameters.items():
        if not given:
            continue
        lowered = name.lower()
        if lowered in ("attributes", "excludedattributes"):
            values[lowered] = ",".join([values[lowered], *given] if lowered in values else given)
        elif lowered in _PARAMETERS and (len(set(given)) > 1 or lowered in values):
            raise InvalidValue(f"{_PARAMETERS[lowered]} is given more than once.")
        else:
            values[lowered] = given[0]
    return _search_request(
        {
            **values,
            "attributes": _split(values.get("attributes")),
            "excludedattributes": _split(values.get("excludedattributes")),
            "startindex": _integer("startIndex", values.get("startindex")),
            "count": _integer("count", values.get("count")),
        }
    )


def parse_search_request(body: object) -> SearchRequest:
    """The query in the body of `POST /.search` (RFC 7644 section 3.4.3).

    Raises:
        InvalidSyntax: Not a SearchRequest, or one whose members have the wrong JSON kind.
        InvalidValue: A member has the right kind but no possible value.
    """
    members = _message(body, SEARCH_REQUEST)
    for name in ("filter", "sortby", "sortorder", "cursor"):
        _check_kind(members, name, str, "a text")
    for name in ("startindex", "count"):
        _check_kind(members, name, int, "a whole number")
    for name in ("attributes", "excludedattributes"):
        given = members.get(name)
        if isinstance(given, str):
            members[name] = _split(given)
        elif given is not None and not (isinstance(given, list) and all(isinstance(each, str) for each in given)):
            raise InvalidSyntax(f"{_PARAMETERS[name]} must be a list of texts.")
    return _search_request(members)


def parse_bulk_request(body: object, limits: Limits = LIMITS) -> BulkRequest:
    """The operations in the body of `POST /Bulk` (RFC 7644 section 3.7).

    Raises:
        InvalidSyntax: Not a BulkRequest.
        PayloadTooLarge: More operations than allowed; none is carried out.
    """
    members = _message(body, BULK_REQUEST)
    operations = members.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list with at least one operation.")
    if len(operations) > limits.max_operations:
        raise PayloadTooLarge(f"A bulk request may have at most {limits.max_operations} operations.")
    stop = members.get("failonerrors")
    if stop is not None and (stop.__class__ is not int or stop < 1):
        raise InvalidSyntax("failOnErrors must be a whole number from 1.")
    parsed = tuple(_bulk_operation(operation) for operation in operations)
    names = [operation.bulk_id for operation in parsed if operation.bulk_id is not None]
    if len(set(names)) != len(names):
        raise InvalidSyntax("A bulkId is given twice; each must be unique in the request.")
    return BulkRequest(parsed, stop)


_PARAMETERS: Final = {
    name.lower(): name
    for name in (
        "filter",
        "attributes",
        "excludedAttributes",
        "sortBy",
        "sortOrder",
        "startIndex",
        "count",
        "cursor",
        "method",
        "path",
        "bulkId",
        "version",
    )
}


def _search_request(members: Mapping[str, Any]) -> SearchRequest:
    sort_order = members.get("sortorder")
    if sort_order is not None and sort_order.lower() not in ("ascending", "descending"):
        raise InvalidValue("sortOrder must be ascending or descending.")
    start_index, count = members.get("startindex"), members.get("count")
    return SearchRequest(
        filter=members.get("filter"),
        attributes=tuple(members.get("attributes") or ()),
        excluded_attributes=tuple(members.get("excludedattributes") or ()),
        sort_by=members.get("sortby") or None,
        sort_order=sort_order.lower() if sort_order else None,
        start_index=None if start_index is None else min(max(start_index, 1), _LARGEST),
        count=None if count is None else min(max(count, 0), _LARGEST),
        cursor=members.get("cursor"),
    )


def _bulk_operation(operation: object) -> BulkOperation:
    if not isinstance(operation, dict):
        raise InvalidSyntax("Every operation must be a JSON object.")
    members = _by_lower_name(operation)
    for name in ("method", "path", "bulkid", "version"):
        _check_kind(members, name, str, "a text")
    if members.get("method") is None or members.get("path") is None:
        raise InvalidSyntax("Every operation needs method and path.")
    return BulkOperation(
        members["method"].upper(), members["path"], members.get("bulkid"), members.get("data"), members.get("version")
    )


def _message(body: object, urn: str) -> dict[str, Any]:
    """The members of a message by lower-case name."""
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    members = _by_lower_name(body)
    schemas = members.get("schemas")
    if not isinstance(schemas, list) or urn.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntax(f"schemas must contain {urn}.")
    return members


def _by_lower_name(members: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {name.lower(): value for name, value in members.items()}
    if len(lowered) != len(members):
        raise InvalidSyntax("The body names a member of one object twice; names must differ by more than their case.")
    return lowered


def _check_kind(members: Mapping[str, Any], name: str, kind: type, description: str) -> None:
    value = members.get(name)
    if value is not None and value.__class__ is not kind:
        raise InvalidSyntax(f"{_PARAMETERS[name]} must be {description}.")


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if names else ()


def _integer(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _INTEGER.fullmatch(text.strip()):
        raise InvalidValue(f"{name} must be a whole number.")
    return int(text)
