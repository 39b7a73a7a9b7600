"""List answers (RFC 7644 section 3.4.2, RFC 9865 section 2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def list_response(
    resources: Sequence[Mapping[str, Any]],
    total: int | None,
    *,
    start_index: int | None = None,
    next_cursor: str | None = None,
    previous_cursor: str | None = None,
) -> dict[str, Any]:
    """A page of resources; `Resources` is there even if it is empty, because clients read it unasked.

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
