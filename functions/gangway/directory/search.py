"""Search and lists: what to look at, in which order, which page of it.

Everything, and the users of a group, are read a page at a time and never as a whole. All other searches have bounded
results, which are found and sorted for every page. Both are walks, and can be paged by offset or by cursor.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from gangway.directory import cursors
from gangway.directory.cursors import Place
from gangway.directory.evaluation import MAX_EVALUATED, Evaluation, only_group
from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.listing import Listing
from gangway.directory.records import NO_MEMBERSHIPS, Position
from gangway.directory.representation import Presenter
from gangway.directory.walks import AllOf, Matches, UsersOf, Walk, position_at
from gangway.scim.errors import InvalidValue, TooMany
from gangway.scim.filter import parse_filter
from gangway.scim.limits import LIMITS
from gangway.scim.messages import list_response
from gangway.scim.path import resolve
from gangway.scim.projection import Selection
from gangway.scim.sorting import sort_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.clock import Clock
    from gangway.directory.context import RequestContext
    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Record
    from gangway.scim.filter import BoundFilter, Filter
    from gangway.scim.messages import SearchRequest
    from gangway.scim.schema import Registry


class _Query(NamedTuple):
    """One search, understood.

    Attributes:
        types: resource types, in the order of their results.
        filter: None for everything.
        bound: the filter for each type.
        per_page: resources per page.
        identity: everything that makes the question, for cursors.
    """

    types: tuple[str, ...]
    filter: Filter | None
    bound: dict[str, BoundFilter]
    per_page: int
    identity: tuple[Any, ...]


class Search:
    """Searches of one request."""

    def __init__(self, store: DirectoryStore, registry: Registry, context: RequestContext, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._context = context
        self._clock = clock
        self._presenter = Presenter(store, registry, context)

    def run(self, request: SearchRequest, types: Sequence[str]) -> dict[str, Any]:
        """Answer a search with a ListResponse (RFC 7644 section 3.4.2, RFC 9865).

        Raises:
            ScimError: filter, sortBy, cursor or count are refused, or too many resources would have to be looked at.
        """
        query = self._understood(request, tuple(types))
        selections = {
            name: Selection.parse(self._registry.resource_types[name], request.attributes, request.excluded_attributes)
            for name in types
        }
        listing = Listing(self._store, self._presenter, selections)
        walk = self._walk(request, query, with_groups="User" in selections and selections["User"].wants("groups"))
        if request.cursor is not None:
            return self._by_cursor(request.cursor, query, walk, listing)
        return self._by_offset(query, walk, listing, max(1, request.start_index or 1))

    def _understood(self, request: SearchRequest, types: tuple[str, ...]) -> _Query:
        parsed = parse_filter(request.filter, self._context.dialect) if request.filter is not None else None
        several = len(types) > 1
        bound = (
            {name: parsed.bind(self._registry.resource_types[name], foreign=several) for name in types}
            if parsed
            else {}
        )
        count = LIMITS.page_size if request.count is None else request.count
        identity = (
            types,
            str(parsed) if parsed else None,
            request.sort_by,
            request.sort_order,
            request.attributes,
            request.excluded_attributes,
        )
        return _Query(types, parsed, bound, min(count, LIMITS.max_results), identity)

    def _walk(self, request: SearchRequest, query: _Query, *, with_groups: bool) -> Walk:
        """The way through the results: along what is stored if all of it is asked for, else along what matches."""
        if query.filter is None and not request.sort_by:
            return AllOf(self._store.heads, query.types)
        if query.filter is not None and query.types == ("User",) and not request.sort_by:
            group_id = only_group(query.filter, query.bound["User"])
            if group_id is not None and is_id(group_id) and resource_type_of(group_id) == "Group":
                group = self._store.heads.record(group_id)
                if group is not None:
                    return UsersOf(self._store.members, group)
        return self._matches(request, query, with_groups=with_groups)

    def _by_offset(self, query: _Query, walk: Walk, listing: Listing, start: int) -> dict[str, Any]:
        total = walk.total()
        if not query.per_page or total == 0:
            return list_response([], total, start_index=start)
        rank = start - 1
        actor = self._context.actor
        position = position_at(walk, self._store.bookmarks, actor, rank)
        if position is None:
            return list_response([], total, start_index=start)
        shown, after = self._page(walk, position, query.per_page, listing)
        if after is not None:
            if walk.name:
                self._store.bookmarks.set(walk.name, actor, rank + len(shown), after)
            # People deleted behind a walker lower the count. It must not end the walk while people are ahead of it.
            total = max(total, rank + len(shown) + 1)
        return list_response(shown, total, start_index=start)

    def _by_cursor(self, cursor: str, query: _Query, walk: Walk, listing: Listing) -> dict[str, Any]:
        now = int(self._clock.now().timestamp())
        if cursor:
            place = cursors.read(self._context, query.identity, query.per_page, cursor, now)
        else:
            place = Place(Position(), walk.total())
        if not query.per_page:
            return list_response([], place.total)
        shown, after = self._page(walk, place.position, query.per_page, listing)
        following = None
        if after is not None:
            following = cursors.issue(
                self._context, query.identity, query.per_page, place._replace(position=after), now
            )
        return list_response(shown, place.total, next_cursor=following)

    def _page(
        self, walk: Walk, start: Position, count: int, listing: Listing
    ) -> tuple[list[dict[str, Any]], Position | None]:
        """The resources after a position, and the position after the last of them, unless it is the end."""
        page = walk.page(start, count)
        shown = listing.show(page.records, page.memberships)
        return shown, page.next if len(shown) == len(page.records) else page.positions[len(shown) - 1]

    def _matches(self, request: SearchRequest, query: _Query, *, with_groups: bool) -> Matches:
        """All matches, in the order asked for within each type."""
        found: list[Record] = []
        places: list[Position] = []
        memberships = NO_MEMBERSHIPS
        for at, name in enumerate(query.types):
            evaluation = Evaluation(
                self._store, self._presenter, self._registry.resource_types[name], with_groups=with_groups
            )
            matches = evaluation.matches(query.filter, query.bound.get(name))
            found += self._sorted(matches, name, request, query) if request.sort_by else matches
            places += (Position(at, record.id) for record in matches)
            memberships = evaluation.memberships if name == "User" else memberships
        if len(found) > MAX_EVALUATED:
            raise TooMany(f"{len(found)} resources match; a search may yield {MAX_EVALUATED}")
        if request.sort_by:
            return Matches(None, found, [Position(rank) for rank in range(1, len(found) + 1)], memberships)
        question = hashlib.sha256(f"{query.types} {query.filter}".encode()).hexdigest()[:16]
        return Matches(question, found, places, memberships)

    def _sorted(self, records: list[Record], name: str, request: SearchRequest, query: _Query) -> list[Record]:
        resource_type = self._registry.resource_types[name]
        sort_by = request.sort_by or ""
        target = resolve(resource_type, sort_by)
        if len(query.types) > 1 and target is None:
            # In a search over several types some need not have the attribute (RFC 7644 section 3.4.2.1).
            return records
        key = sort_key(resource_type, sort_by)
        if target is not None and target.attribute.name in ("groups", "members") and target.urn is None:
            raise InvalidValue(f"sortBy cannot be {target}; memberships are no part of what is sorted.")
        descending = request.sort_order == "descending"
        return sorted(records, key=lambda record: key(self._presenter.bare(record)), reverse=descending)
