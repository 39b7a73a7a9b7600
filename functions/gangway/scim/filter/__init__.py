"""Filters (RFC 7644 section 3.4.2.2): parsed once, bound to a resource type once, evaluated by a chain of closures.

Identity providers send the same few filters over and over, with other values; bodies of work are kept per text. What a
dialect rule let pass is kept with them and counted again at every use, so that the count means requests, not parsing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from gangway.scim.dialect import Dialect, Profile
from gangway.scim.filter.binding import Binder, Equality
from gangway.scim.filter.parser import parse
from gangway.scim.filter.syntax import Expression, write
from gangway.scim.schema import ResourceType

__all__ = ["BoundFilter", "Equality", "Filter", "parse_filter"]

_LONGEST_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class BoundFilter:
    """A filter that knows the attributes it speaks of.

    Attributes:
        matches: Whether a resource, as it would be returned in full, meets the filter.
        paths: The canonical names of what it reads, such as `emails.value`, `meta.lastModified`.
        attributes: The same without sub-attributes: `emails`, `meta`, or the URN of an extension.
    """

    matches: Callable[[Mapping[str, Any]], bool]
    paths: frozenset[str]
    attributes: frozenset[str]
    _equalities: tuple[Equality, ...] = ()

    def equalities(self) -> tuple[Equality, ...]:
        """The values every match has, by which resources can be looked up before they are tested."""
        return self._equalities


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; two are equal if they say the same in the same words."""

    expression: Expression
    dialect: Dialect = field(compare=False, repr=False)
    _text: str | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        """The filter in canonical form; it parses to an equal filter."""
        return write(self.expression)

    def shape(self) -> str:
        """The filter with `?` for every value, which may be written to logs."""
        return write(self.expression, literals=False)

    def bind(self, resource_type: ResourceType, *, foreign: bool = False) -> BoundFilter:
        """The filter for resources of one type.

        Args:
            resource_type: Whose attributes it names.
            foreign: Search over several types: attributes this one does not have are unassigned, not a mistake.

        Raises:
            InvalidFilter: An attribute is unknown, secret, or cannot be compared like that.
        """
        if self._text is None:
            return _bind(self.expression, self.dialect, resource_type, foreign)
        bound, fired = _bound(self._text, self.dialect.profile, resource_type, foreign)
        if fired:
            self.dialect.count(fired)
        return bound


def parse_filter(text: str, dialect: Dialect) -> Filter:
    """A filter from its decoded text.

    Raises:
        InvalidFilter: Not a filter, or larger than the limits; the detail names the position.
    """
    kept = len(text) <= _LONGEST_KEPT
    expression, fired = (_parsed if kept else _parsed.__wrapped__)(text, dialect.profile)
    if fired:
        dialect.count(fired)
    return Filter(expression, dialect, text if kept else None)


def _bind(expression: Expression, dialect: Dialect, resource_type: ResourceType, foreign: bool) -> BoundFilter:
    binder = Binder(resource_type, dialect, foreign=foreign)
    test, equalities = binder.resource_test(expression), binder.equalities(expression)
    return BoundFilter(test, frozenset(binder.paths), frozenset(binder.attributes), equalities)


@lru_cache(maxsize=512)
def _bound(
    text: str, profile: Profile, resource_type: ResourceType, foreign: bool
) -> tuple[BoundFilter, Mapping[str, int]]:
    """Kept by the text: as values, `1` and `true` are equal, and so would be the trees that hold them."""
    dialect = Dialect(profile)
    return _bind(_parsed(text, profile)[0], dialect, resource_type, foreign), dialect.fired


@lru_cache(maxsize=1024)
def _parsed(text: str, profile: Profile) -> tuple[Expression, Mapping[str, int]]:
    dialect = Dialect(profile)
    return parse(text, dialect), dialect.fired
