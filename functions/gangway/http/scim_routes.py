"""The list of routes of the SCIM API; what is not here does not exist.

`/Me` answers 501 (RFC 7644 section 3.11): a token stands for an identity provider's connection and not for a person,
so there is nobody the alias could mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.http.call import Call, Endpoint
from gangway.http.reply import Reply
from gangway.http.resources import resource_routes
from gangway.http.routing import Route, RouteTable
from gangway.scim.errors import NotImplementedByServer
from gangway.scim.messages import parse_search_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.scim.schema import Registry

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def scim_routes(registry: Registry) -> RouteTable[Endpoint]:
    """All routes behind a door, for the resource types of a registry."""
    return RouteTable(_routes(registry))


def _routes(registry: Registry) -> Iterator[Route[Endpoint]]:
    for resource_type in registry.resource_types.values():
        yield from resource_routes(resource_type)
    everything = tuple(registry.resource_types)
    yield Route("/", {"GET": Endpoint(_search, everything)})
    yield Route("/.search", {"POST": Endpoint(_search_by_post, everything)})
    # Each operation of a bulk request is checked against the token's scopes by itself.
    yield Route("/Bulk", {"POST": Endpoint(_bulk)})
    yield Route("/Me", {method: Endpoint(_me) for method in _METHODS})
    yield Route("/ServiceProviderConfig", {"GET": Endpoint(_service_provider_config)})
    for path, answer in (("/ResourceTypes", _resource_types), ("/Schemas", _schemas)):
        yield Route(path, {"GET": Endpoint(answer)})
        yield Route(f"{path}/{{id}}", {"GET": Endpoint(answer)})


def _search(call: Call) -> Reply:
    return Reply(200, call.directory.search(call.query()))


def _search_by_post(call: Call) -> Reply:
    return Reply(200, call.directory.search(parse_search_request(call.body())))


def _me(_call: Call) -> Reply:
    raise NotImplementedByServer("A token of this server stands for no user, so /Me is not supported.")


# Imports below are made by the first request that needs them: most functions never serve one, all would pay at start.


def _bulk(call: Call) -> Reply:
    from gangway.http.bulk import bulk  # noqa: PLC0415 - rare, see above

    return bulk(call)


def _service_provider_config(call: Call) -> Reply:
    from gangway.http.discovery import service_provider_config  # noqa: PLC0415 - rare, see above

    return service_provider_config(call)


def _resource_types(call: Call) -> Reply:
    from gangway.http.discovery import resource_types  # noqa: PLC0415 - rare, see above

    return resource_types(call)


def _schemas(call: Call) -> Reply:
    from gangway.http.discovery import schemas  # noqa: PLC0415 - rare, see above

    return schemas(call)
