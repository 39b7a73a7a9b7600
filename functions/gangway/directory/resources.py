"""The door to the directory: one per request, for one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.directory.groups import Groups
from gangway.directory.persistence import Persistence
from gangway.directory.representation import Answer
from gangway.directory.search import Search
from gangway.directory.use_cases import Resources
from gangway.directory.users import Users

if TYPE_CHECKING:
    from gangway.clock import Clock
    from gangway.directory.context import RequestContext
    from gangway.directory.ports import DirectoryStore
    from gangway.scim.messages import SearchRequest
    from gangway.scim.schema import Registry

__all__ = ["Answer", "Directory", "Resources"]


class Directory:
    """All users and groups of one organization.

    Args:
        store: the organization's store.
        registry: schemas and resource types.
        context: the request.
        clock: tells the time.
    """

    def __init__(self, store: DirectoryStore, registry: Registry, context: RequestContext, clock: Clock) -> None:
        self._store, self._registry, self._context, self._clock = store, registry, context, clock
        self._resources: dict[str, Resources] = {
            kind.resource_type_name: kind(store, registry, context, clock) for kind in (Users, Groups)
        }

    def of(self, resource_type: str) -> Resources:
        """The resources of one type, by its name (``User``, ``Group``)."""
        return self._resources[resource_type]

    def search(self, request: SearchRequest) -> dict[str, Any]:
        """Search all types at once (RFC 7644 section 3.4.2.1): users first, then groups."""
        search = Search(self._store, self._registry, self._context, self._clock)
        return Persistence(self._context.remaining_ms).persist(lambda: search.run(request, tuple(self._resources)))
