"""Queries (RFC 7644 sections 3.4.2 and 3.4.3): as URL parameters or as a body, one `SearchRequest` either way.

So `GET` and `POST /.search` cannot mean different things. Values are checked for their kind here; the filter and the
names are parsed by whoever knows which resource types are searched.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gangway.scim.errors import InvalidSyntax, InvalidValue
from gangway.scim.limits import MAX_NUMBER_LENGTH
from gangway.scim.messages.envelope import check_kind, read_message

SEARCH_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

_TEXTS: Final = ("filter", "sortBy", "sortOrder", "cursor")
_NUMBERS: Final = ("startIndex", "count")
_LISTS: Final = ("attributes", "excludedAttributes")
_INTEGER: Final = re.compile(rf"[+-]?[0-9]{{1,{MAX_NUMBER_LENGTH}}}", re.ASCII)
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


def parse_query_parameters(parameters: Mapping[str, Sequence[str]]) -> SearchRequest:
    """The query in decoded URL parameters; unknown ones are ignored (RFC 7644 section 3.4.2).

    Raises:
        InvalidValue: A parameter is given twice with different values, or its value is of the wrong kind.
    """
    given: dict[str, list[str]] = {}
    for name, values in parameters.items():
        given.setdefault(name.lower(), []).extend(values)
    members: dict[str, Any] = {name.lower(): _single(name, given.get(name.lower(), ())) for name in _TEXTS}
    for name in _NUMBERS:
        members[name.lower()] = _integer(name, _single(name, given.get(name.lower(), ())))
    for name in _LISTS:
        members[name.lower()] = _split(",".join(given.get(name.lower(), ())))
    return _search_request(members)


def parse_search_request(body: object) -> SearchRequest:
    """The query in the body of `POST /.search` (RFC 7644 section 3.4.3).

    Raises:
        InvalidSyntax: Not a SearchRequest, or one whose members have the wrong JSON kind.
        InvalidValue: A member has the right kind but no possible value.
    """
    members = read_message(body, SEARCH_REQUEST)
    for name in _TEXTS:
        check_kind(members, name, str, "a text")
    for name in _NUMBERS:
        check_kind(members, name, int, "a whole number")
    for name in _LISTS:
        names = members.get(name.lower())
        if isinstance(names, str):
            members[name.lower()] = _split(names)
        elif names is not None and not (isinstance(names, list) and all(isinstance(each, str) for each in names)):
            raise InvalidSyntax(f"{name} must be a list of texts.")
    return _search_request(members)


def _search_request(members: Mapping[str, Any]) -> SearchRequest:
    sort_order = members.get("sortorder")
    if sort_order is not None and sort_order.lower() not in ("ascending", "descending"):
        raise InvalidValue("sortOrder must be ascending or descending.")
    start_index, count = members.get("startindex"), members.get("count")
    if start_index is not None and members.get("cursor") is not None:
        raise InvalidValue("Give either startIndex or cursor, not both.")
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


def _single(name: str, values: Sequence[str]) -> str | None:
    if len(set(values)) > 1:
        raise InvalidValue(f"{name} is given more than once.")
    return values[0] if values else None


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _integer(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _INTEGER.fullmatch(text.strip()):
        raise InvalidValue(f"{name} must be a whole number.")
    return int(text)
