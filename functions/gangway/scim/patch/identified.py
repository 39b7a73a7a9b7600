"""Operations on values that are things of their own: the members of a group.

Such values come and go but never change, so every operation on them comes down to adding, removing or replacing some,
and that can be said without reading a single one. The directory keeps members outside of the group's document, because
a group may have a hundred thousand; it is handed these reduced operations. Where the values are part of the document,
`carry_out` does the same there, so that both ways cannot differ.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from gangway.scim.compare import canonical_key
from gangway.scim.dialect import CREATE_BY_REPLACE, CREATE_THROUGH_VALUE_PATH, Dialect
from gangway.scim.errors import InvalidValue, Mutability
from gangway.scim.filter import BoundFilter
from gangway.scim.filter.binding import Binder
from gangway.scim.filter.syntax import Comparison, Expression, Or
from gangway.scim.multivalued import collapse
from gangway.scim.objects import ObjectReader, assigned
from gangway.scim.patch.operations import Kind
from gangway.scim.patch.place import Place
from gangway.scim.schema import ResourceType


class DetachedOperation(NamedTuple):
    """One operation on the values of an attribute, reduced to what can be done without knowing them.

    Attributes:
        op: `add` those of `values` that are not there, `remove` those that are, `replace` all by them, or `clear`.
        values: In canonical form, each once; only their `value` counts for `remove`.
        filter: Which values to remove, when that cannot be said by listing them.
    """

    op: Literal["add", "remove", "replace", "clear"]
    values: tuple[dict[str, Any], ...] = ()
    filter: BoundFilter | None = None


def reduce_operation(
    place: Place, kind: Kind, value: Any, resource_type: ResourceType, reader: ObjectReader, dialect: Dialect
) -> DetachedOperation:
    """The operation without anything that depends on the present values.

    Raises:
        Mutability: A value would change.
        InvalidValue: A given value does not fit.
    """
    attribute = place.target.attribute
    if place.target.sub is not None:
        raise _unchangeable(place)
    if place.condition is not None:
        if kind == "remove":
            return _removal(place, place.condition, resource_type, dialect)
        return DetachedOperation("add", (_described(place, kind, value, reader, dialect),))
    if kind == "remove":
        if value is None:
            return DetachedOperation("clear")
        listed = value if isinstance(value, list) else [value]
        return DetachedOperation("remove", tuple(_key_of(place, item) for item in listed))
    values = tuple(reader.read(attribute, value, place.prefix) or ())
    if kind == "add":
        return DetachedOperation("add", values)
    return DetachedOperation("replace", values) if values else DetachedOperation("clear")


def carry_out(place: Place, values: Sequence[dict[str, Any]], operation: DetachedOperation) -> list[dict[str, Any]]:
    """The values after the operation, where they are part of the document."""
    attribute = place.target.attribute
    key = attribute.sub_attributes["value"]
    match operation.op:
        case "clear":
            return []
        case "replace":
            present = {canonical_key(key, value["value"]): value for value in values}
            return [present.get(canonical_key(key, new["value"]), new) for new in operation.values]
        case "add":
            return collapse(attribute, [*values, *operation.values])
        case "remove":
            if operation.filter is not None:
                return [value for value in values if not operation.filter.matches(value)]
            gone = {canonical_key(key, value["value"]) for value in operation.values}
            return [value for value in values if canonical_key(key, value["value"]) not in gone]


def _removal(place: Place, condition: Expression, resource_type: ResourceType, dialect: Dialect) -> DetachedOperation:
    binder = Binder(resource_type, dialect)
    test = binder.element_test(place.target, condition)
    alternatives = condition.terms if isinstance(condition, Or) else (condition,)
    wanted = [_equal_to(term) for term in alternatives]
    if None not in wanted:
        return DetachedOperation("remove", tuple({"value": value} for value in wanted))
    paths = frozenset(binder.paths)
    return DetachedOperation("remove", filter=BoundFilter(test, paths, frozenset({place.target.attribute.name})))


def _equal_to(term: Expression | None) -> str | None:
    """The `value` a condition asks for, if that is all it asks for."""
    if isinstance(term, Comparison) and term.operator == "eq" and term.path.lower() == "value":
        return term.value if isinstance(term.value, str) else None
    return None


def _described(place: Place, kind: Kind, value: Any, reader: ObjectReader, dialect: Dialect) -> dict[str, Any]:
    """The value that `add` or `replace` through a condition makes sure is there."""
    wanted = _equal_to(place.condition)
    given = assigned(reader.read_object(place.target.attribute, value, place.prefix)) or {}
    unchanged = wanted is not None and given.get("value", wanted) == wanted
    if not unchanged or not dialect.allows(CREATE_BY_REPLACE if kind == "replace" else CREATE_THROUGH_VALUE_PATH):
        raise _unchangeable(place)
    return {"value": wanted, **given}


def _key_of(place: Place, item: Any) -> dict[str, Any]:
    """The `value` by which a client lists one to remove; some list objects, some the bare ids."""
    if isinstance(item, dict):
        item = next((value for name, value in item.items() if name.lower() == "value"), None)
    if not isinstance(item, str):
        raise InvalidValue(f"An item to remove from {place.prefix}{place.target.attribute.name} needs its value.")
    return {"value": item}


def _unchangeable(place: Place) -> Mutability:
    name = f"{place.prefix}{place.target.attribute.name}"
    return Mutability(f"The values of {name} are immutable: add and remove them, but do not change them.")
