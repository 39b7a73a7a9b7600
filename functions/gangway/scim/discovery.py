"""What this server says about itself (RFC 7644 section 4, RFC 7643 sections 5 to 7, RFC 9865 section 4).

Everything is generated from the schemas and limits that are enforced, so that what is said is what is done.
"""

from typing import Any

from gangway.scim.limits import LIMITS, Limits
from gangway.scim.schema import Attribute, Registry, Schema

_CORE = "urn:ietf:params:scim:schemas:core:2.0"


def service_provider_config(base_url: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """The answer to `/ServiceProviderConfig`.

    Args:
        base_url: Of this organization's SCIM endpoints, without trailing slash.
        limits: Those enforced.
    """
    return {
        "schemas": [f"{_CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": limits.max_operations,
            "maxPayloadSize": limits.max_payload_size,
        },
        "filter": {"supported": True, "maxResults": limits.max_results},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.page_size,
            "maxPageSize": limits.max_results,
            "cursorTimeout": limits.cursor_timeout,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A token minted for this organization, sent as Authorization: Bearer (RFC 6750).",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_types(registry: Registry, base_url: str) -> list[dict[str, Any]]:
    """The resources behind `/ResourceTypes`."""
    return [
        {
            "schemas": [f"{_CORE}:ResourceType"],
            "id": each.name,
            "name": each.name,
            "endpoint": each.endpoint,
            "description": each.description,
            "schema": each.schema.id,
            "schemaExtensions": [
                {"schema": extension.schema.id, "required": extension.required} for extension in each.extensions
            ],
            "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{each.name}"},
        }
        for each in registry.resource_types.values()
    ]


def schemas(registry: Registry, base_url: str) -> list[dict[str, Any]]:
    """The resources behind `/Schemas`."""
    return [
        {
            **schema_document(schema),
            "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{schema.id}"},
        }
        for schema in registry.schemas.values()
    ]


def schema_document(schema: Schema) -> dict[str, Any]:
    """A schema as the JSON object of RFC 7643 section 7, with every characteristic stated."""
    return {
        "schemas": [f"{_CORE}:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_attribute(attribute) for attribute in schema.attributes.values()],
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
    }
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.type != "complex":
        document["caseExact"] = attribute.case_exact
    document |= {"mutability": attribute.mutability, "returned": attribute.returned}
    if attribute.type != "complex":
        document["uniqueness"] = attribute.uniqueness
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [_attribute(sub) for sub in attribute.sub_attributes.values()]
    return document
