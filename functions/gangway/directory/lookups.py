"""By which attributes users and groups are found without searching.

These are the ones that identity providers match by. The values' keys come from the same function that decides
equality in filters and uniqueness, so a user that a filter finds is found here and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.directory.records import Lookup
from gangway.scim.compare import canonical_key
from gangway.scim.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.scim.schema import Attribute, ResourceType

MAX_EMAILS: Final = 20
"""E-mail addresses of one user: each is an item in the user's transaction, which has a hundred."""

KEYED: Final[Mapping[str, tuple[str, ...]]] = {
    "User": ("userName", "externalId", "emails.value", "displayName"),
    "Group": ("displayName", "externalId"),
}
"""Paths with a lookup, the most telling first."""

_ROOTS: Final = {name: tuple(path.partition(".")[0] for path in paths) for name, paths in KEYED.items()}


def lookups_of(document: Mapping[str, Any], resource_type: ResourceType, *, unique_names: bool) -> frozenset[Lookup]:
    """What a resource is found by.

    Args:
        document: its stored form.
        resource_type: its type.
        unique_names: whether two groups may not share a displayName.

    Raises:
        InvalidValue: it has more values than can be looked up.
    """
    found = set()
    for path in KEYED[resource_type.name]:
        for value in _values(document, path):
            found.add(lookup(resource_type, path, value, unique=_is_unique(resource_type.name, path, unique_names)))
    if sum(each.attribute == "emails.value" for each in found) > MAX_EMAILS:
        raise InvalidValue(f"emails has more than {MAX_EMAILS} addresses; a user can be found by {MAX_EMAILS} at most")
    return frozenset(found)


def may_differ(resource_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two documents may be found by different values; most changes are of other attributes."""
    return any(before.get(name) != after.get(name) for name in _ROOTS[resource_type])


def lookup(resource_type: ResourceType, path: str, value: str, *, unique: bool) -> Lookup:
    """The lookup for one value of an attribute in `KEYED`."""
    return Lookup(path, canonical_key(_attribute(resource_type, path), value), unique)


def _is_unique(resource_type: str, path: str, unique_names: bool) -> bool:
    return path == "userName" or (unique_names and resource_type == "Group" and path == "displayName")


def _attribute(resource_type: ResourceType, path: str) -> Attribute:
    name, _, sub = path.lower().partition(".")
    attribute = resource_type.attributes[name]
    return attribute.sub_attributes[sub] if sub else attribute


def _values(document: Mapping[str, Any], path: str) -> list[str]:
    name, _, sub = path.partition(".")
    value = document.get(name)
    elements = value if isinstance(value, list) else [value]
    values = [element.get(sub) if sub and isinstance(element, dict) else element for element in elements]
    return [each for each in values if isinstance(each, str) and each]
