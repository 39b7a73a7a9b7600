"""Operations on the values of a multi-valued attribute that are part of the document, such as e-mail addresses.

Every function takes the values as they are and returns them as they shall be, leaving the given list alone.
"""

from collections.abc import Sequence
from typing import Any, Final

from gangway.scim.compare import canonical_key
from gangway.scim.dialect import CREATE_BY_REPLACE, CREATE_THROUGH_VALUE_PATH, Dialect
from gangway.scim.errors import InvalidValue, Mutability, NoTarget
from gangway.scim.filter.syntax import Comparison, Expression, conjuncts
from gangway.scim.multivalued import check_number, collapse, identifier, settle_primary
from gangway.scim.objects import ObjectReader, assigned
from gangway.scim.patch.merging import merge
from gangway.scim.patch.operations import Kind
from gangway.scim.patch.place import Place
from gangway.scim.path import parts
from gangway.scim.schema import Attribute

_TELLING: Final = ("value", "type")
"""By these a value with a `value` is told from others."""


def index_of(attribute: Attribute, values: Sequence[Any]) -> dict[object, int]:
    """Where each value is, by what makes it the value it is."""
    identify = identifier(attribute)
    return {identify(value): index for index, value in enumerate(values)}


def add_values(place: Place, old: Sequence[Any], new: Sequence[Any], indexes: dict[object, int]) -> list[Any]:
    """The old values and the new ones; one that is there already is completed instead of repeated.

    Args:
        place: Whose values they are.
        old: The values so far.
        new: Those to add, each once.
        indexes: As `index_of` makes it of the old values; brought up to date.
    """
    attribute = place.target.attribute
    identify = identifier(attribute)
    values = list(old)
    touched: set[int] = set()
    for value in new:
        index = indexes.setdefault(identify(value), len(values))
        touched.add(index)
        if index == len(values):
            values.append(value)
        elif attribute.type == "complex" and not value.items() <= values[index].items():
            rest = {name: part for name, part in value.items() if name not in ("value", "type")}
            values[index] = merge(attribute, values[index], rest, place.inner_prefix)
    check_number(attribute, values)
    return settle_primary(attribute, values, touched)


def replace_values(place: Place, old: Sequence[Any], new: list[Any]) -> list[Any]:
    """The new values; the old list if it holds the same ones, because their order means nothing."""
    if len(old) == len(new) and _by_identity(place, old) == _by_identity(place, new):
        return list(old)
    check_number(place.target.attribute, new)
    return new


def _by_identity(place: Place, values: Sequence[Any]) -> dict[object, Any]:
    identify = identifier(place.target.attribute)
    return {identify(value): value for value in values}


def remove_listed(place: Place, old: Sequence[Any], listed: Any) -> list[Any]:
    """The old values without those that a client lists instead of writing a filter.

    Raises:
        InvalidValue: What is listed identifies no value.
    """
    attribute = place.target.attribute
    wanted: dict[tuple[str, ...], set[object]] = {}
    for item in listed if isinstance(listed, list) else [listed]:
        names, key = _description(attribute, item, place)
        wanted.setdefault(names, set()).add(key)
    return [value for value in old if not any(_key(attribute, value, names) in keys for names, keys in wanted.items())]


def remove_matching(place: Place, old: Sequence[Any], matched: Sequence[int]) -> list[Any]:
    """The old values without the matched ones, or without the named sub-attribute of the matched ones.

    A value that loses its `value` is gone: what is left would only describe something that is not there.
    """
    attribute, sub = place.target.attribute, place.target.sub
    if sub is None or attribute.type != "complex" or sub.name == "value":
        if sub is not None and sub.mutability == "immutable" and matched:
            raise Mutability(f"{place.inner_prefix}{sub.name} is immutable.")
        gone = set(matched)
        return [value for index, value in enumerate(old) if index not in gone]
    if sub.required:
        raise Mutability(f"{place.inner_prefix}{sub.name} is required and cannot be removed.")
    values = list(old)
    for index in matched:
        values[index] = merge(attribute, values[index], {sub.name: None}, place.inner_prefix)
    return collapse(attribute, [value for value in values if value])


def change_matching(
    place: Place,
    kind: Kind,
    old: Sequence[Any],
    matched: Sequence[int],
    value: Any,
    reader: ObjectReader,
    dialect: Dialect,
) -> list[Any]:
    """The old values with the matched ones changed, or with the one that the condition describes, if none matched.

    Args:
        place: Whose values they are.
        kind: `add` or `replace`, which differ only in whether a value may be created.
        old: The values so far.
        matched: Indexes of those that meet the condition.
        value: From the request.
        reader: Reads it.
        dialect: What it allows beyond the RFCs.

    Raises:
        NoTarget: None matched, and none can be created.
    """
    attribute, sub = place.target.attribute, place.target.sub
    changes: dict[str, Any] = {}
    if value is None:
        new = None
    elif attribute.type != "complex":
        new = reader.read(parts(attribute)["value"], value, place.prefix)
    elif sub is not None:
        new = reader.read(sub, value, place.inner_prefix)
        changes = {sub.name: new} if sub.kept else {}
    else:
        changes = reader.read_object(attribute, value, place.prefix) or {}
        new = assigned(changes)
    if not matched:
        # Where nothing is, `replace` is to be treated as `add` (RFC 7644 section 3.5.2.3); else it needs a match.
        rule = CREATE_BY_REPLACE if kind == "replace" and old else CREATE_THROUGH_VALUE_PATH
        described = _conditions(place, reader)
        if described is None or not dialect.allows(rule):
            raise NoTarget(f"No value of {attribute.name} matches the path.")
        return _with_created(place, old, described, new, changes)
    if new is None:
        return remove_matching(place, old, matched)
    values = list(old)
    for index in matched:
        simple = attribute.type != "complex"
        values[index] = new if simple else merge(attribute, values[index], changes, place.inner_prefix)
    return collapse(attribute, settle_primary(attribute, values, matched))


def _with_created(
    place: Place, old: Sequence[Any], described: dict[str, Any], new: Any, changes: dict[str, Any]
) -> list[Any]:
    if new is None:
        return list(old)
    created = new if place.target.attribute.type != "complex" else assigned({**described, **changes})
    return add_values(place, old, [created], index_of(place.target.attribute, old))


def _conditions(place: Place, reader: ObjectReader) -> dict[str, Any] | None:
    """The sub-attributes a value must have to meet the condition; None if the condition leaves a choice."""
    attribute = place.target.attribute
    terms: tuple[Expression, ...] = () if place.condition is None else conjuncts(place.condition)
    described: dict[str, Any] = {}
    for term in terms:
        if not isinstance(term, Comparison) or term.operator != "eq" or term.value is None:
            return None
        part = parts(attribute)[term.path.lower()]
        described[part.name] = reader.read(part, term.value, place.inner_prefix)
    return described


def _description(attribute: Attribute, item: Any, place: Place) -> tuple[tuple[str, ...], object]:
    """By which sub-attributes a listed item says what value it means, and the key they have in it."""
    known = parts(attribute)
    found: dict[str, Any] = {}
    for name, value in item.items() if isinstance(item, dict) else (("value", item),):
        part = known.get(name.lower())
        if part is not None and value is not None:
            found[part.name] = value
    names = tuple(sorted(name for name in found if name in _TELLING) if "value" in found else sorted(found))
    if not names:
        raise InvalidValue(f"An item to remove from {place.prefix}{attribute.name} does not say which value it means.")
    return names, _key(attribute, found if attribute.type == "complex" else found["value"], names)


def _key(attribute: Attribute, value: Any, names: tuple[str, ...]) -> object:
    if attribute.type != "complex":
        return canonical_key(attribute, value)
    return tuple(
        canonical_key(attribute.sub_attributes[name.lower()], value[name]) if name in value else None for name in names
    )
