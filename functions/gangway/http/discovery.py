"""Discovery: what this server supports (RFC 7644 section 4).

Generated from the same schema data, limits and settings of the organization that are enforced. Query parameters are
ignored, as the RFC wants, except a filter, which is refused so that nobody believes it was applied. A token is needed
as everywhere: which extensions a company's directory has is nobody else's business. Imported when first asked for: few
requests are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.http.reply import Reply
from gangway.scim import discovery
from gangway.scim.errors import Forbidden, NotFound
from gangway.scim.messages import list_response

if TYPE_CHECKING:
    from gangway.http.call import Call


def service_provider_config(call: Call) -> Reply:
    """GET /ServiceProviderConfig."""
    _refuse_filter(call)
    return _single(discovery.service_provider_config(call.context.base_url))


def resource_types(call: Call) -> Reply:
    """GET /ResourceTypes, and one of them by name."""
    return _some_or_one(call, discovery.resource_types(call.registry, call.context.base_url), "name")


def schemas(call: Call) -> Reply:
    """GET /Schemas, and one of them by URN."""
    documents = discovery.schemas(call.registry, call.context.base_url)
    for document in documents:
        _demand(document, call)
    return _some_or_one(call, documents, "id")


def _demand(document: dict[str, Any], call: Call) -> None:
    """Say in a schema what the organization demands beyond it."""
    context, types = call.context, call.registry.resource_types
    for attribute in document["attributes"]:
        if document["id"] == types["User"].schema.id and attribute["name"] in context.required_attributes:
            attribute["required"] = True
        if document["id"] == types["Group"].schema.id and attribute["name"] == "displayName":
            attribute["uniqueness"] = "server" if context.unique_group_names else "none"


def _some_or_one(call: Call, documents: list[dict[str, Any]], key: str) -> Reply:
    _refuse_filter(call)
    wanted = call.parameters.get("id")
    if wanted is None:
        return Reply(200, list_response(documents, len(documents)))
    for document in documents:
        if document[key].lower() == wanted.lower():
            return _single(document)
    raise NotFound("There is no such schema or resource type.")


def _single(document: dict[str, Any]) -> Reply:
    return Reply(200, document, {"Location": document["meta"]["location"]})


def _refuse_filter(call: Call) -> None:
    if any(name.lower() == "filter" for name in call.request.query):
        raise Forbidden("Discovery endpoints cannot be filtered; leave the filter out.")
