"""One authenticated request on its way to a use case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gangway.http.body import parse_body
from gangway.scim.dialect import Dialect
from gangway.scim.limits import LIMITS, MAX_GROUP_PAYLOAD
from gangway.scim.messages import SearchRequest, parse_query_parameters
from gangway.scim.projection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.authentication import Caller
    from gangway.directory.context import RequestContext
    from gangway.directory.resources import Directory
    from gangway.http.reply import Reply
    from gangway.http.request import Request
    from gangway.scim.errors import ScimError
    from gangway.scim.schema import Registry

_NO_QUERY = SearchRequest()


class Call(NamedTuple):
    """What an endpoint is given. Tenancy comes from `context`, which comes from the verified token."""

    request: Request
    caller: Caller
    context: RequestContext
    parameters: Mapping[str, str]
    """Values of the placeholders in the route's template."""
    registry: Registry
    open_directory: Callable[[RequestContext], Directory]
    explain_failure: Callable[[Exception], ScimError]
    """The SCIM error for an exception that is none; it is written to the log."""

    @property
    def directory(self) -> Directory:
        """The caller's directory."""
        return self.open_directory(self.context)

    def body(self, resource_type: str | None = None) -> dict[str, Any]:
        """The JSON object in the body, within the limit of the resource type it concerns."""
        return parse_body(self.request, MAX_GROUP_PAYLOAD if resource_type == "Group" else LIMITS.max_payload_size)

    def query(self) -> SearchRequest:
        """What the query asks for; unknown parameters are ignored (RFC 7644 section 3.4.2)."""
        return parse_query_parameters(self.request.query) if self.request.query else _NO_QUERY

    def if_match(self) -> str | None:
        """The `If-Match` header."""
        return self.request.header("if-match")

    def if_none_match(self) -> str | None:
        """The `If-None-Match` header."""
        return self.request.header("if-none-match")

    def within(self, suffix: str) -> Call:
        """The same call for one operation of several: with a request id and a count of dialect rules of its own."""
        context = self.context._replace(
            request_id=f"{self.context.request_id}/{suffix}",
            dialect=Dialect(self.context.dialect.profile),
        )
        return self._replace(context=context)


class Endpoint(NamedTuple):
    """A method of a route: what answers it, and what a token must be allowed to."""

    answer: Callable[[Call], Reply]
    resource_types: tuple[str, ...] = ()
    """Types whose resources it reads or writes; a token for users only may call it if all of them are users."""
    writes: bool = False


def selection_of(search: SearchRequest, registry: Registry, resource_type: str) -> Selection:
    """Which attributes the answer is to have."""
    return Selection.parse(registry.resource_types[resource_type], search.attributes, search.excluded_attributes)
