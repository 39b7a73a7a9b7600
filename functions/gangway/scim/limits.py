"""The numbers that bound one request.

A limit that is advertised but not enforced is a lie, and one that is enforced but not advertised is a trap, so every
bound lives here once: code that refuses imports it from here, `/ServiceProviderConfig` and `docs/scim.md` print it
from here. They are chosen so that the worst request stays cheap: each bounds work that grows with what a client sends.
"""

from typing import Final, NamedTuple

MAX_JSON_DEPTH: Final = 32
"""Levels of nested objects and arrays in a body; a SCIM message needs eight."""

MAX_JSON_MEMBERS: Final = 1000
"""Members of one object in a body; a user with every attribute has fewer than thirty."""

MAX_GROUP_PAYLOAD: Final = 4_194_304
"""Bytes of the body of a group, which may list all its members; every other body has the limit of a bulk request."""

BYTES_PER_JSON_VALUE: Final = 21
"""A body may hold one object, array or comma for each so many bytes it may have: 49,932, and 199,728 where it is a
group. A list of members by their ids needs one for every 24."""

MAX_NUMBER_LENGTH: Final = 40
"""Characters of a number, in a body or a filter."""

MAX_FILTER_LENGTH: Final = 8192
"""Characters of a filter or a PATCH path."""

MAX_FILTER_DEPTH: Final = 32
"""Levels of `and`, `or`, `not` and `[ ]` inside each other; parentheses around the same expression are one level."""

MAX_FILTER_PARENTHESES: Final = 64
"""Parentheses open at one place of a filter, needed or not."""

MAX_FILTER_TERMS: Final = 100
"""Comparisons in a filter."""

MAX_UNIQUE_LENGTH: Final = 1024
"""Characters of a value that must be unique, such as `userName`."""

MAX_PATCH_OPERATIONS: Final = 5000
"""Operations in one PATCH, every member of a value without path counted as one."""

MAX_PATCH_VISITS: Final = 20_000
"""Comparisons with values of multi-valued attributes that one PATCH may cost, and those its filters are written with;
group members are kept elsewhere and not counted."""

MAX_VALUES: Final = 1000
"""Values of one multi-valued attribute kept in a document; members of a group are kept elsewhere and not counted."""

MAX_SELECTED_ATTRIBUTES: Final = 200
"""Names in `attributes` or `excludedAttributes`."""


class Limits(NamedTuple):
    """The limits that `/ServiceProviderConfig` advertises (RFC 7643 section 5, RFC 9865 section 4).

    Attributes:
        max_results: Resources in one list answer; a larger `count` is capped.
        max_operations: Operations in one bulk request.
        max_payload_size: Bytes of a bulk request.
        page_size: Resources in a list answer when `count` is not given.
        cursor_timeout: Seconds a cursor can be used after it was issued.
    """

    max_results: int = 100
    max_operations: int = 250
    max_payload_size: int = 1_048_576
    page_size: int = 100
    cursor_timeout: int = 3600


LIMITS: Final = Limits()
"""The limits of this server."""
