"""From a filter's tree to functions that test resources of one type.

Names are looked up, types checked and literals prepared once, so that testing a resource is a chain of closures without
any of that. An attribute without value fails every comparison except `ne`; of several values one has to match, and in
brackets the same one has to meet everything.
"""

from collections.abc import Callable
from typing import NamedTuple

from gangway.scim.dialect import Dialect
from gangway.scim.errors import InvalidFilter
from gangway.scim.filter.lexer import placed
from gangway.scim.filter.operators import Test, present, value_test
from gangway.scim.filter.reading import Reader, assigned, element_reader, equal_to_null, quantified
from gangway.scim.filter.syntax import And, Comparison, Expression, Not, Or, Present, ValuePath, conjuncts
from gangway.scim.path import Target, parts, resolve
from gangway.scim.schema import Attribute, ResourceType


class Equality(NamedTuple):
    """A term that must hold: the attribute has this value.

    Attributes:
        path: Canonical, such as `userName`, `emails.value` or `meta.resourceType`.
        value: As the client wrote it; compare by `compare.canonical_key`.
    """

    path: str
    value: str | int | float | bool


class Binder:
    """Turns the terms of one filter into tests, and notes what they read.

    Args:
        resource_type: Whose attributes the names are.
        dialect: What it allows beyond the RFCs.
        foreign: Take attributes the type does not have as unassigned; otherwise they are refused.

    Attributes:
        paths: Canonical names of everything read.
        attributes: The top-level attributes among them, or the URNs of extensions that hold them.
    """

    def __init__(self, resource_type: ResourceType, dialect: Dialect, *, foreign: bool = False) -> None:
        self._resource_type = resource_type
        self._dialect = dialect
        self._foreign = foreign
        self.paths: set[str] = set()
        self.attributes: set[str] = set()

    def resource_test(self, expression: Expression) -> Test:
        """Whether a resource meets the expression."""
        match expression:
            case Comparison() | Present() | ValuePath():
                try:
                    target = self._target(expression.path)
                    return _foreign_test(expression) if target is None else self._term(target, expression)
                except InvalidFilter as refusal:
                    raise placed(refusal, expression.position) from None
            case _:
                return _connected(expression, self.resource_test)

    def element_test(self, target: Target, condition: Expression) -> Test:
        """Whether one value of the target, a multi-valued attribute, meets a condition on its sub-attributes."""
        match condition:
            case Comparison() | Present():
                try:
                    return self._element_term(target, condition)
                except InvalidFilter as refusal:
                    raise placed(refusal, condition.position) from None
            case ValuePath():
                raise InvalidFilter("Brackets cannot stand inside brackets.")
            case _:
                return _connected(condition, lambda term: self.element_test(target, term))

    def equalities(self, expression: Expression) -> tuple[Equality, ...]:
        """The comparisons for equality that every matching resource meets."""
        found: list[Equality] = []
        for term in conjuncts(expression):
            target = resolve(self._resource_type, term.path) if isinstance(term, Comparison | ValuePath) else None
            if target is None:
                continue
            if isinstance(term, ValuePath):
                found += [each for inner in conjuncts(term.condition) for each in _element_equality(target, inner)]
            elif isinstance(term, Comparison) and term.operator == "eq" and term.value is not None:
                found.append(Equality(str(significant(target)), term.value))
        return tuple(found)

    def _target(self, path: str) -> Target | None:
        target = resolve(self._resource_type, path)
        if target is None:
            if self._foreign:
                return None
            raise InvalidFilter(f"{self._resource_type.name} has no attribute {path[:80]}.")
        if "never" in (target.attribute.returned, target.leaf.returned):
            raise InvalidFilter(f"{target} is never returned and cannot be used in a filter.")
        self.attributes.add(target.urn or target.attribute.name)
        return target

    def _term(self, target: Target, term: Comparison | Present | ValuePath) -> Test:
        match term:
            case ValuePath(_, condition):
                return self._value_path(target, condition)
            case Present():
                self.paths.add(str(target))
                return assigned(target)
            case Comparison(_, operator, literal):
                target = significant(target)
                self.paths.add(str(target))
                if literal is None:
                    return equal_to_null(str(target), operator, assigned(target))
                if target.leaf.type == "complex":
                    example = next(iter(target.leaf.sub_attributes.values())).name
                    raise InvalidFilter(f"{target} is compared by a sub-attribute, such as {target}.{example}.")
                test = value_test(target.leaf, str(target), operator, literal, self._dialect)
                return quantified(target, test, missing=operator == "ne")

    def _element_term(self, target: Target, term: Comparison | Present) -> Test:
        sub, read = self._part(target, term.path)
        if isinstance(term, Present):
            return lambda element: present(read(element))
        if term.value is None:
            return equal_to_null(term.path, term.operator, lambda element: present(read(element)))
        test = value_test(sub, f"{target}.{sub.name}", term.operator, term.value, self._dialect)
        missing = term.operator == "ne"
        return lambda element: missing if (value := read(element)) is None else test(value)

    def _value_path(self, target: Target, condition: Expression) -> Test:
        if target.sub is not None or not parts(target.attribute):
            raise InvalidFilter(f"{target} has no sub-attributes and cannot be followed by brackets.")
        return quantified(target, self.element_test(target, condition), missing=False)

    def _part(self, target: Target, path: str) -> tuple[Attribute, Reader]:
        part = parts(target.attribute).get(path.lower())
        if part is None:
            raise InvalidFilter(f"{target} has no sub-attribute {path[:80]}.")
        if part.returned == "never":
            raise InvalidFilter(f"{target}.{part.name} is never returned and cannot be used in a filter.")
        self.paths.add(f"{target}.{part.name}")
        return part, element_reader(target, part.name)


def significant(target: Target) -> Target:
    """The target, or its `value` where a complex attribute is named alone (RFC 7644 figure 2)."""
    value = target.attribute.sub_attributes.get("value")
    return target if target.sub is not None or value is None else Target(target.urn, target.attribute, value)


def _connected(expression: Expression, test_of: Callable[[Expression], Test]) -> Test:
    match expression:
        case And((left, right)):
            first, second = test_of(left), test_of(right)
            return lambda resource: first(resource) and second(resource)
        case And(terms):
            tests = [test_of(term) for term in terms]
            return lambda resource: all(test(resource) for test in tests)
        case Or(terms):
            tests = [test_of(term) for term in terms]
            return lambda resource: any(test(resource) for test in tests)
        case Not(term):
            inner = test_of(term)
            return lambda resource: not inner(resource)
        case _:
            raise TypeError(f"{type(expression).__name__} connects no terms")


def _foreign_test(term: Comparison | Present | ValuePath) -> Test:
    """What a term about an attribute that is always unassigned says."""
    match term:
        case Comparison(_, "eq", None):
            answer = True
        case Comparison(_, "ne", value):
            answer = value is not None
        case _:
            answer = False
    return lambda _resource: answer


def _element_equality(target: Target, term: Expression) -> tuple[Equality, ...]:
    if not isinstance(term, Comparison) or term.operator != "eq" or term.value is None:
        return ()
    part = parts(target.attribute).get(term.path.lower())
    if part is None:
        return ()
    return (Equality(f"{target}.{part.name}" if target.attribute.type == "complex" else str(target), term.value),)
