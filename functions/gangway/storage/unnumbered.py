"""Changes that have no number yet, or could not get one: what waits in the outbox, and what was set aside from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.scim.errors import InvalidCursor
from gangway.storage import keys
from gangway.storage.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from gangway.storage.keys import Key

_PAGE: Final = 10
"""A change is up to a hundred kilobytes."""


class Unnumbered(NamedTuple):
    """A change as it is stored, and why it was set aside; None: it only waits."""

    text: str
    reason: str | None


class UnnumberedTable:
    """Reads the outbox and its dead letters, page by page."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._client = dynamodb
        self._name = table

    def page(self, organization_id: str, after: str) -> tuple[list[Unnumbered], str | None]:
        """Some changes, and where to go on; None at the end.

        Args:
            organization_id: whose.
            after: a partition's place and the last sort key there, with a slash in between; empty at the beginning.

        Raises:
            InvalidCursor: there is no such place.
        """
        parts = _parts(organization_id)
        place, _, sort_key = after.partition("/")
        at = int(place or 0)
        if at >= len(parts) or not sort_key.startswith(parts[at].sk if sort_key else ""):
            raise InvalidCursor("There is no such place in this list; begin without a cursor.")
        table: Table = Table(self._client, self._name, organization_id)
        rows = table.query(parts[at].pk, prefix=parts[at].sk, after=sort_key, limit=_PAGE)
        found = [Unnumbered(item["e"]["S"], _reason(item)) for item in rows.items]
        if rows.last is not None:
            return found, f"{at}/{rows.last}"
        return found, f"{at + 1}/" if at + 1 < len(parts) else None


def _parts(organization_id: str) -> list[Key]:
    """The lanes of the outbox, and what was set aside; each a partition and a prefix."""
    lanes = [keys.Key(keys.outbox_partition(organization_id, lane), "") for lane in range(keys.OUTBOX_LANES)]
    return [*lanes, keys.dead_letter(organization_id, "outbox", "")]


def _reason(item: dict[str, Any]) -> str | None:
    return str(item["why"]["S"]) if "why" in item else None
