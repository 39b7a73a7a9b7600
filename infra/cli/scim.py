"""Lists of SCIM resources over the admin API: filters, and pages by cursor (RFC 9865) until there are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.admin import AdminClient

Filter = Annotated[
    str | None, typer.Option("--filter", metavar="FILTER", help='A SCIM filter, such as: userName sw "a"')
]
Limit = Annotated[int, typer.Option(min=0, help="Show at most so many; 0: all.")]

_PAGE = 100


def resources(
    client: AdminClient, path: str, filter_: str | None, limit: int, **query: object
) -> Iterator[dict[str, Any]]:
    """The resources of a list, at most `limit` of them; all if it is 0."""
    cursor: str | None = ""
    left = limit or None
    while cursor is not None and left != 0:
        count = _PAGE if left is None else min(left, _PAGE)
        page = client.get(path, filter=filter_, count=count, cursor=cursor, **query)
        found = page.get("Resources", [])
        yield from found
        left = None if left is None else left - len(found)
        cursor = page.get("nextCursor")


def primary(values: object) -> str | None:
    """The value that counts of a multi-valued attribute: the primary one, else the first."""
    elements = [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
    chosen = next((each for each in elements if each.get("primary") is True), elements[0] if elements else {})
    return chosen.get("value")
