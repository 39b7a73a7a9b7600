"""From the text of a filter to its tree, by recursive descent (RFC 7644 section 3.4.2.2, errata 4690, 7319, 7322).

    or    = and *( "or" and )            and   = unary *( "and" unary )
    unary = [ "not" ] "(" or ")"  /  path "pr"  /  path operator value  /  path "[" or "]"

Inside brackets the same rules hold, except that paths are sub-attributes and brackets do not nest. Limits on length,
terms and parentheses bound the work and the recursion. What is accepted beyond the grammar asks the dialect.
"""

from typing import Final

from gangway.scim.dialect import LOOSE_BLANKS, TEXT_BOOLEANS, VALUE_PATH_COMPARISON, Dialect
from gangway.scim.errors import InvalidFilter, InvalidPath
from gangway.scim.filter.lexer import Token, invalid, read_number, read_text, tokens
from gangway.scim.filter.syntax import (
    Comparison,
    Expression,
    Literal,
    Not,
    Present,
    ValuePath,
    all_of,
    any_of,
    depth,
)
from gangway.scim.limits import MAX_FILTER_DEPTH, MAX_FILTER_PARENTHESES, MAX_FILTER_TERMS
from gangway.scim.path import ATTRIBUTE_PATH

OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
_LITERALS: Final[dict[str, Literal]] = {"true": True, "false": False, "null": None}


def parse(text: str, dialect: Dialect) -> Expression:
    """The tree of a filter.

    Raises:
        InvalidFilter: Not a filter; the detail says at which position and why.
    """
    parser = _Parser(tokens(text), dialect)
    parser.no_blank()
    expression = parser.disjunction()
    parser.expect_end()
    if depth(expression) > MAX_FILTER_DEPTH:
        raise InvalidFilter(f"The filter has more than {MAX_FILTER_DEPTH} levels of and, or, not and brackets.")
    return expression


def parse_path(text: str, dialect: Dialect) -> tuple[str, Expression | None, str | None]:
    """The parts of a PATCH path (RFC 7644 section 3.5.2): attribute, value filter, sub-attribute behind the filter.

    Raises:
        InvalidPath: Not a path.
        InvalidFilter: A path whose filter is not one.
    """
    name, bracket, _ = text.partition("[")
    if not ATTRIBUTE_PATH.fullmatch(name):
        raise InvalidPath(
            "The path must be an attribute, such as title or name.givenName, with an optional filter in brackets."
        )
    if not bracket:
        return name, None, None
    if "]" not in text:
        raise InvalidPath("The path's bracket is not closed.")
    parser = _Parser(tokens(text), dialect)
    parser.next()
    condition = parser.brackets(name)
    sub = parser.token.text[1:] if parser.at_sub_attribute() else None
    if sub is not None:
        parser.next()
    if parser.token.kind != "end" or (sub is not None and not ATTRIBUTE_PATH.fullmatch(sub)) or "." in (sub or ""):
        raise InvalidPath("Behind the path's bracket only one sub-attribute may follow, as in emails[…].value.")
    return name, condition, sub


class _Parser:
    """A position in the tokens of one filter."""

    def __init__(self, found: list[Token], dialect: Dialect) -> None:
        self._tokens = found
        self._index = 0
        self._dialect = dialect
        self._terms = 0
        self._open = 0
        self._within_brackets = False
        self.token = found[0]

    def next(self) -> Token:
        """Step over the current token and return it."""
        token = self.token
        self._index += 1
        self.token = self._tokens[min(self._index, len(self._tokens) - 1)]
        return token

    def disjunction(self) -> Expression:
        """Terms joined by `or`, which binds least."""
        terms = [self._conjunction()]
        while self._joined_by("or"):
            terms.append(self._conjunction())
        return any_of(*terms)

    def _conjunction(self) -> Expression:
        terms = [self._unary()]
        while self._joined_by("and"):
            terms.append(self._unary())
        return all_of(*terms)

    def _joined_by(self, keyword: str) -> bool:
        if self.token.kind != "word" or self.token.text.lower() != keyword:
            return False
        self._one_blank()
        self.next()
        self._one_blank()
        return True

    def _unary(self) -> Expression:
        if self.token.text.lower() == "not":
            self.next()
            if self.token.text != "(":
                raise invalid(self.token.position, "not is followed by an expression in parentheses")
            if self.token.blanks not in ("", " "):
                self.no_blank()
            return Not(self._group())
        return self._group() if self.token.text == "(" else self._term()

    def _group(self) -> Expression:
        self._open += 1
        if self._open > MAX_FILTER_PARENTHESES:
            raise invalid(self.token.position, f"more than {MAX_FILTER_PARENTHESES} parentheses are open")
        self.next()
        self.no_blank()
        inner = self.disjunction()
        self._close(")")
        self._open -= 1
        return inner

    def _close(self, bracket: str) -> None:
        if self.token.text != bracket:
            raise invalid(self.token.position, f"{bracket} or a logical operator is expected here")
        self.no_blank()
        self.next()

    def _term(self) -> Expression:
        self._terms += 1
        if self._terms > MAX_FILTER_TERMS:
            raise invalid(self.token.position, f"a filter may have {MAX_FILTER_TERMS} terms")
        name = self.token
        if name.kind != "word" or not ATTRIBUTE_PATH.fullmatch(name.text):
            raise invalid(name.position, "an attribute is expected here")
        self.next()
        if self._within_brackets and not name.text.lstrip("$").replace("-", "_").isidentifier():
            raise invalid(name.position, "inside brackets a sub-attribute is named alone, without its parent")
        if self.token.text != "[":
            return self._comparison(name.text, name.position)
        condition = self.brackets(name.text)
        if self.at_sub_attribute() and self._dialect.allows(VALUE_PATH_COMPARISON):
            sub = self.next()
            condition = all_of(condition, self._comparison(sub.text[1:], sub.position + 1))
        return ValuePath(name.text, condition, name.position)

    def _comparison(self, path: str, position: int) -> Expression:
        operator = self.token.text.lower() if self.token.kind == "word" else ""
        if operator != "pr" and operator not in OPERATORS:
            raise invalid(self.token.position, f"an operator is expected here: pr, {', '.join(OPERATORS)}")
        self._one_blank()
        self.next()
        if operator == "pr":
            return Present(path, position)
        if self.token.kind != "text" or self.token.blanks or not self._dialect.allows(LOOSE_BLANKS):
            self._one_blank()
        return Comparison(path, operator, self._literal(), position)

    def _literal(self) -> Literal:
        token = self.next()
        if token.kind == "text":
            return read_text(token)
        if token.kind == "number":
            return read_number(token)
        if token.text in _LITERALS:
            return _LITERALS[token.text]
        if token.text.lower() in ("true", "false") and self._dialect.allows(TEXT_BOOLEANS):
            return token.text.lower() == "true"
        raise invalid(
            token.position, "a value is expected here: a text in double quotes, a number, true, false or null"
        )

    def brackets(self, path: str) -> Expression:
        """The condition in brackets that follows an attribute."""
        if self._within_brackets:
            raise invalid(self.token.position, "brackets cannot stand inside brackets")
        if "." in path.rpartition(":")[2]:
            raise invalid(self.token.position, "brackets follow an attribute, not a sub-attribute")
        self.no_blank()
        self.next()
        self.no_blank()
        self._within_brackets = True
        condition = self.disjunction()
        self._close("]")
        self._within_brackets = False
        return condition

    def at_sub_attribute(self) -> bool:
        """Whether `.name` follows immediately."""
        return self.token.kind == "word" and self.token.text.startswith(".") and not self.token.blanks

    def expect_end(self) -> None:
        """Refuse whatever is left."""
        if self.token.kind != "end":
            raise invalid(self.token.position, "and, or, or the end of the filter is expected here")
        self.no_blank()

    def no_blank(self) -> None:
        """Refuse blanks before the current token, unless the dialect lets them pass."""
        if self.token.blanks and not self._dialect.allows(LOOSE_BLANKS):
            raise invalid(self.token.position, "no blank may stand before this")

    def _one_blank(self) -> None:
        if self.token.kind == "end":
            raise invalid(self.token.position, "the filter ends here, in the middle of an expression")
        blanks = self.token.blanks
        if blanks != " " and (not blanks or not self._dialect.allows(LOOSE_BLANKS)):
            raise invalid(self.token.position, "one blank must stand before this")
