"""What makes two values of a multi-valued attribute the same one, and which of them is primary.

RFC 7643 section 2.4 wants no (type, value) pair twice and at most one value with `primary` true. POST, PUT and PATCH
all end in lists, so both rules live here. Which value is meant by another is decided by the schema: members of a group
by their immutable `value`; others by `value` and `type`; what has no `value`, such as an address, by all it says.
"""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, Final

from gangway.scim.compare import text_key
from gangway.scim.errors import InvalidValue
from gangway.scim.limits import MAX_VALUES
from gangway.scim.schema import Attribute

LABELS: Final = frozenset({"type", "primary"})
"""Sub-attributes that only describe a value."""


@lru_cache(maxsize=1024)
def identifier(attribute: Attribute) -> Callable[[Any], object]:
    """Gives something equal for two values of the attribute exactly if they stand for the same thing."""
    if attribute.type != "complex":
        key = text_key(attribute)
        return lambda value: key(value) if value.__class__ is str else value
    subs = attribute.sub_attributes
    if "value" not in subs:
        return _whole
    value_key = _key(subs["value"])
    if attribute.identified or "type" not in subs:
        return lambda value: value_key(value["value"]) if value.get("value") is not None else _whole(value)
    type_key = _key(subs["type"])
    return lambda value: (
        (value_key(value["value"]), type_key(value.get("type", "")))
        if value.get("value") is not None
        else _whole(value)
    )


def _whole(value: dict[str, Any]) -> object:
    return repr(sorted(value.items()))


def _key(attribute: Attribute) -> Callable[[Any], str]:
    key = text_key(attribute)
    return lambda value: key(value if value.__class__ is str else str(value))


def says_nothing(value: Any) -> bool:
    """Whether a complex value holds at most labels, which describe a value that is not there."""
    return value.__class__ is dict and value.keys() <= LABELS


def collapse(attribute: Attribute, values: Iterable[Any]) -> list[Any]:
    """The values in their order, each once; of two that stand for the same, the first one stays."""
    identify = identifier(attribute)
    kept: dict[object, Any] = {}
    for value in values:
        kept.setdefault(identify(value), value)
    return list(kept.values())


def check_number(attribute: Attribute, values: Collection[Any]) -> None:
    """Refuse more values than a document may hold.

    Raises:
        InvalidValue: There are too many.
    """
    if len(values) > MAX_VALUES and not attribute.identified:
        raise InvalidValue(f"{attribute.name} may have at most {MAX_VALUES} values.")


def check_primary(attribute: Attribute, values: Collection[Any]) -> None:
    """Refuse more than one primary value.

    Raises:
        InvalidValue: There are two or more.
    """
    if "primary" in attribute.sub_attributes and sum(value.get("primary") is True for value in values) > 1:
        raise InvalidValue(f"Only one value of {attribute.name} may be primary.")


def settle_primary(attribute: Attribute, values: list[Any], touched: Collection[int]) -> list[Any]:
    """The values after a change: if a changed one is primary, no other is any more (RFC 7644 section 3.5.2).

    Args:
        attribute: Whose values they are.
        values: All of them, the change applied.
        touched: Indexes of those that the change wrote.

    Raises:
        InvalidValue: The change itself made more than one primary.
    """
    if attribute.type != "complex":
        return values
    chosen = [index for index in touched if values[index].get("primary") is True]
    if not chosen:
        return values
    check_primary(attribute, [values[index] for index in chosen])
    return [
        {name: part for name, part in value.items() if name != "primary"}
        if index not in chosen and value.get("primary") is True
        else value
        for index, value in enumerate(values)
    ]
