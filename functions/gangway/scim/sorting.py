"""The order of a sorted list (RFC 7644 section 3.4.2.3).

Texts sort as they compare, numbers and times by size; of several values the primary one counts, else the first. What is
missing comes last in ascending order and, because descending is exactly the reverse, first in descending.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from gangway.scim.compare import instant, text_key
from gangway.scim.errors import InvalidValue
from gangway.scim.filter.binding import significant
from gangway.scim.filter.reading import reader
from gangway.scim.path import Target, resolve
from gangway.scim.schema import Attribute, ResourceType

SortKey = tuple[bool, Any]


def sort_key(resource_type: ResourceType, sort_by: str) -> Callable[[Mapping[str, Any]], SortKey]:
    """The key by which full resources of one type are sorted; for descending order, reverse.

    Raises:
        InvalidValue: `sort_by` names no attribute, a secret, or a complex attribute without saying by which part.
    """
    named = resolve(resource_type, sort_by)
    if named is None:
        raise InvalidValue(f"sortBy names no attribute of {resource_type.name}.")
    target = significant(named)
    if target.leaf.type == "complex":
        raise InvalidValue(f"sortBy must name a sub-attribute of {target}.")
    if "never" in (target.attribute.returned, target.leaf.returned):
        raise InvalidValue(f"{target} is never returned and cannot be sorted by.")
    return _key(target)


def _key(target: Target) -> Callable[[Mapping[str, Any]], SortKey]:
    read, comparable = reader(target), _comparable(target.leaf)
    missing: SortKey = (True, comparable(None))
    sub = target.sub.name if target.sub is not None and target.attribute.type == "complex" else None

    def key(resource: Mapping[str, Any]) -> SortKey:
        value = read(resource)
        if target.attribute.multi_valued and value:
            value = next((each for each in value if sub and each.get("primary") is True), value[0])
        if sub and value:
            value = value.get(sub)
        return missing if value is None or value == [] else (False, comparable(value))

    return key


def _comparable(attribute: Attribute) -> Callable[[Any], Any]:
    """Makes values of one attribute comparable with each other, whatever was stored; None stands for no value."""
    match attribute.type:
        case "boolean" | "integer" | "decimal":
            return lambda value: value if isinstance(value, int | float) else 0
        case "dateTime":
            earliest = datetime.min.replace(tzinfo=UTC)
            return lambda value: (instant(value) if isinstance(value, str) else None) or earliest
        case _:
            key = text_key(attribute)
            return lambda value: key(value) if isinstance(value, str) else ""
