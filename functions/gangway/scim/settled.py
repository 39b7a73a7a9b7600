"""Values that are kept exactly as they came, told at a glance.

Almost every value of almost every request is right already: names have their canonical spelling, values their exact
type, nothing is there twice. A reader would ask many questions about it, all with the answer no. Here these questions
are compiled once per attribute into one test without errors, dialects or copies. What passes is what the reader would
return as it is; what does not pass may be right all the same, and the reader decides. A property test holds the two to
each other.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from gangway.scim.compare import fold
from gangway.scim.limits import MAX_UNIQUE_LENGTH, MAX_VALUES
from gangway.scim.multivalued import LABELS, identifier
from gangway.scim.schema import Attribute

Test = Callable[[Any], bool]

_HARMLESS: Final = ("https://", "http://")
_HARMLESS_OR_RELATIVE: Final = (*_HARMLESS, "/", "../")


@lru_cache(maxsize=1024)
def settled_parts(attribute: Attribute) -> Mapping[str, Test]:
    """A test for each part of a complex attribute whose values can be kept as they came, by its canonical name."""
    tests = {part.name: settled(part) for part in attribute.sub_attributes.values()}
    return {name: test for name, test in tests.items() if test is not None}


@lru_cache(maxsize=4096)
def settled(attribute: Attribute) -> Test | None:
    """A test for values of an attribute that can be kept as they came; None if there are none."""
    if not attribute.kept:
        return None
    if attribute.type == "complex":
        element = _object(attribute)
        return _objects(attribute, element) if attribute.multi_valued else element
    return None if attribute.multi_valued else _simple(attribute)


def _simple(attribute: Attribute) -> Test | None:
    match attribute.type:
        case "boolean":
            return lambda value: value.__class__ is bool
        case "integer":
            return lambda value: value.__class__ is int
        case "string":
            return _text(attribute)
        case "reference":
            starts = _HARMLESS if "external" in attribute.reference_types else _HARMLESS_OR_RELATIVE
            return lambda value: (
                value.__class__ is str and value.isprintable() and " " not in value and value.startswith(starts)
            )
        case _:
            return None


def _text(attribute: Attribute) -> Test:
    if attribute.plain:
        return plain
    if attribute.canonical_values:
        suggested = frozenset(filter(plain, attribute.canonical_values))
        return lambda value: value.__class__ is str and value in suggested
    return lambda value: plain(value) and value.isascii() and value == value.strip() and len(value) <= MAX_UNIQUE_LENGTH


def plain(value: Any) -> bool:
    """Whether it is a text that shows, of the kind every plain attribute keeps."""
    return value.__class__ is str and value.isprintable() and value != ""


def _object(attribute: Attribute) -> Test:
    tests = settled_parts(attribute)
    texts = frozenset(name for name, test in tests.items() if test is plain)

    def test(value: Any) -> bool:
        if value.__class__ is not dict or not value:
            return False
        for name, item in value.items():
            if name in texts:  # most are, and a call would cost more than the answer
                if item.__class__ is not str or not item.isprintable() or not item:
                    return False
            elif name not in tests or not tests[name](item):
                return False
        return True

    return test


def _objects(attribute: Attribute, element: Test) -> Test:
    identified, distinct = attribute.identified, _distinct(attribute)

    def test(values: Any) -> bool:
        if values.__class__ is not list or not values or (len(values) > MAX_VALUES and not identified):
            return False
        for value in values:
            if not element(value) or ("value" not in value and (identified or value.keys() <= LABELS)):
                return False
        return len(values) == 1 or (distinct(values) and len([1 for value in values if value.get("primary")]) <= 1)

    return test


def _distinct(attribute: Attribute) -> Test:
    """Whether no two of several values, settled each, stand for the same."""
    identify, label = identifier(attribute), attribute.sub_attributes.get("type")
    if label is None or attribute.identified or not _all_different(label.canonical_values):
        return lambda values: len({identify(value) for value in values}) == len(values)

    def distinct(values: list[Any]) -> bool:
        if len({value.get("type") for value in values}) == len(values):
            return True  # values of different types are different, and most people have one of each
        return len({identify(value) for value in values}) == len(values)

    return distinct


def _all_different(names: tuple[str, ...]) -> bool:
    return len({fold(name) for name in names}) == len(names) > 0
