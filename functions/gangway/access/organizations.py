"""Create and find organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.errors import OrganizationNameTaken, UnknownOrganization
from gangway.access.organization import Organization, checked_name, fold_name, new_organization_id

if TYPE_CHECKING:
    from gangway.access.ports import AccessRecords
    from gangway.clock import Clock


class Organizations:
    """The organizations of this deployment."""

    def __init__(self, records: AccessRecords, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def create(
        self, name: str, *, display_name: str = "", provider: str = "generic", strict: bool = False
    ) -> Organization:
        """Create an organization.

        Args:
            name: login name for the URL; compared case-folded.
            display_name: what people call it; the name when empty.
            provider: one of `organization.PROVIDERS`.
            strict: refuse what dialects of identity providers get wrong.

        Raises:
            InvalidOrganizationName: the name cannot be one.
            OrganizationNameTaken: it is, or once was, another's.
        """
        folded = checked_name(name)
        organization = Organization(
            id=new_organization_id(),
            name=folded,
            display_name=display_name or name,
            created=self._clock.now(),
            provider=provider,
            strict=strict,
        )
        if not self._records.add_organization(organization):
            raise OrganizationNameTaken("This name is taken; names of deleted organizations are not given out again.")
        return organization

    def get(self, name: str) -> Organization:
        """The organization of that name, in any case.

        Raises:
            UnknownOrganization: there is none.
        """
        organization = self._records.organization_named(fold_name(name))
        if organization is None:
            raise UnknownOrganization("There is no organization of this name.")
        return organization

    def list(self) -> tuple[Organization, ...]:
        """All organizations, ordered by name."""
        return self._records.organizations()
