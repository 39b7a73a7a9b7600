"""Carry out the deletion of an organization whose grace period is over.

In this order, each step so that it can be repeated: users and groups are deleted one by one with their events, if that
was chosen; everything the directory holds is removed; the organization becomes `deleted` with the event that says so;
and when that event has had time to reach everybody, what was still needed to deliver it is removed as well. Its name
stays taken, and the numbered log expires by itself. A run that ends early is taken up by the next.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from gangway.access.event_documents import organization_document
from gangway.access.organization import Deletion, Organization
from gangway.changes.tell import change
from gangway.changes.tell_access import organization_deleted

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.access.operator import Operator
    from gangway.access.ports import AccessRecords
    from gangway.clock import Clock

    type HasTime = Callable[[], bool]

FAREWELL = timedelta(days=7)
"""How long webhook endpoints may take to hear of the deletion; deliveries are given up before."""


class Belongings(Protocol):
    """What an organization leaves behind. Each method may be repeated, and is False when it ran out of time."""

    def delete_resources(self, organization: Organization, by: Operator, has_time: HasTime) -> bool:
        """Delete every user and group, each with its event."""
        ...

    def remove_directory(self, organization: Organization, has_time: HasTime, *, values: bool) -> bool:
        """Remove users, groups and all that hangs on them without a word; `values`: those in past events, too."""
        ...

    def remove_rest(self, organization: Organization, has_time: HasTime) -> bool:
        """Remove what past events say of anybody, tokens, webhook endpoints and what could not be delivered."""
        ...


class Closing:
    """Carries out deletions."""

    def __init__(self, records: AccessRecords, belongings: Belongings, clock: Clock) -> None:
        self._records = records
        self._belongings = belongings
        self._clock = clock

    def carry_on(self, organization: Organization, by: Operator, has_time: HasTime) -> bool:
        """Do what is due of an organization's deletion; whether a step was completed.

        Raises:
            Unavailable: the table cannot be reached; the next run goes on.
        """
        deletion = organization.deletion
        if deletion is None or self._clock.now() < deletion.due:
            return False
        if organization.state == "deleted":
            return self._forget(organization, has_time)
        return self._close(organization, deletion, by, has_time)

    def _close(self, organization: Organization, deletion: Deletion, by: Operator, has_time: HasTime) -> bool:
        with_events = deletion.users == "delete"
        if with_events and not self._belongings.delete_resources(organization, by, has_time):
            return False
        if not self._belongings.remove_directory(organization, has_time, values=not with_events):
            return False
        now, version = self._clock.now(), organization.version + 1
        closed = organization._replace(state="deleted", version=version, deletion=deletion._replace(due=now + FAREWELL))
        told = organization_deleted(by.cause(organization.id, now), version, organization_document(organization))
        return self._records.change_organization(organization, closed, change(told))

    def _forget(self, organization: Organization, has_time: HasTime) -> bool:
        if not self._belongings.remove_rest(organization, has_time):
            return False
        bare = Organization(
            organization.id, organization.name, "", organization.created, state="deleted", ledger=organization.ledger
        )
        return self._records.change_organization(organization, bare._replace(version=organization.version), ())
