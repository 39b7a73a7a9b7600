"""Which endpoint answers a method and path; the one table that SCIM and admin API are both made of.

powertools' resolver is not used for this: it answers a wrong method with 404 instead of 405 and `Allow`, reads the body
and parameters in its own ways before authentication could run, and costs 20 microseconds of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Route[Endpoint]:
    """A path template, such as `/Users/{id}`, with an endpoint for each of its methods."""

    def __init__(self, template: str, endpoints: Mapping[str, Endpoint]) -> None:
        self.template = template
        self.endpoints = endpoints
        self.segments = tuple(template.strip("/").split("/")) if template != "/" else ()

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The parameters of a path of the same length, None if a literal segment differs."""
        parameters = {}
        for expected, given in zip(self.segments, segments, strict=True):
            if expected[0] == "{":
                parameters[expected[1:-1]] = given
            elif expected != given:
                return None
        return parameters

    def endpoint(self, method: str) -> Endpoint | None:
        """The endpoint of a method; HEAD is answered by that of GET (RFC 9110 section 9.3.2)."""
        return self.endpoints.get("GET" if method == "HEAD" else method)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that are answered, for the `Allow` header."""
        head = ("HEAD",) if "GET" in self.endpoints else ()
        return (*self.endpoints, *head, "OPTIONS")


class Match[Endpoint](NamedTuple):
    """A route and what its parameters stand for."""

    route: Route[Endpoint]
    parameters: dict[str, str]


class RouteTable[Endpoint]:
    """All routes behind a door; of two that match, the one listed first wins."""

    def __init__(self, routes: Iterable[Route[Endpoint]]) -> None:
        self.routes = tuple(routes)
        self._by_length: dict[int, list[Route[Endpoint]]] = {}
        for route in self.routes:
            self._by_length.setdefault(len(route.segments), []).append(route)

    def find(self, segments: tuple[str, ...]) -> Match[Endpoint] | None:
        """The route of a canonical path."""
        for route in self._by_length.get(len(segments), ()):
            parameters = route.match(segments)
            if parameters is not None:
                return Match(route, parameters)
        return None
