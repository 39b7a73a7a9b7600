"""How one value of an attribute is compared with a literal (RFC 7644 section 3.4.2.2, table 3).

The attribute's type decides which operators exist and what equal and greater mean: texts by `compare.text_key`, times
by instant, numbers by size. What a type does not offer is refused when the filter is bound, before any resource is
read. A test may meet a value of another type, stored before a deployer changed a schema; it equals nothing then.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

from gangway.scim.compare import instant, text_key
from gangway.scim.dialect import TEXT_BOOLEANS, Dialect
from gangway.scim.errors import InvalidFilter
from gangway.scim.filter.syntax import Literal
from gangway.scim.schema import Attribute

Test = Callable[[Any], bool]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SUBSTRING: Final[dict[str, Callable[[str, str], bool]]] = {
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}
_EQUALITY: Final = ("eq", "ne")


def value_test(attribute: Attribute, path: str, name: str, literal: Literal, dialect: Dialect) -> Test:
    """Whether one value of the attribute compares with the literal as asked; `ne` is the opposite of `eq`.

    Args:
        attribute: A simple attribute.
        path: What to call it in a refusal.
        name: The operator.
        literal: Anything but null.
        dialect: Whether booleans may be written as text.

    Raises:
        InvalidFilter: The attribute's type does not offer the operator, or cannot be equal to the literal.
    """
    if name == "ne":
        equal = value_test(attribute, path, "eq", literal, dialect)
        return lambda value: not equal(value)
    match attribute.type:
        case "boolean":
            return _boolean(path, name, literal, dialect)
        case "integer" | "decimal":
            return _number(path, name, literal)
        case "dateTime":
            return _moment(path, name, literal)
        case _:
            return _text(attribute, path, name, literal)


def _text(attribute: Attribute, path: str, name: str, literal: Literal) -> Test:
    if not isinstance(literal, str):
        raise InvalidFilter(f"{path} is compared with a text in double quotes.")
    if attribute.type == "binary" and name not in _EQUALITY:
        raise _unsuitable(path, name, "binary", "eq and ne")
    key = text_key(attribute)
    wanted = key(literal)
    if name == "eq":
        return lambda value: value == literal or (value.__class__ is str and key(value) == wanted)
    compare = _SUBSTRING.get(name) or _ORDER[name]
    return lambda value: value.__class__ is str and compare(key(value), wanted)


def _boolean(path: str, name: str, literal: Literal, dialect: Dialect) -> Test:
    if name not in _EQUALITY:
        raise _unsuitable(path, name, "boolean", "eq and ne")
    if isinstance(literal, str) and literal.lower() in ("true", "false") and dialect.allows(TEXT_BOOLEANS):
        literal = literal.lower() == "true"
    if not isinstance(literal, bool):
        raise InvalidFilter(f"{path} is compared with true or false, without quotes.")
    return lambda value: value is literal


def _number(path: str, name: str, literal: Literal) -> Test:
    if name in _SUBSTRING:
        raise _unsuitable(path, name, "a number", "eq, ne, gt, ge, lt and le")
    if isinstance(literal, bool) or not isinstance(literal, int | float):
        raise InvalidFilter(f"{path} is compared with a number, without quotes.")
    compare: Callable[[Any, Any], bool] = _ORDER.get(name, operator.eq)
    return lambda value: value.__class__ in (int, float) and compare(value, literal)


def _moment(path: str, name: str, literal: Literal) -> Test:
    if name in _SUBSTRING:
        raise _unsuitable(path, name, "a dateTime", "eq, ne, gt, ge, lt and le")
    wanted = instant(literal) if isinstance(literal, str) else None
    if wanted is None:
        raise InvalidFilter(f'{path} is compared with a dateTime such as "2026-11-25T08:30:00Z".')
    compare: Callable[[Any, Any], bool] = _ORDER.get(name, operator.eq)

    def test(value: Any) -> bool:
        moment = instant(value) if value.__class__ is str else None
        return moment is not None and compare(moment, wanted)

    return test


def _unsuitable(path: str, name: str, kind: str, suitable: str) -> InvalidFilter:
    return InvalidFilter(f"{path} is {kind} and cannot be compared by {name}; it has {suitable}.")


def present(value: Any) -> bool:
    """Whether a value counts as assigned: false and 0 do; null, empty texts, lists and objects do not (section 2.5)."""
    if value.__class__ is dict:
        return any(map(present, value.values()))
    if value.__class__ is list:
        return any(map(present, value))
    return value is not None and value != ""
