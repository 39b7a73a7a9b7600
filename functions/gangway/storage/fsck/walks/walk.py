"""What the phases of a check have in common: pages of partitions, several of them read at once, and who examines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.directory.identifiers import is_id
from gangway.directory.upkeep.errors import InvalidCursor
from gangway.storage.fsck.sight import text_of
from gangway.storage.table import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gangway.access.ports import TokenShards
    from gangway.directory.upkeep.fsck import Inspected
    from gangway.storage.fsck.examiner import Examiner
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Part
    from gangway.storage.items import Item
    from gangway.storage.keys import Key
    from gangway.storage.table import Table

    type Phase = Callable[["Walk", str], Inspected]
    """Looks at the next items of a phase, from a position (empty: its beginning)."""

PAGE: Final = 100
LONGEST_SORT_KEY: Final = 1024
"""Bytes of a sort key in DynamoDB."""
LONGEST_NUMBER: Final = 12
"""Digits of a number of the log."""


@dataclass(frozen=True, slots=True)
class Walk:
    """An organization's items, and who judges them; without the vault nothing is asked of hashes."""

    table: Table
    ground: Ground
    examiner: Examiner
    hashes: TokenShards | None = None

    @property
    def organization(self) -> str:
        """The organization's id."""
        return self.ground.organization

    def page(self, partitions: Sequence[str], after: str) -> tuple[list[Item], str | None]:
        """The next items of some partitions; a position is the partition's place and the last sort key."""
        place, _, sort_key = after.partition("/")
        at = number_in(place or "0")
        if at >= len(partitions) or len(sort_key.encode()) > LONGEST_SORT_KEY:
            raise no_place()
        rows = self.table.query(partitions[at], after=sort_key, limit=PAGE)
        if rows.last is not None:
            return list(rows.items), f"{at}/{rows.last}"
        return list(rows.items), f"{at + 1}/" if at + 1 < len(partitions) else None

    def whole(self, part: Part) -> list[Item]:
        """All items of a partition, or of a part of it."""
        return list(self.table.query_all(part.pk, prefix=part.prefix))

    def wholes(self, parts: Iterable[Part]) -> dict[Part, list[Item]]:
        """The same of several, at the same time."""
        wanted = list(parts)
        return dict(zip(wanted, together([partial(self.whole, part) for part in wanted]), strict=True))

    def there(self, keys: Iterable[Key]) -> dict[Key, Item | None]:
        """Items by their keys, absent ones as None."""
        wanted = list(keys)
        found = self.table.get_many(wanted)
        return {key: found.get(key) for key in wanted}


def number_in(position: str) -> int:
    """A position that is a number. Raises InvalidCursor: somebody made it up."""
    if not position.isdecimal() or not position.isascii() or len(position) > LONGEST_NUMBER:
        raise no_place()
    return int(position)


def no_place() -> InvalidCursor:
    """What is wrong with a position that no phase gave out."""
    return InvalidCursor("There is no such place in this check; begin without a cursor.")


def ids_in(items: Iterable[Item]) -> list[str]:
    """The ids that the sort keys of items are, in order."""
    return [text_of(item, "sk") for item in items if is_id(text_of(item, "sk"))]


def named_in(item: Item) -> str | None:
    """The id of the resource that an item names, if it can be one."""
    resource_id = text_of(item, "i")
    return resource_id if is_id(resource_id) else None
