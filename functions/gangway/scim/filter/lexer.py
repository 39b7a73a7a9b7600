"""From the text of a filter to its words, strings, numbers and brackets.

One regular expression reads one token and the blanks before it; every alternative begins with a character of its own,
so reading is linear in the length of the text, whatever the text is. Blanks are kept, because whether they may stand
where they do is the parser's business.
"""

import json
import re
from typing import Final, NamedTuple

from gangway.scim.errors import InvalidFilter
from gangway.scim.limits import MAX_FILTER_LENGTH, MAX_NUMBER_LENGTH

_TOKEN: Final = re.compile(
    r"""(?P<blanks>[ \t]*+)
    (?: (?P<word>\.?[$A-Za-z][A-Za-z0-9._:~%+/@$-]*+|\.)
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+")
      | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
      | (?P<bracket>[()\[\]])
      | (?P<end>\Z)
      | (?P<wrong>.)
    )""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One piece of a filter.

    Attributes:
        kind: `word`, `text`, `number`, `bracket`, or `end`, which is the last token of every filter.
        text: As written.
        position: Of its first character, counted from 1.
        blanks: What stands between it and the token before.
    """

    kind: str
    text: str
    position: int
    blanks: str


def tokens(text: str) -> list[Token]:
    """The tokens of a filter or PATCH path, closed by one of kind `end`.

    Raises:
        InvalidFilter: The text is too long, or a character does not belong to any token.
    """
    if len(text) > MAX_FILTER_LENGTH:
        raise InvalidFilter(f"The filter is longer than {MAX_FILTER_LENGTH} characters.")
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "wrong"
        found.append(Token(kind, match[kind], match.start(kind) + 1, match["blanks"]))
        if kind == "end":
            break
        if kind == "wrong":
            raise _unreadable(found[-1])
    return found


def _unreadable(token: Token) -> InvalidFilter:
    if token.text == '"':
        mistake = "a text must be a JSON string, closed by a double quote and with JSON's escapes"
        return invalid(token.position, mistake)
    return invalid(token.position, "this character cannot stand outside a text in double quotes")


def invalid(position: int, mistake: str) -> InvalidFilter:
    """A refusal that says where."""
    return InvalidFilter(f"The filter is invalid at position {position}: {mistake}.", position=position)


def placed(refusal: InvalidFilter, position: int | None) -> InvalidFilter:
    """The refusal of a term that stands at a position; as it is if it says where already."""
    if refusal.position is not None or position is None:
        return refusal
    return invalid(position, refusal.detail.removesuffix("."))


def read_text(token: Token) -> str:
    """The text a string token stands for, escapes decoded."""
    if "\\" not in token.text:
        return token.text[1:-1]
    text: str = json.loads(token.text)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise invalid(token.position, "the text holds half of a surrogate pair, which is no character")
    return text


def read_number(token: Token) -> int | float:
    """The number a number token stands for."""
    if len(token.text) > MAX_NUMBER_LENGTH:
        raise invalid(token.position, f"a number may have {MAX_NUMBER_LENGTH} characters")
    if token.text.lstrip("-").isdigit():
        return int(token.text)
    number = float(token.text)
    if number in (float("inf"), float("-inf")):
        raise invalid(token.position, "the number is out of range")
    return number
