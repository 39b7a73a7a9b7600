"""What an archive of an organization consists of: one section for each kind of thing that is kept of it.

A section reads its things page by page, in the views of the admin API, so nothing is shown here that other operations
hide: no text, hash or shard of a token, no signing secret of an endpoint. What can be derived from the rest (lookups,
counters, bookmarks, the second half of a membership) is no section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from gangway.access.event_documents import organization_document
from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import load_change
from gangway.changes.webhooks.ports import EndpointRecords
from gangway.diagnosis.failure import FailedRequest
from gangway.http.admin.events import unnumbered
from gangway.http.admin.models import to_json
from gangway.http.admin.paging import TIME
from gangway.http.admin.requests import FailureView
from gangway.http.admin.token_models import TokenView
from gangway.http.admin.webhook_models import AttemptView, DeadLetterView, EndpointView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gangway.access.organization import Organization
    from gangway.access.tokens import Tokens
    from gangway.changes.ports import ChangeLog
    from gangway.clock import Clock
    from gangway.diagnosis.ports import FailureStore
    from gangway.directory.context import RequestContext
    from gangway.directory.records import Tombstone
    from gangway.directory.upkeep.export import Export

type Line = dict[str, Any]

EVENTS: Final = 20
"""On one page: an event is up to a hundred kilobytes."""
SMALL: Final = 200
"""Things of other kinds on one page."""
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Page(NamedTuple):
    """Some lines, and the place where the section goes on; None at its end."""

    lines: Sequence[Line]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing.

    Attributes:
        name: says where an archive stands.
        form: what its places look like; at the beginning a place is empty.
        read: the page at a place.
    """

    name: str
    form: re.Pattern[str]
    read: Callable[[RequestContext, Organization, str], Page]


class DeletedUsers(Protocol):
    """Deleted users, a few partitions at a time."""

    def some(self, place: int) -> tuple[Sequence[Tombstone], int | None]:
        """Those that lie at a place, and the next place; None at the end."""
        ...


class Endpoints(EndpointRecords, Protocol):
    """Endpoints, and those that are no more."""

    def known_ids(self, organization_id: str) -> Sequence[str]:
        """The ids of all endpoints, and of those that were removed while what was tried is still kept."""
        ...


class Waiting(Protocol):
    """Changes without a number."""

    def page(self, organization_id: str, after: str) -> tuple[Sequence[tuple[str, str | None]], str | None]:
        """Some of them, each with the reason why it was set aside, and where to go on."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the things are that an archive shows."""

    tokens: Tokens
    open_export: Callable[[RequestContext], Export]
    deleted_users_of: Callable[[str], DeletedUsers]
    endpoints: Endpoints
    log: ChangeLog
    waiting: Waiting
    failures: FailureStore
    clock: Clock

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections, in the order in which they stand in an archive."""
        nowhere, number = re.compile("(?!)"), re.compile(r"[0-9]{1,12}")
        sort_key = r"[!-~]{0,500}"
        return (
            Section("settings", nowhere, self._settings),
            Section("tokens", nowhere, self._tokens),
            Section("directory", re.compile(r"\[.{1,400}\]"), self._directory),
            Section("tombstones", number, self._tombstones),
            Section("endpoints", nowhere, self._endpoints),
            Section("deliveries", re.compile(rf"[0-9a-z]{{1,40}}/{sort_key}"), self._deliveries),
            Section("dead-letters", re.compile(r"[0-9a-z]{1,40}/[0-9]{0,11}"), self._dead_letters),
            Section("events", number, self._events),
            Section("waiting", re.compile(rf"[0-9]/{sort_key}"), self._waiting),
            Section("failures", TIME, self._failures),
        )

    def _settings(self, _context: RequestContext, organization: Organization, _place: str) -> Page:
        return Page([{"kind": "organization", "id": organization.id, **organization_document(organization)}])

    def _tokens(self, _context: RequestContext, organization: Organization, _place: str) -> Page:
        now = self.clock.now()
        return Page(_lines("token", (TokenView.of(record, now) for record in self.tokens.list(organization))))

    def _directory(self, context: RequestContext, _organization: Organization, place: str) -> Page:
        piece = self.open_export(context).piece(place or None, lambda: False)
        return Page([{"kind": line["resourceType"].lower(), **line} for line in piece.lines], piece.cursor)

    def _tombstones(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        found, following = self.deleted_users_of(organization.id).some(int(place or 0))
        return Page([_tombstone(each) for each in found], None if following is None else str(following))

    def _endpoints(self, _context: RequestContext, organization: Organization, _place: str) -> Page:
        last = self.log.last_number(organization.id)
        return Page(
            _lines("endpoint", (EndpointView.of(each, last) for each in self.endpoints.endpoints(organization.id)))
        )

    def _deliveries(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        def read(endpoint_id: str, at: str) -> tuple[list[Line], str | None]:
            found, following = self.endpoints.deliveries(organization.id, endpoint_id, at or None, SMALL)
            return _lines("delivery", map(AttemptView.of, found), endpoint=endpoint_id), following

        return self._of_each_endpoint(organization, place, read)

    def _dead_letters(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        def read(endpoint_id: str, at: str) -> tuple[list[Line], str | None]:
            found = self.endpoints.dead_letters(organization.id, endpoint_id, int(at or 0), SMALL)
            following = str(found[-1].number) if len(found) == SMALL else None
            return _lines("deadLetter", map(DeadLetterView.of, found), endpoint=endpoint_id), following

        return self._of_each_endpoint(organization, place, read)

    def _of_each_endpoint(
        self, organization: Organization, place: str, read: Callable[[str, str], tuple[list[Line], str | None]]
    ) -> Page:
        """What belongs to endpoints; a place is an endpoint's id and a place among its things."""
        ids = sorted(self.endpoints.known_ids(organization.id))
        wanted, _, at = place.partition("/")
        endpoint_id = next((each for each in ids if each >= wanted), None)
        if endpoint_id is None:
            return Page(())
        lines, following = read(endpoint_id, at if endpoint_id == wanted else "")
        if following is not None:
            return Page(lines, f"{endpoint_id}/{following}")
        after = next((each for each in ids if each > endpoint_id), None)
        return Page(lines, after and f"{after}/")

    def _events(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        after = int(place) if place else self.log.first_number(organization.id) - 1
        entries = self.log.read(organization.id, after, EVENTS, with_values=True)
        lines = [{"kind": "event", **entry.full()} for entry in entries]
        return Page(lines, str(entries[-1].number) if entries else None)

    def _waiting(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        found, following = self.waiting.page(organization.id, place)
        lines = [
            {"kind": "waitingEvent", **unnumbered(enter(event, 0, FIRST_SEAL).full()), "setAside": reason}
            for text, reason in found
            for event in load_change(text)
        ]
        return Page(lines, following)

    def _failures(self, _context: RequestContext, organization: Organization, place: str) -> Page:
        found = self.failures.read(organization.id, _BEGINNING, limit=SMALL, after=place, request_id=None)
        lines = [
            {"kind": "failure" if isinstance(each, FailedRequest) else "refusedToken", **_failure(each, organization)}
            for each in found.entries
        ]
        return Page(lines, found.next)


def _lines(kind: str, views: Iterable[Any], **more: str) -> list[Line]:
    return [{"kind": kind, **more, **to_json(view)} for view in views]


def _failure(entry: Any, organization: Organization) -> Line:
    told = to_json(FailureView.of(entry, organization))
    return {name: value for name, value in told.items() if name not in ("kind", "cause", "cure") and value is not None}


def _tombstone(tombstone: Tombstone) -> Line:
    expires = datetime.fromtimestamp(tombstone.expires, UTC).isoformat().replace("+00:00", "Z")
    return {"kind": "tombstone", "id": tombstone.record.id, **tombstone.record.document, "expires": expires}
