"""From a test of one value to a test of a resource that holds it, in an object or several times in a list."""

from collections.abc import Callable, Mapping
from typing import Any

from gangway.scim.errors import InvalidFilter
from gangway.scim.filter.operators import Test, present
from gangway.scim.path import Target

Reader = Callable[[Mapping[str, Any]], Any]


def reader(target: Target) -> Reader:
    """Reads what a resource holds for the attribute of the target, its sub-attribute left aside."""
    urn, name = target.urn, target.attribute.name
    if urn is None:
        return lambda resource: resource.get(name)
    return lambda resource: resource[urn].get(name) if urn in resource else None


def element_reader(target: Target, name: str) -> Reader:
    """Reads a sub-attribute of one of the target's values; a simple value is its own `value`."""
    if target.attribute.type != "complex":
        return lambda element: element
    return lambda element: element.get(name)


def quantified(target: Target, test: Test, *, missing: bool) -> Test:
    """The test, applied to the one value of the target, or to each of several until one passes.

    Args:
        target: Where the values are.
        test: What one value must pass.
        missing: The answer when there is no value.
    """
    if target.attribute.multi_valued:
        several = _several(target)

        def test_any(resource: Mapping[str, Any]) -> bool:
            values = several(resource)
            return any(map(test, values)) if values else missing

        return test_any
    read = reader(target) if target.sub is None else _inner(target)
    return lambda resource: missing if (value := read(resource)) is None else test(value)


def assigned(target: Target) -> Test:
    """Whether a resource has any value there."""
    if target.attribute.multi_valued:
        several = _several(target)
        return lambda resource: present(several(resource))
    read = reader(target) if target.sub is None else _inner(target)
    return lambda resource: present(read(resource))


def equal_to_null(path: str, operator: str, is_assigned: Test) -> Test:
    """Null is the unassigned state (RFC 7643 section 2.5), so only equality makes sense.

    Raises:
        InvalidFilter: For every other operator.
    """
    if operator == "ne":
        return is_assigned
    if operator == "eq":
        return lambda resource: not is_assigned(resource)
    raise InvalidFilter(f"{path} can be compared with null by eq and ne only.")


def _inner(target: Target) -> Reader:
    outer, name = reader(target), target.leaf.name

    def read(resource: Mapping[str, Any]) -> Any:
        value = outer(resource)
        return value.get(name) if value else None

    return read


def _several(target: Target) -> Callable[[Mapping[str, Any]], list[Any]]:
    read = reader(target)
    if target.sub is None or target.attribute.type != "complex":
        return lambda resource: read(resource) or []
    name = target.sub.name
    return lambda resource: [element[name] for element in read(resource) or () if element.get(name) is not None]
