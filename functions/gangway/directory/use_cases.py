"""The use cases of one request: create, read, replace, modify, delete, search.

What users and groups have in common is here; `users` and `groups` hold what differs. Every write has the same shape:
read, check what the request demands of the present state, make the new state, commit both as one `Change`; whatever
has moved in between refuses the commit and starts the round again.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from gangway.changes.event import Cause
from gangway.changes.tell import change as tell
from gangway.changes.tell import resource_changed, resource_deleted
from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.lookups import lookups_of, may_differ
from gangway.directory.persistence import Persistence
from gangway.directory.ports import LookupTaken, TooLargeToStore, VersionChanged
from gangway.directory.preconditions import binds, changed, etag, require
from gangway.directory.records import Change
from gangway.directory.representation import Answer, Presenter, timestamp
from gangway.directory.search import Search
from gangway.scim.errors import NotFound, PayloadTooLarge, Uniqueness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.clock import Clock
    from gangway.directory.context import RequestContext
    from gangway.directory.membership import MemberPlan
    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Lookup, Record, Tombstone
    from gangway.scim.messages import SearchRequest
    from gangway.scim.projection import Selection
    from gangway.scim.schema import Registry

    type Document = dict[str, Any]


class Resources(ABC):
    """The resources of one type in one organization, for one request."""

    resource_type_name: str

    def __init__(self, store: DirectoryStore, registry: Registry, context: RequestContext, clock: Clock) -> None:
        self.store = store
        self.registry = registry
        self.context = context
        self.clock = clock
        self.resource_type = registry.resource_types[self.resource_type_name]
        self.presenter = Presenter(store, registry, context)
        self.persistence = Persistence(context.remaining_ms)

    @abstractmethod
    def create(self, body: object, selection: Selection) -> Answer:
        """Create a resource (RFC 7644 section 3.3): 201.

        Raises:
            ScimError: the body is refused, a unique value is taken, or the directory is busy.
        """

    @abstractmethod
    def read(self, resource_id: str, selection: Selection, if_none_match: str | None) -> Answer:
        """Read a resource (RFC 7644 section 3.4.1): 200, or 304 if it is what ``If-None-Match`` names."""

    @abstractmethod
    def replace(self, resource_id: str, body: object, selection: Selection, if_match: str | None) -> Answer:
        """Replace a resource (RFC 7644 section 3.5.1): 200."""

    @abstractmethod
    def patch(
        self, resource_id: str, body: object, selection: Selection, if_match: str | None, *, attributes_asked: bool
    ) -> Answer:
        """Modify a resource (RFC 7644 section 3.5.2): 200 with the resource, or 204."""

    def delete(self, resource_id: str, if_match: str | None) -> Answer:
        """Delete a resource (RFC 7644 section 3.6): 204.

        It is gone at once, everywhere, whatever hangs on it; its memberships follow in the background.
        """
        operation = self.operation()
        attempted = False

        def attempt() -> None:
            nonlocal attempted
            record = self.store.heads.record(self.known(resource_id))
            if record is None and attempted:
                return
            if record is None:
                raise self.missing()
            require(if_match, record)
            attempted = True
            self.commit(self._deletion(record, operation, exactly=binds(if_match)))

        self.persistence.persist(attempt)
        return Answer(204)

    def search(self, request: SearchRequest) -> dict[str, Any]:
        """Search the resources of this type (RFC 7644 section 3.4.2, RFC 9865): a ListResponse."""
        search = Search(self.store, self.registry, self.context, self.clock)
        return self.persistence.persist(lambda: search.run(request, (self.resource_type_name,)))

    def alter(
        self,
        read: Callable[[], Record | None],
        alteration: Callable[[Record], tuple[Document, MemberPlan]],
        if_match: str | None,
    ) -> Record:
        """Change a resource and return it as it is then.

        Args:
            read: reads it.
            alteration: makes the new document, and says who joins and leaves; called again when it is refused.
            if_match: the header.
        """
        operation = self.operation()

        def attempt() -> Record:
            before = read()
            if before is None:
                raise self.missing()
            if operation in before.operations:
                # The commit before this attempt had succeeded; only its answer was lost.
                return before
            require(if_match, before)
            document, plan = alteration(before)
            if document == before.document and not plan:
                return before
            change = self._alteration(before, document, plan, operation, exactly=binds(if_match))
            return self.commit(change)

        return self.persistence.persist(attempt)

    def burial(self) -> int | None:
        """When the tombstone of a resource deleted now expires, seconds since the epoch; None leaves none."""
        return None

    def operation(self) -> str:
        """A new id for one operation, which all its attempts share."""
        return f"{self.context.request_id}#{uuid.uuid4().hex[:12]}"

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.clock.now().timestamp() * 1000)

    def cause(self, at: int) -> Cause:
        """Who does it, for events."""
        context = self.context
        return Cause(context.organization_id, context.actor, context.request_id, timestamp(at), context.initial_sync)

    def known(self, resource_id: str) -> str:
        """The id, if it can be one of this type.

        Raises:
            NotFound: it cannot.
        """
        if not is_id(resource_id) or resource_type_of(resource_id) != self.resource_type_name:
            raise self.missing()
        return resource_id

    def missing(self) -> NotFound:
        """The answer for ids that are unknown, foreign or no ids at all."""
        return NotFound(f"There is no {self.resource_type_name} with this id in this organization")

    def lookups(self, document: Mapping[str, Any]) -> frozenset[Lookup]:
        """What a resource with this document is found by."""
        return lookups_of(document, self.resource_type, unique_names=self.context.unique_group_names)

    def commit(self, change: Change, succeed: Callable[[Tombstone], Change] | None = None) -> Record:
        """Commit a change and return the resource; refusals become the answer that the client can act on.

        Args:
            change: the change.
            succeed: makes another change of it when the userName is still that of a deleted user.
        """
        try:
            return self.store.changes.commit(change)
        except VersionChanged as refusal:
            raise changed() from refusal
        except LookupTaken as refusal:
            if refusal.tombstone is None:
                raise self.taken(refusal) from refusal
            buried = refusal.tombstone
            return self.commit(succeed(buried) if succeed else change._replace(replaces=buried))
        except TooLargeToStore as refusal:
            raise PayloadTooLarge(
                f"The {self.resource_type_name} has {refusal.size} bytes; it may have {refusal.limit}"
            ) from refusal

    def taken(self, refusal: LookupTaken) -> Uniqueness:
        """The answer when a unique value belongs to another resource."""
        return Uniqueness(f"{refusal.lookup.attribute} is taken by another {self.resource_type_name}")

    def answer(self, status: int, record: Record, show: Callable[[], Document] | None = None) -> Answer:
        """An answer with the resource's headers; `show` makes the body, and may have to read for it."""
        body = self.persistence.persist(show) if show else None
        return Answer(status, body, etag(record), self.presenter.location(record.id))

    def _alteration(
        self, before: Record, document: Document, plan: MemberPlan, operation: str, *, exactly: bool
    ) -> Change:
        at = max(self.now_ms(), before.modified)
        cause = self.cause(at)
        after, told = before, None
        lookups_before: frozenset[Lookup] = frozenset()
        lookups_after: frozenset[Lookup] = frozenset()
        if may_differ(self.resource_type_name, before.document, document):
            lookups_before, lookups_after = self.lookups(before.document), self.lookups(document)
        if document != before.document:
            after = before._replace(
                own_version=before.own_version + 1,
                own_modified=at,
                document=document,
                operation=operation,
            )
            told = resource_changed(cause, self.resource_type_name, after.id, after.version, before.document, document)
        return Change(
            before=before,
            after=after,
            cause=cause,
            operation=operation,
            at=at,
            lookups_before=lookups_before,
            lookups_after=lookups_after,
            told=tell(told),
            added=plan.added,
            removed=plan.removed,
            exactly=exactly,
        )

    def _deletion(self, record: Record, operation: str, *, exactly: bool) -> Change:
        at = max(self.now_ms(), record.modified)
        cause = self.cause(at)
        return Change(
            before=record,
            after=None,
            cause=cause,
            operation=operation,
            at=at,
            lookups_before=self.lookups(record.document),
            told=tell(resource_deleted(cause, self.resource_type_name, record.id, record.version + 1, record.document)),
            exactly=exactly,
            bury_until=self.burial(),
        )
