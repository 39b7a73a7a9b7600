"""What DynamoDB charges, by the rules that AWS publishes ("Read and write request units", "Item sizes and formats").

A read unit is 4 KB, half of it if eventually consistent, double in a transaction; GetItem and BatchGetItem round each
item up, a Query rounds the sum. A write unit is 1 KB of the larger of the old and the new item, double in a
transaction. Nothing found, and a condition that fails, are charged as well.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READ_UNIT = 4096
WRITE_UNIT = 1024


def value_size(attribute: Mapping[str, Any]) -> int:
    """Bytes of an attribute's value."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            digits = value.lstrip("-").replace(".", "").strip("0")
            return int((len(digits) + 1) // 2 + 1 + value.startswith("-"))
        case "B":
            return len(value)
        case "SS":
            return sum(len(element.encode()) for element in value)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(len(name.encode()) + value_size(each) + 1 for name, each in value.items())
        case "L":
            return 3 + sum(value_size(each) + 1 for each in value)
    raise ValueError(kind)


def item_size(item: Mapping[str, Any] | None) -> int:
    """Bytes of an item, its attribute names included; 0 if there is none."""
    return sum(len(name.encode()) + value_size(value) for name, value in (item or {}).items())


def read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """Units for items that are read one by one."""
    return sum(max(1, ceil(size / READ_UNIT)) for size in sizes) * (1 if consistent else 0.5)


def query_units(size: int, *, consistent: bool) -> float:
    """Units for a query that evaluated that many bytes."""
    return read_units([size], consistent=consistent)


def write_units(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> int:
    """Units for a write of an item."""
    return max(1, ceil(max(item_size(old), item_size(new)) / WRITE_UNIT))
