"""What the admin API takes and gives of organizations."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads annotations when the class is made
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gangway.access.organization import Remains  # noqa: TC001 - as above
from gangway.access.providers import PROVIDERS, ProviderName
from gangway.http.admin.models import AdminModel, Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord

DisplayName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OrganizationSettings(AdminModel):
    """Settings of an organization; what is left out stays as it is."""

    display_name: DisplayName = ""
    """What people call it; at creation the name unless given."""
    provider: ProviderName = "generic"
    """Its identity provider: picks the form of the base URL, the guide, and the leniencies that are expected."""
    strict: bool = False
    """Refuse everything that the RFCs do not allow, instead of what identity providers are known to need."""
    unknown_members: Literal["refuse", "skip"] = "refuse"
    """What to do with group members that do not exist; unless given, new organizations of Okta skip them."""
    required_attributes: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """Attributes of users required at creation beyond those of the schema, for example `emails`."""
    token_limit: Annotated[int, Field(ge=1, le=20)] = 2
    """Tokens that may be live at the same time."""
    rate_limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Requests a second; null: as the deployment says."""
    tombstone_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    """For how many days the same person's return restores a deleted user; null: as the deployment says."""
    unique_group_names: bool = True
    """Whether two groups may not share a displayName."""
    failure_days: Annotated[int, Field(ge=1, le=365)] = 30
    """For how many days failed requests are kept."""


class NewOrganization(OrganizationSettings):
    """An organization to create."""

    name: Annotated[str, Field(max_length=63)]
    """Login name for the URL: letters, digits and hyphens; compared without case, never changed, never reused."""


class DeletionRequest(AdminModel):
    """How to delete an organization."""

    users: Remains
    """`delete`: every user and group is deleted with its event; `remove`: they are removed without a word."""
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30
    """How long it can be restored."""


class DeletionView(AdminModel):
    """A deletion that is under way."""

    due: Moment
    """Until then the organization can be restored."""
    users: Remains


class OrganizationView(OrganizationSettings):
    """An organization as operators see it."""

    id: str
    name: str
    display_name: str
    state: str
    """active; paused: identity providers are told to come back later; deleting: they are refused."""
    deletion: DeletionView | None
    created: Moment
    scim_base_url: str | None
    """Where its SCIM resources are; null when the function has not been told the public URL."""
    provisioning_base_url: str | None
    """The form without the organization's name; the token alone decides."""
    connection_url: str | None
    """What to enter as the base URL at this identity provider."""
    guide: str
    """The provider's page below docs/idp."""

    @classmethod
    def of(cls, organization: Organization, public_url: str | None) -> OrganizationView:
        """The view of an organization."""
        base = public_url.rstrip("/") if public_url else None
        provider = PROVIDERS[organization.provider]
        deletion = organization.deletion
        return cls(
            **{name: getattr(organization, name) for name in OrganizationSettings.model_fields},
            id=organization.id,
            name=organization.name,
            state=organization.state,
            deletion=DeletionView(due=deletion.due, users=deletion.users) if deletion else None,
            created=organization.created,
            scim_base_url=f"{base}/scim/v2/{organization.name}" if base else None,
            provisioning_base_url=f"{base}/provisioning/{organization.provider}/v2" if base else None,
            connection_url=provider.base_url(base, organization.name) if base else None,
            guide=provider.guide,
        )


class OrganizationDetails(OrganizationView):
    """An organization, and how it is doing."""

    users: int
    groups: int
    live_tokens: int
    last_sync: date | None
    """The last day (UTC) on which a token of its was used; null: none of those whose records are kept."""

    @classmethod
    def detailed(
        cls, view: OrganizationView, counts: tuple[int, int], live: int, records: Sequence[TokenRecord]
    ) -> OrganizationDetails:
        """The view with figures: users and groups, live tokens, and the records to find the last use in."""
        used = [record.last_used for record in records if record.last_used is not None]
        return cls(
            **dict(view),
            users=counts[0],
            groups=counts[1],
            live_tokens=live,
            last_sync=max(used, default=None),
        )


class OrganizationList(AdminModel):
    """Organizations in the order of their names."""

    organizations: tuple[OrganizationView, ...]
    next_cursor: str | None
