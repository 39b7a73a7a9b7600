"""Single values, by the type of their attribute (RFC 7643 section 2.3).

A value either has the JSON kind its type asks for or is refused with the attribute's name; nothing is converted except
where a dialect rule says so. Texts are kept as sent, only a suggested value in another case takes the suggested
spelling. What is unassigned is None.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from gangway.scim.compare import instant, invisible
from gangway.scim.dialect import EMPTY_TEXT, RELATIVE_REFERENCES, TEXT_BOOLEANS, WRAPPED_VALUE, Dialect
from gangway.scim.errors import InvalidValue
from gangway.scim.limits import MAX_UNIQUE_LENGTH
from gangway.scim.schema import Attribute

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):.")
_SCRIPTS: Final = ("javascript", "vbscript")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]++={0,2}")


def read_simple(attribute: Attribute, value: Any, dialect: Dialect, prefix: str = "") -> Any:
    """One value of a simple attribute as it is kept; None if it is unassigned.

    Args:
        attribute: A simple attribute; whether it is multi-valued does not matter.
        value: From parsed JSON.
        dialect: What it allows beyond the RFCs.
        prefix: What to put before the attribute's name in a refusal, such as `emails.`.

    Raises:
        InvalidValue: The value does not have the attribute's type.
    """
    if value.__class__ is list and not attribute.multi_valued:
        value = _unwrap(value, dialect)
    if value is None:
        return None
    if value == "" and dialect.allows(EMPTY_TEXT):
        return None
    return _READERS[attribute.type](attribute, value, dialect, prefix)


def _unwrap(values: list[Any], dialect: Dialect) -> Any:
    if len(values) == 1 and isinstance(values[0], dict):
        content = {key.lower(): value for key, value in values[0].items() if value is not None}
        if content.keys() == {"value"} and dialect.allows(WRAPPED_VALUE):
            return content["value"]
    return values


def _text(attribute: Attribute, value: Any, _dialect: Dialect, prefix: str) -> str:
    if value.__class__ is not str:
        raise _refusal(attribute, prefix, "a text")
    if not value.isprintable() and _CONTROLS.search(value):
        raise InvalidValue(f"{prefix}{attribute.name} holds a control character or half of a surrogate pair.")
    if attribute.canonical_values and value not in attribute.canonical_values and not attribute.case_exact:
        return _canonical(attribute, value)
    if attribute.prepared:
        _check_name(value, f"{prefix}{attribute.name}")
    return str(value)


def _check_name(value: str, path: str) -> None:
    if len(value) > MAX_UNIQUE_LENGTH:
        raise InvalidValue(f"{path} may have at most {MAX_UNIQUE_LENGTH} characters.")
    if invisible(value):
        raise InvalidValue(f"{path} holds an invisible character, or a blank at its beginning or end.")


def _canonical(attribute: Attribute, value: str) -> str:
    lowered = value.lower()
    return next((each for each in attribute.canonical_values if each.lower() == lowered), value)


def _reference(attribute: Attribute, value: Any, dialect: Dialect, prefix: str) -> str:
    text = _text(attribute, value, dialect, prefix)
    scheme = _SCHEME.match(text.lstrip())  # browsers pass over blanks in front of it
    if not text.isprintable() or (scheme and scheme[1].lower() in _SCRIPTS):
        raise _refusal(attribute, prefix, "a URI that runs no script, without line breaks")
    plain = " " not in text
    if "external" not in attribute.reference_types:
        if plain:
            return text
        raise _refusal(attribute, prefix, "a URI, without blanks")
    if (plain and scheme) or dialect.allows(RELATIVE_REFERENCES):
        return text
    raise _refusal(attribute, prefix, "an absolute URI, such as https://example.com/photo.jpg")


def _boolean(attribute: Attribute, value: Any, dialect: Dialect, prefix: str) -> bool:
    if value.__class__ is bool:
        return bool(value)
    if value.__class__ is str and value.lower() in ("true", "false") and dialect.allows(TEXT_BOOLEANS):
        return bool(value.lower() == "true")
    raise _refusal(attribute, prefix, "true or false, without quotes")


def _integer(attribute: Attribute, value: Any, _dialect: Dialect, prefix: str) -> int:
    if value.__class__ is not int:
        raise _refusal(attribute, prefix, "a number without fraction or exponent, without quotes")
    return int(value)


def _decimal(attribute: Attribute, value: Any, _dialect: Dialect, prefix: str) -> int | float:
    if value.__class__ is not float and value.__class__ is not int:
        raise _refusal(attribute, prefix, "a number, without quotes")
    number: int | float = value
    return number


def _date_time(attribute: Attribute, value: Any, dialect: Dialect, prefix: str) -> str:
    text = _text(attribute, value, dialect, prefix)
    if instant(text) is None:
        raise _refusal(attribute, prefix, "a dateTime such as 2026-11-25T08:30:00Z")
    return text


def _binary(attribute: Attribute, value: Any, dialect: Dialect, prefix: str) -> str:
    text = _text(attribute, value, dialect, prefix)
    if not _BASE64.fullmatch(text) or len(text.rstrip("=")) % 4 == 1 or ("=" in text and len(text) % 4):
        raise _refusal(attribute, prefix, "base64 (RFC 4648 section 4)")
    return text


def _refusal(attribute: Attribute, prefix: str, kind: str) -> InvalidValue:
    return InvalidValue(f"{prefix}{attribute.name} must be {kind}.")


_READERS: Final[dict[str, Callable[[Attribute, Any, Dialect, str], Any]]] = {
    "string": _text,
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateTime": _date_time,
    "reference": _reference,
    "binary": _binary,
}
