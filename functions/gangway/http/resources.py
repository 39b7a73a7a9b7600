"""The endpoints of a resource type: /Users, /Users/{id}, /Users/.search, and the same for every other type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.http.call import Endpoint, selection_of
from gangway.http.reply import Reply
from gangway.http.routing import Route
from gangway.scim.messages import parse_search_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.directory.representation import Answer
    from gangway.http.call import Call
    from gangway.scim.schema import ResourceType


class ResourceEndpoints:
    """Create, read, list, replace, modify and delete resources of one type (RFC 7644 section 3)."""

    def __init__(self, resource_type: str) -> None:
        self.resource_type = resource_type

    def search(self, call: Call) -> Reply:
        """List or query by GET (section 3.4.2)."""
        return Reply(200, call.directory.of(self.resource_type).search(call.query()))

    def search_by_post(self, call: Call) -> Reply:
        """Query by POST (section 3.4.3)."""
        search = parse_search_request(call.body())
        return Reply(200, call.directory.of(self.resource_type).search(search))

    def create(self, call: Call) -> Reply:
        """POST (section 3.3)."""
        selection = selection_of(call.query(), call.registry, self.resource_type)
        body = call.body(self.resource_type)
        return reply(call.directory.of(self.resource_type).create(body, selection.for_write(body)))

    def read(self, call: Call) -> Reply:
        """GET (section 3.4.1)."""
        selection = selection_of(call.query(), call.registry, self.resource_type)
        resources = call.directory.of(self.resource_type)
        return reply(resources.read(call.parameters["id"], selection, call.if_none_match()))

    def replace(self, call: Call) -> Reply:
        """PUT (section 3.5.1)."""
        selection = selection_of(call.query(), call.registry, self.resource_type)
        body = call.body(self.resource_type)
        resources = call.directory.of(self.resource_type)
        return reply(resources.replace(call.parameters["id"], body, selection.for_write(body), call.if_match()))

    def patch(self, call: Call) -> Reply:
        """PATCH (section 3.5.2)."""
        search = call.query()
        selection = selection_of(search, call.registry, self.resource_type)
        body = call.body(self.resource_type)
        answer = call.directory.of(self.resource_type).patch(
            call.parameters["id"],
            body,
            selection.for_write(body),
            call.if_match(),
            attributes_asked=bool(search.attributes or search.excluded_attributes),
        )
        return reply(answer)

    def delete(self, call: Call) -> Reply:
        """DELETE (section 3.6)."""
        return reply(call.directory.of(self.resource_type).delete(call.parameters["id"], call.if_match()))


def resource_routes(resource_type: ResourceType) -> Iterator[Route[Endpoint]]:
    """The routes of one resource type."""
    endpoints, types = ResourceEndpoints(resource_type.name), (resource_type.name,)
    yield Route(
        resource_type.endpoint,
        {"GET": Endpoint(endpoints.search, types), "POST": Endpoint(endpoints.create, types, writes=True)},
    )
    yield Route(f"{resource_type.endpoint}/.search", {"POST": Endpoint(endpoints.search_by_post, types)})
    yield Route(
        f"{resource_type.endpoint}/{{id}}",
        {
            "GET": Endpoint(endpoints.read, types),
            "PUT": Endpoint(endpoints.replace, types, writes=True),
            "PATCH": Endpoint(endpoints.patch, types, writes=True),
            "DELETE": Endpoint(endpoints.delete, types, writes=True),
        },
    )


def reply(answer: Answer) -> Reply:
    """A use case's answer with its ETag and Location headers."""
    headers = {}
    if answer.etag is not None:
        headers["ETag"] = answer.etag
    if answer.location is not None:
        headers["Location"] = answer.location
    return Reply(answer.status, answer.body, headers)
