"""From text to JSON, refusing what JSON parsers leave to chance.

Python's parser takes the last of two equal keys, reads `NaN`, accepts half of a surrogate pair and recurses as deep as
the text does; each of these would become a failure, or a different reading, somewhere further in. SCIM names have no
case (RFC 7643 section 2.1), so `active` beside `Active` is a duplicate as well. Whatever is wrong with a text, the
answer is one `InvalidSyntax`.
"""

import json
import re
from typing import Any, Final, NoReturn

from gangway.scim.errors import InvalidSyntax
from gangway.scim.limits import MAX_JSON_DEPTH, MAX_JSON_MEMBERS, MAX_NUMBER_LENGTH

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: bytes | str, max_depth: int = MAX_JSON_DEPTH, max_values: int | None = None) -> Any:
    """The value a JSON text stands for.

    Args:
        text: UTF-8 or already decoded; a byte order mark is tolerated (RFC 8259 section 8.1).
        max_depth: Levels of nested objects and arrays.
        max_values: Objects, arrays and commas, which bound the values; None: any number.

    Raises:
        InvalidSyntax: The text is not JSON, or JSON that has no single meaning.
    """
    decoded = _decode(text)
    containers = decoded.count("{") + decoded.count("[")
    if max_values is not None and containers + decoded.count(",") > max_values:
        raise InvalidSyntax(f"The body holds more than {max_values} values.")
    try:
        value = _decoder.decode(decoded)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidSyntax(f"The body is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if containers > max_depth:
        _check_depth(value, max_depth)
    if _ESCAPED_SURROGATE.search(decoded):
        _check_characters(value)
    return value


def _decode(text: bytes | str) -> str:
    if isinstance(text, str):
        if not text.isascii() and _SURROGATE.search(text):
            raise InvalidSyntax("The body must be text in UTF-8; it holds half of a surrogate pair.")
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body must be text in UTF-8; byte {error.start + 1} is not.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_JSON_MEMBERS:
        raise InvalidSyntax(f"An object in the body has more than {MAX_JSON_MEMBERS} members.")
    members = dict(pairs)
    if len(pairs) > 1 and len(set(map(str.lower, members))) != len(pairs):
        raise InvalidSyntax("The body names a member of one object twice; names must differ by more than their case.")
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise InvalidSyntax("The body is not JSON: NaN and Infinity are no JSON numbers.")


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise _too_precise()
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_NUMBER_LENGTH or number in (float("inf"), float("-inf")):
        raise _too_precise()
    return number


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_decimal
)


def _check_depth(value: Any, max_depth: int) -> None:
    """Level by level, so that the check itself does not recurse."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        level = [
            child
            for node in level
            for child in (node.values() if node.__class__ is dict else node)
            if child.__class__ is dict or child.__class__ is list
        ]
        if not level:
            return
    raise _too_deep(max_depth)


def _check_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidSyntax("A string in the body holds half of a surrogate pair, which is no character.") from None


def _too_deep(max_depth: int) -> InvalidSyntax:
    return InvalidSyntax(f"The body is nested more than {max_depth} levels deep.")


def _too_precise() -> InvalidSyntax:
    return InvalidSyntax(f"A number in the body has more than {MAX_NUMBER_LENGTH} characters or is out of range.")
