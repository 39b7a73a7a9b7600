"""Schemas, resources and shorthands that the tests of the SCIM language share."""

from collections.abc import Mapping
from typing import Any

from gangway.scim.dialect import STRICT, Dialect
from gangway.scim.filter import BoundFilter, parse_filter
from gangway.scim.patch import PatchResult, apply_patch, parse_patch
from gangway.scim.resource import prepare
from gangway.scim.schema import ENTERPRISE_USER, GROUP, USER, ExtensionFile, Registry, ResourceType, load_registry
from tests.conformance import vectors

LAB = vectors.LAB

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def registry_with(*extensions: object) -> Registry:
    """The core schemas and some extensions of the type that ends their URN."""
    return load_registry(ExtensionFile(None, f"extension-{n}.json", each) for n, each in enumerate(extensions))


LAB_REGISTRY = registry_with(*vectors.read("patches.json")["extensionSchemas"])
USERS: ResourceType = LAB_REGISTRY.resource_types["User"]
GROUPS: ResourceType = LAB_REGISTRY.resource_types["Group"]


def lenient() -> Dialect:
    """A dialect that allows every rule."""
    return Dialect()


def strict() -> Dialect:
    """A dialect that allows none."""
    return Dialect(STRICT)


def user(**attributes: Any) -> dict[str, Any]:
    """The body of a user; `enterprise` and `lab` stand for the extensions' URNs."""
    urns = {"enterprise": ENTERPRISE_USER, "lab": LAB}
    body = {urns.get(name, name): value for name, value in attributes.items()}
    return {"schemas": [USER], "userName": "bjensen"} | body


def group(**attributes: Any) -> dict[str, Any]:
    """The body of a group."""
    return {"schemas": [GROUP], "displayName": "Tour Guides"} | attributes


def prepared(body: Mapping[str, Any], dialect: Dialect | None = None, **options: Any) -> dict[str, Any]:
    """The document of a user."""
    return prepare(dict(body), USERS, dialect or lenient(), **options)


def bound(text: str, dialect: Dialect | None = None, resource_type: ResourceType = USERS) -> BoundFilter:
    """A filter for users."""
    return parse_filter(text, dialect or lenient()).bind(resource_type)


def operation(op: str, path: str | None = None, **value: Any) -> dict[str, Any]:
    """One operation; `value=` is left out unless given."""
    return {"op": op} | ({} if path is None else {"path": path}) | value


def patch(
    document: Mapping[str, Any],
    *operations: dict[str, Any],
    dialect: Dialect | None = None,
    resource_type: ResourceType = USERS,
    **options: Any,
) -> PatchResult:
    """A PATCH of a user, or of another type."""
    dialect = dialect or lenient()
    parsed = parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, dialect)
    return apply_patch(document, parsed, resource_type, dialect, **options)
