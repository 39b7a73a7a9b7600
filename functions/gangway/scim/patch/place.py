"""What the path of an operation means for one resource type."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gangway.scim.dialect import Dialect, Profile
from gangway.scim.errors import InvalidPath
from gangway.scim.filter.parser import parse_path
from gangway.scim.filter.syntax import Expression
from gangway.scim.path import Target, parts, resolve
from gangway.scim.schema import ResourceType

_LONGEST_KEPT = 128


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place in a resource.

    Attributes:
        target: The attribute, and the sub-attribute if one is named.
        condition: Which values of a multi-valued attribute are meant; None for all.
    """

    target: Target
    condition: Expression | None = None

    @property
    def prefix(self) -> str:
        """What stands before the attribute's name in a refusal."""
        return "" if self.target.urn is None else f"{self.target.urn}:"

    @property
    def inner_prefix(self) -> str:
        """What stands before a sub-attribute's name in a refusal."""
        return f"{self.prefix}{self.target.attribute.name}."


def find(resource_type: ResourceType, path: str, dialect: Dialect) -> Place:
    """The place a path names.

    Raises:
        InvalidPath: Not a path, or one to an attribute the resource type does not have.
        InvalidFilter: The filter in its brackets is none.
    """
    finder = _find if len(path) <= _LONGEST_KEPT else _find.__wrapped__
    place, fired = finder(resource_type, path, dialect.profile)
    if fired:
        dialect.count(fired)
    return place


@lru_cache(maxsize=2048)
def _find(resource_type: ResourceType, path: str, profile: Profile) -> tuple[Place, Mapping[str, int]]:
    dialect = Dialect(profile)
    name, condition, sub = parse_path(path, dialect)
    target = resolve(resource_type, name)
    if target is None:
        raise InvalidPath(f"{resource_type.name} has no attribute {name[:80]}.")
    if condition is not None and (target.sub is not None or not target.attribute.multi_valued):
        raise InvalidPath(f"{target} has one value only; its path takes no filter.")
    if sub is not None:
        part = parts(target.attribute).get(sub.lower())
        if part is None:
            raise InvalidPath(f"{target} has no sub-attribute {sub[:80]}.")
        target = Target(target.urn, target.attribute, part)
    return Place(target, condition), dialect.fired
