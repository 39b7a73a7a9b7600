"""The expressions of DynamoDB that Gangway uses, read strictly: what is not understood, or unused, is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Item = dict[str, Any]

_TOKEN = re.compile(r"\s*(:\w+|#?[A-Za-z]\w*|<>|<=|>=|[=<>(),+-])")
_KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "SET", "ADD", "REMOVE", "DELETE"}
_RESERVED = {word.lower() for word in ReservedKeywords.get_reserved_keywords()}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


class InvalidExpressionError(Exception):
    """DynamoDB would answer ValidationException."""


def comparable(attribute: Mapping[str, Any]) -> Any:
    """A value of an attribute that compares as DynamoDB compares."""
    ((kind, value),) = attribute.items()
    return float(value) if kind == "N" else value


class Expression:
    """One expression with its names and values."""

    def __init__(self, text: str, names: Mapping[str, str], values: Mapping[str, Any], used: set[str]) -> None:
        self._tokens = self._split(text)
        self._at = 0
        self._names = names
        self._values = values
        self._used = used

    def condition(self, item: Item | None) -> bool:
        """Evaluate a condition on an item, or on its absence."""
        result = self._or(item or {})
        self._end()
        return result

    def key_condition(self) -> tuple[str, Callable[[str], bool]]:
        """The partition key, and a test for the sort key."""
        self._expect("pk")
        self._expect("=")
        partition: str = self._value()["S"]
        if self._at == len(self._tokens):
            return partition, lambda _sort_key: True
        self._expect("AND")
        test = self._sort_key_test()
        self._end()
        return partition, test

    def update(self, item: Item) -> Item:
        """The item after an update."""
        changed = dict(item)
        while self._at < len(self._tokens):
            clause = self._next()
            apply = {"SET": self._set, "ADD": self._add, "REMOVE": self._remove, "DELETE": self._delete}.get(clause)
            if apply is None:
                raise InvalidExpressionError(clause)
            apply(item, changed)
            while self._peek() == ",":
                self._next()
                apply(item, changed)
        return changed

    @staticmethod
    def _split(text: str) -> list[str]:
        tokens, at = [], 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise InvalidExpressionError(text)
            tokens.append(found[1])
            at = found.end()
        return tokens

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise InvalidExpressionError("unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise InvalidExpressionError(f"{token} expected")

    def _end(self) -> None:
        if self._at != len(self._tokens):
            raise InvalidExpressionError("more than one expression")

    def _name(self) -> str:
        token = self._next()
        if token.startswith("#"):
            self._used.add(token)
            return self._names[token]
        if token.lower() in _RESERVED or token.upper() in _KEYWORDS or token.startswith(":"):
            raise InvalidExpressionError(f"{token} is a reserved word")
        return token

    def _value(self) -> dict[str, Any]:
        token = self._next()
        if not token.startswith(":") or token not in self._values:
            raise InvalidExpressionError(f"{token} is not a value")
        self._used.add(token)
        value: dict[str, Any] = self._values[token]
        return value

    def _or(self, item: Item) -> bool:
        result = self._and(item)
        while self._peek() == "OR":
            self._next()
            result = self._and(item) or result
        return result

    def _and(self, item: Item) -> bool:
        result = self._term(item)
        while self._peek() == "AND":
            self._next()
            result = self._term(item) and result
        return result

    def _term(self, item: Item) -> bool:
        if self._peek() == "(":
            self._next()
            result = self._or(item)
            self._expect(")")
            return result
        if self._peek() in ("attribute_exists", "attribute_not_exists"):
            wanted = self._next() == "attribute_exists"
            self._expect("(")
            name = self._name()
            self._expect(")")
            return (name in item) == wanted
        name = self._name()
        compare = _COMPARISONS[self._next()]
        value = self._value()
        return name in item and item[name].keys() == value.keys() and compare(comparable(item[name]), comparable(value))

    def _sort_key_test(self) -> Callable[[str], bool]:
        if self._peek() == "begins_with":
            self._next()
            self._expect("(")
            self._expect("sk")
            self._expect(",")
            prefix = self._value()["S"]
            self._expect(")")
            if not prefix:
                raise InvalidExpressionError("an empty prefix")
            return lambda sort_key: sort_key.startswith(prefix)
        self._expect("sk")
        operator = self._next()
        if operator == "BETWEEN":
            low = self._value()["S"]
            self._expect("AND")
            high = self._value()["S"]
            if low > high:
                raise InvalidExpressionError("BETWEEN with a greater lower bound")
            return lambda sort_key: low <= sort_key <= high
        compare, bound = _COMPARISONS[operator], self._value()["S"]
        return lambda sort_key: compare(sort_key, bound)

    def _set(self, old: Item, changed: Item) -> None:
        name = self._name()
        self._expect("=")
        changed[name] = self._operand(old)
        if self._peek() in ("+", "-"):
            sign = 1 if self._next() == "+" else -1
            other = self._operand(old)
            changed[name] = {"N": str(int(changed[name]["N"]) + sign * int(other["N"]))}

    def _operand(self, old: Item) -> dict[str, Any]:
        if (self._peek() or "").startswith(":"):
            return self._value()
        if self._peek() == "if_not_exists":
            self._next()
            self._expect("(")
            name = self._name()
            self._expect(",")
            value = self._value()
            self._expect(")")
            kept: dict[str, Any] = old.get(name, value)
            return kept
        name = self._name()
        if name not in old:
            raise InvalidExpressionError(f"{name} is not in the item")
        operand: dict[str, Any] = old[name]
        return operand

    def _add(self, old: Item, changed: Item) -> None:
        name, value = self._name(), self._value()
        if "N" in value:
            changed[name] = {"N": str(int(old.get(name, {"N": "0"})["N"]) + int(value["N"]))}
        else:
            changed[name] = {"SS": sorted({*old.get(name, {"SS": []})["SS"], *value["SS"]})}

    def _remove(self, _old: Item, changed: Item) -> None:
        changed.pop(self._name(), None)

    def _delete(self, old: Item, changed: Item) -> None:
        name, value = self._name(), self._value()
        left = sorted(set(old.get(name, {"SS": []})["SS"]) - set(value["SS"]))
        if left:
            changed[name] = {"SS": left}
        else:
            changed.pop(name, None)
