"""When two values are the same value.

Uniqueness locks, lookups by key and `eq` in a filter must agree on this, or a user would be found by one and not by
the other; so all three use `canonical_key`. Attributes that are not `caseExact` compare by Unicode case folding, with
composed and decomposed accents alike (RFC 7644 section 3.4.2.2). Names that must be unique, `userName` above all, are
first brought to their usual width, as in the PRECIS profile UsernameCaseMapped (RFC 8265 section 3.3), so that
look-alikes of one name cannot be two accounts; characters that do not show at all are refused by `invisible`.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from gangway.scim.schema import Attribute

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_WIDTHS: Final = ("<wide>", "<narrow>")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def canonical_key(attribute: Attribute, value: Any) -> str:
    """A text that is equal for two values exactly if they are the same value of the attribute."""
    text = value if isinstance(value, str) else str(value)
    return text_key(attribute)(text)


def text_key(attribute: Attribute) -> Callable[[str], str]:
    """The function that gives the key of a text value of the attribute; for whoever compares many."""
    if attribute.case_exact:
        return str
    return prepare_name if attribute.prepared else fold


def fold(text: str) -> str:
    """The text without differences of case and composition."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def prepare_name(text: str) -> str:
    """A unique name without differences of width, case and composition."""
    if text.isascii():
        return text.lower()
    return fold("".join(_usual_width(character) for character in text))


def _usual_width(character: str) -> str:
    if character.isascii():
        return character
    kind, _, codes = unicodedata.decomposition(character).partition(" ")
    return "".join(chr(int(code, 16)) for code in codes.split()) if kind in _WIDTHS else character


def invisible(text: str) -> bool:
    """Whether a name holds characters that hardly show: controls, joiners, marks of direction, unusual blanks.

    Blanks at either end count as well.
    """
    if text.isascii() and text.isprintable():
        return text != text.strip(" ")
    return text != text.strip() or any(
        unicodedata.category(character) in _INVISIBLE or (character.isspace() and character != " ")
        for character in text
    )


def instant(text: str) -> datetime | None:
    """The moment an xsd:dateTime names (RFC 7643 section 2.3.5), in UTC where it names no zone; None if it is none."""
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
