"""Failed requests of identity providers, as operators see them: what was sent, what was answered, why, and the cure.

The list is in the order of time and is paged by what was looked at rather than by what was found, so that a search for
one request id through a month takes many short requests and never a long one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, Field

from gangway.diagnosis.causes import cause_of
from gangway.diagnosis.failure import FailedRequest
from gangway.http.admin.models import AdminModel, Moment
from gangway.http.admin.operation import SUPPORT, AdminCall, Area, Operation
from gangway.http.admin.paging import TIME, PageQuery, cursor_to
from gangway.http.routing import Route

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.organizations import Organizations
    from gangway.clock import Clock
    from gangway.diagnosis.failure import Entry, RefusedToken
    from gangway.diagnosis.ports import FailureStore

DEFAULT_SPAN = timedelta(hours=1)


class FailureQuery(PageQuery):
    """Which failures; `limit` is how many are looked at."""

    since: AwareDatetime | None = None
    """The earliest; an hour ago if not given."""
    request_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Only the request with this id, as the client was told it in X-Request-Id."""


class FailureView(AdminModel):
    """A request that failed, or how often a token was refused in one minute."""

    time: Moment
    kind: str
    """request, or token."""
    key_id: str
    """The token it came with, or claimed to come with."""
    count: int
    """How many of its kind there were in that minute up to this one."""
    cause_id: str
    cause: str
    """What usually lies behind it."""
    cure: str
    """What to do about it."""
    reason: str | None = None
    """Why a token was refused; why a request was not answered although it may have been in order."""
    request_id: str | None = None
    method: str | None = None
    path: str | None = None
    """Template of the path."""
    status: int | None = None
    scim_type: str | None = None
    detail: str | None = None
    """What the client was told."""
    resource_id: str | None = None
    duration_ms: float | None = None
    dialect_rules: dict[str, int] = Field(default_factory=dict)
    """Leniencies towards identity providers that were used."""
    query: dict[str, str] = Field(default_factory=dict)
    """Shape of the query: filters with `?` in place of every value."""
    body: Any = None
    """Shape of the body: names, types and sizes."""
    operations: tuple[dict[str, Any], ...] = ()
    """Of a bulk request, the operations that failed."""

    @classmethod
    def of(cls, entry: Entry, organization: Organization) -> FailureView:
        """The view of an entry."""
        row = cause_of(entry)
        cause, cure = row.told(organization.name, entry.key_id)
        told = {"cause_id": row.id, "cause": cause, "cure": cure}
        if isinstance(entry, FailedRequest):
            return cls(kind="request", **told, **{name: getattr(entry, name) for name in FailedRequest.__slots__})
        return cls(kind="token", **told, **_refusal(entry))


class FailureList(AdminModel):
    """Failures in the order of time."""

    failures: tuple[FailureView, ...]
    next_cursor: str | None
    """Give it as `cursor` to go on; null at the end."""


@dataclass(frozen=True, slots=True)
class _Failures:
    organizations: Organizations
    store: FailureStore
    clock: Clock

    def list(self, call: AdminCall) -> FailureList:
        wanted = call.query(FailureQuery)
        organization = self.organizations.get(call.parameters["org"])
        since = wanted.since or self.clock.now() - DEFAULT_SPAN
        found = self.store.read(
            organization.id, since, limit=wanted.limit, after=wanted.position(TIME), request_id=wanted.request_id
        )
        views = tuple(FailureView.of(entry, organization) for entry in found.entries)
        return FailureList(failures=views, next_cursor=cursor_to(found.next))


def request_area(organizations: Organizations, store: FailureStore, clock: Clock) -> Area:
    """The routes of failed requests."""
    here = _Failures(organizations, store, clock)
    listing = Operation(
        "List requests of an organization's identity provider that failed, with cause and cure.",
        here.list,
        query=FailureQuery,
        returns=FailureList,
        roles=SUPPORT,
    )
    return Area("Requests", [Route("/orgs/{org}/failures", {"GET": listing})])


def _refusal(entry: RefusedToken) -> dict[str, Any]:
    return {"time": entry.time, "key_id": entry.key_id, "count": entry.count, "reason": entry.reason}
