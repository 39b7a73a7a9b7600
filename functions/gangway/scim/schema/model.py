"""The characteristics of attributes (RFC 7643 section 7), and the schemas and resource types made of them.

Every rule of the language is a question to these values: may it change, how does it compare, may it be returned. They
never change once loaded and compare by identity, so whatever is derived from one (a compiled filter, a projection) can
be cached by it. Mappings are keyed by the name in lower case, because attribute names have no case (section 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

AttributeType = Literal["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"]
Mutability = Literal["readWrite", "readOnly", "immutable", "writeOnly"]
Returned = Literal["always", "default", "request", "never"]
Uniqueness = Literal["none", "server", "global"]


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute or sub-attribute.

    The fields are the characteristics of RFC 7643 section 7. What follows from them is worked out once, because it is
    asked for every value of every request.

    Attributes:
        read_only: Only the server assigns it.
        kept: A value from a client is stored: not if only the server assigns it, nor if it is a secret. What may never
            be returned cannot serve anyone reading the directory, so it is checked and then dropped.
        identified: Its values are things of their own, known by an immutable `value`, such as the members of a group;
            they come and go but never change (section 4.2).
        prepared: Its values are names that must be unique in any case: `userName` (PRECIS, RFC 7644 section 7.8).
        plain: Any printable text is a value of it, to be kept as it is.
    """

    name: str
    type: AttributeType = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = "readWrite"
    returned: Returned = "default"
    uniqueness: Uniqueness = "none"
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: Mapping[str, "Attribute"] = field(default_factory=dict)
    read_only: bool = field(init=False)
    kept: bool = field(init=False)
    identified: bool = field(init=False)
    prepared: bool = field(init=False)
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out what follows from the characteristics."""
        value = self.sub_attributes.get("value")
        text = self.type == "string" and not self.multi_valued
        kept = self.mutability not in ("readOnly", "writeOnly") and self.returned != "never"
        prepared = text and self.uniqueness != "none" and not self.case_exact
        derived = {
            "read_only": self.mutability == "readOnly",
            "kept": kept,
            "identified": self.multi_valued and value is not None and value.mutability == "immutable",
            "prepared": prepared,
            "plain": text and kept and not prepared and not self.canonical_values,
        }
        for name, answer in derived.items():
            object.__setattr__(self, name, answer)


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A named set of attributes."""

    id: str
    name: str
    description: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True, eq=False)
class SchemaExtension:
    """A schema that adds attributes to a resource type, in an object of its own under the schema's URN."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """What one endpoint serves.

    Attributes:
        name: Such as `User`; the value of `meta.resourceType`.
        endpoint: Relative to the base URL, such as `/Users`.
        description: For humans.
        schema: The base schema.
        extensions: Further schemas, in the order in which their URNs are listed.
        common: The attributes every resource has: `schemas`, `id`, `externalId`, `meta`.
        attributes: Those of the base schema and the common ones together.
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    common: Mapping[str, Attribute]
    extensions: tuple[SchemaExtension, ...] = ()
    attributes: Mapping[str, Attribute] = field(init=False)

    def __post_init__(self) -> None:
        """Merge the attributes that have no URN of their own in a document."""
        object.__setattr__(self, "attributes", {**self.common, **self.schema.attributes})

    def extension(self, urn: str) -> SchemaExtension | None:
        """The extension with this URN in any case, if the resource type has it."""
        wanted = urn.lower()
        return next((each for each in self.extensions if each.schema.id.lower() == wanted), None)


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """All resource types by name and all schemas by URN."""

    resource_types: Mapping[str, ResourceType]
    schemas: Mapping[str, Schema]
