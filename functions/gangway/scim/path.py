"""From the name of an attribute, as clients write it, to the attribute.

`urn:ietf:params:scim:schemas:core:2.0:User:name.familyName` (RFC 7644 section 3.10) cannot be split at its dots or
colons, because URNs contain both; it is split at the longest known schema URN. Filters, PATCH paths, projections and
sorting all resolve names here, so that they agree on what a name means.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from gangway.scim.schema import Attribute, ResourceType

NAME: Final = r"\$?[A-Za-z][A-Za-z0-9_-]*"
ATTRIBUTE_PATH: Final = re.compile(rf"(?:urn:[A-Za-z0-9._:~%+/@-]*:)?{NAME}(?:\.{NAME})?", re.IGNORECASE | re.ASCII)
"""attrPath of RFC 7644 section 3.10; `$ref` is a name as well."""

_LONGEST_NAME: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a name stands for in resources of one type.

    Attributes:
        urn: The extension whose object holds the attribute; None for the base schema and common attributes.
        attribute: The attribute.
        sub: The sub-attribute, if one is named. The values of a simple multi-valued attribute have one, `value`.
    """

    urn: str | None
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The innermost attribute named."""
        return self.sub or self.attribute

    def __str__(self) -> str:
        """The canonical spelling: qualified only for extensions."""
        name = self.attribute.name if self.sub is None else f"{self.attribute.name}.{self.sub.name}"
        return name if self.urn is None else f"{self.urn}:{name}"


def resolve(resource_type: ResourceType, name: str) -> Target | None:
    """What `name` stands for in resources of this type, or None if they have no such attribute.

    Args:
        resource_type: Whose attributes are known.
        name: `attribute` or `attribute.sub`, as they are or behind the URN of a schema and a colon.
    """
    return _resolve(resource_type, name.lower()) if name.isascii() and len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=4096)
def _resolve(resource_type: ResourceType, name: str) -> Target | None:
    urn, attributes, rest = _split(resource_type, name)
    first, dot, second = rest.partition(".")
    attribute = attributes.get(first)
    if attribute is None or not dot:
        return Target(urn, attribute) if attribute else None
    sub = parts(attribute).get(second)
    return Target(urn, attribute, sub) if sub else None


def _split(resource_type: ResourceType, name: str) -> tuple[str | None, Mapping[str, Attribute], str]:
    """The extension's URN (None for the base schema), the attributes to choose from, and the rest of the name."""
    schemas = [resource_type.schema, *(extension.schema for extension in resource_type.extensions)]
    matching = [each for each in schemas if f"{name}:".startswith(f"{each.id.lower()}:")]
    if not matching:
        return None, resource_type.attributes, name
    schema = max(matching, key=lambda each: len(each.id))
    rest = name[len(schema.id) + 1 :]
    if schema is resource_type.schema:
        return None, resource_type.attributes, rest
    return schema.id, schema.attributes, rest


@lru_cache(maxsize=1024)
def parts(attribute: Attribute) -> dict[str, Attribute]:
    """The sub-attributes by lower-case name; a simple multi-valued attribute has one, its `value`."""
    if attribute.type == "complex":
        return dict(attribute.sub_attributes)
    if attribute.multi_valued:
        return {"value": replace(attribute, name="value", multi_valued=False)}
    return {}
