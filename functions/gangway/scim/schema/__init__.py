"""Schemas as data: what `gangway.scim` knows about users, groups and extensions, and nothing in code does.

`model` holds the values, `loading` makes them from the JSON documents in `gangway/scim/schemas` and from a deployer's.
"""

from gangway.scim.schema.loading import ExtensionFile, SchemaError, load_registry
from gangway.scim.schema.model import (
    ENTERPRISE_USER,
    GROUP,
    USER,
    Attribute,
    Registry,
    ResourceType,
    Schema,
    SchemaExtension,
)

__all__ = [
    "ENTERPRISE_USER",
    "GROUP",
    "USER",
    "Attribute",
    "ExtensionFile",
    "Registry",
    "ResourceType",
    "Schema",
    "SchemaError",
    "SchemaExtension",
    "load_registry",
]
