"""What a filter says, as a tree (RFC 7644 section 3.4.2.2).

The tree knows nothing of schemas: names are kept as the client wrote them, so one parsed filter serves users and groups
alike. Terms know where they stood in the text, for refusals, but are equal wherever they stand. `write` is the inverse
of parsing: what it prints parses to an equal tree.
"""

import json
from dataclasses import dataclass, field

Literal = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`; the operator in lower case."""

    path: str
    operator: str
    value: Literal
    position: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: str
    position: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[condition]`: one value of the attribute meets the whole condition."""

    path: str
    condition: "Expression"
    position: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not (term)`."""

    term: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """Two or more terms, none of them an `And`."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more terms, none of them an `Or`."""

    terms: tuple["Expression", ...]


Expression = Comparison | Present | ValuePath | Not | And | Or


def all_of(*terms: Expression) -> Expression:
    """The terms joined by `and`, flat."""
    return terms[0] if len(terms) == 1 else And(_flat(And, terms))


def any_of(*terms: Expression) -> Expression:
    """The terms joined by `or`, flat."""
    return terms[0] if len(terms) == 1 else Or(_flat(Or, terms))


def _flat(kind: type[And] | type[Or], terms: tuple[Expression, ...]) -> tuple[Expression, ...]:
    flat: list[Expression] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, kind) else (term,))
    return tuple(flat)


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The terms that must all hold."""
    return expression.terms if isinstance(expression, And) else (expression,)


def size(expression: Expression) -> int:
    """How many comparisons it makes."""
    match expression:
        case And(terms) | Or(terms):
            return sum(map(size, terms))
        case Not(inner) | ValuePath(_, inner):
            return size(inner)
        case _:
            return 1


def depth(expression: Expression) -> int:
    """Levels of `and`, `or`, `not` and brackets inside each other."""
    match expression:
        case And(terms) | Or(terms):
            return 1 + max(map(depth, terms))
        case Not(inner) | ValuePath(_, inner):
            return 1 + depth(inner)
        case _:
            return 0


def write(expression: Expression, *, literals: bool = True) -> str:
    """The filter as text.

    Args:
        expression: What to print.
        literals: Print the values; without, each becomes `?`, so that the text can be logged.
    """
    match expression:
        case Comparison(path, operator, value):
            return f"{path} {operator} {json.dumps(value, ensure_ascii=False) if literals else '?'}"
        case Present(path):
            return f"{path} pr"
        case ValuePath(path, condition):
            return f"{path}[{write(condition, literals=literals)}]"
        case Not(term):
            return f"not ({write(term, literals=literals)})"
        case And(terms):
            texts = [write(term, literals=literals) for term in terms]
            return " and ".join(
                f"({text})" if isinstance(term, Or) else text for term, text in zip(terms, texts, strict=True)
            )
        case Or(terms):
            return " or ".join(write(term, literals=literals) for term in terms)
