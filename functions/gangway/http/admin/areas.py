"""Areas of the admin API, each made when the first request about one of its subjects arrives.

A function that answers an operator serves an area or two in its life, and each area has use cases, tables and models of
its own: to make all of them before the first answer would more than double what a start takes beside the libraries.
What a path is about, its subject, is its first word or, below an organization, the word after the organization's name.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gangway.http.routing import RouteTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.http.admin.operation import Area, Operation

_ORGANIZATIONS = "orgs"


class AreaOnDemand:
    """An area that is not there before it is asked for."""

    def __init__(self, subjects: str, make: Callable[[], Area]) -> None:
        """Remember how to make it.

        Args:
            subjects: words that its paths are about, parted by blanks; no other area has them.
            make: makes it; imports what only this area needs.
        """
        self.subjects = frozenset(subjects.split())
        self._make = make

    @cached_property
    def area(self) -> Area:
        """The area, made at the first use."""
        return self._make()

    @property
    def is_made(self) -> bool:
        """Whether it has been asked for."""
        return "area" in vars(self)

    @cached_property
    def routes(self) -> RouteTable[Operation]:
        """Its routes."""
        return RouteTable(self.area.routes)


def subject_of(segments: tuple[str, ...]) -> str:
    """What a path below the door is about; `segments` may be those of a route's template, too."""
    below_an_organization = len(segments) > 2 and segments[0] == _ORGANIZATIONS
    return segments[2] if below_an_organization else "".join(segments[:1])
