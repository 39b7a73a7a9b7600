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
    """One attribute or sub-attribute; the fields are the characteristics of RFC 7643 section 7."""

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

    @property
    def read_only(self) -> bool:
        """Whether only the server assigns it."""
        return self.mutability == "readOnly"

    @property
    def kept(self) -> bool:
        """Whether a value from a client is stored: not when only the server assigns it, nor when it is a secret.

        What may never be returned cannot serve anyone reading the directory, so it is checked and then dropped.
        """
        return self.mutability not in ("readOnly", "writeOnly") and self.returned != "never"

    @property
    def identified(self) -> bool:
        """Whether its values are things of their own, known by an immutable `value`, such as the members of a group.

        Such values come and go but never change (RFC 7643 section 4.2).
        """
        value = self.sub_attributes.get("value")
        return self.multi_valued and value is not None and value.mutability == "immutable"

    @property
    def prepared(self) -> bool:
        """Whether values are names that must be unique in any case: `userName` (PRECIS, RFC 7644 section 7.8)."""
        return self.type == "string" and self.uniqueness != "none" and not self.case_exact


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
