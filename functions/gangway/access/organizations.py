"""The life of an organization: create, find, set up, pause, delete, restore.

Every change is read, decided and written together with the event that tells of it, on the condition that nobody else
was faster; whoever was not reads again. Asking for a state that is there already changes nothing and tells nothing, so
a script may be run twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from gangway.access.errors import OrganizationNameTaken, UnknownOrganization, WrongState
from gangway.access.event_documents import organization_document
from gangway.access.organization import Deletion, Organization, checked_name, fold_name, new_organization_id
from gangway.access.providers import PROVIDERS
from gangway.changes.tell import change
from gangway.changes.tell_access import organization_created, organization_updated
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from gangway.access.operator import Operator
    from gangway.access.organization import Remains, Settings
    from gangway.access.ports import AccessRecords
    from gangway.clock import Clock

# Each lost race means that another change was made; more of them than this is no race but a storm.
ATTEMPTS = 20


class Organizations:
    """The organizations of this deployment."""

    def __init__(self, records: AccessRecords, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def create(self, name: str, *, by: Operator, **settings: Unpack[Settings]) -> Organization:
        """Create an organization.

        Args:
            name: login name for the URL; compared case-folded.
            by: who wants it.
            settings: whatever is not to be as usual; the display name is the name if not given, and what happens to
                unknown members depends on the provider.

        Raises:
            InvalidOrganizationName: the name cannot be one.
            OrganizationNameTaken: it is, or once was, another's.
        """
        now = self._clock.now()
        organization = Organization(id=new_organization_id(), name=checked_name(name), display_name=name, created=now)
        organization = organization._replace(**settings)
        if "unknown_members" not in settings:
            organization = organization._replace(unknown_members=PROVIDERS[organization.provider].unknown_members)
        told = organization_created(by.cause(organization.id, now), organization_document(organization))
        if not self._records.add_organization(organization, change(told)):
            raise OrganizationNameTaken("This name is taken; names of deleted organizations are not given out again.")
        return organization

    def get(self, name: str) -> Organization:
        """The organization of that name, in any case.

        Raises:
            UnknownOrganization: there is none, or no longer.
        """
        organization = self._records.organization_named(fold_name(name))
        if organization is None or organization.state == "deleted":
            raise UnknownOrganization("There is no organization of this name.")
        return organization

    def page(self, after: str = "", limit: int = 100) -> tuple[tuple[Organization, ...], str | None]:
        """Organizations in the order of their names, and the name to go on after; None at the end.

        A page may be shorter than its limit, even empty, before the end: the names of deleted organizations count.
        """
        return self._records.organizations_after(after, limit)

    def change(self, name: str, *, by: Operator, **settings: Unpack[Settings]) -> Organization:
        """Set what is given, leave the rest. Raises UnknownOrganization, Unavailable."""
        return self._alter(name, by, lambda organization: organization._replace(**settings))

    def pause(self, name: str, *, by: Operator) -> Organization:
        """Tell its identity provider to come back later (503), until it is resumed: nothing is taken, nothing lost.

        Raises:
            UnknownOrganization: there is none of this name.
            WrongState: it is being deleted.
        """
        return self._alter(name, by, lambda organization: _alive(organization)._replace(state="paused"))

    def resume(self, name: str, *, by: Operator) -> Organization:
        """End a pause. Raises as `pause` does."""
        return self._alter(name, by, lambda organization: _alive(organization)._replace(state="active"))

    def delete(self, name: str, *, by: Operator, users: Remains, grace: timedelta) -> Organization:
        """Refuse its identity provider and its tokens from now on, and delete it when the grace period is over.

        Args:
            name: of the organization.
            by: who wants it.
            users: what then happens to its users and groups.
            grace: how long it can be restored.

        Raises:
            UnknownOrganization: there is none of this name.
            WrongState: its deletion is under way already.
        """
        due = self._clock.now() + grace

        def deleting(organization: Organization) -> Organization:
            was = _alive(organization).state
            return organization._replace(state="deleting", deletion=Deletion(due, users, was))

        return self._alter(name, by, deleting)

    def restore(self, name: str, *, by: Operator) -> Organization:
        """Take a deletion back: settings, tokens, users and groups are as they were.

        Raises:
            UnknownOrganization: there is none of this name, or it has been deleted.
            WrongState: it is not being deleted, or the grace period is over.
        """
        now = self._clock.now()

        def restored(organization: Organization) -> Organization:
            deletion = organization.deletion
            if deletion is None:
                raise WrongState("The organization is not being deleted.")
            if now >= deletion.due:
                raise WrongState("The grace period is over; the organization is being removed.")
            return organization._replace(state=deletion.was, deletion=None)

        return self._alter(name, by, restored)

    def _alter(self, name: str, by: Operator, decide: Callable[[Organization], Organization]) -> Organization:
        for _ in range(ATTEMPTS):
            before = self.get(name)
            wanted = decide(before)
            if wanted == before:
                return before
            after = wanted._replace(version=before.version + 1)
            told = organization_updated(
                by.cause(before.id, self._clock.now()),
                after.version,
                organization_document(before),
                organization_document(after),
            )
            if self._records.change_organization(before, after, change(told)):
                return after
        raise Unavailable("The organization is being changed by others; try again.", retry_after=1)


def _alive(organization: Organization) -> Organization:
    if organization.state == "deleting":
        raise WrongState("The organization is being deleted; restore it first.")
    return organization
