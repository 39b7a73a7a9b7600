"""Organizations, as operators create and see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gangway.access import errors
from gangway.http.admin.models import AdminModel, Moment
from gangway.http.admin.operation import SUPPORT, SUPPORT_AND_APPLICATION, AdminCall, Area, Operation
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.access.organization import Organization
    from gangway.access.organizations import Organizations

Provider = Literal["generic", "jumpcloud", "entra", "okta", "onelogin", "google", "ping"]

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.InvalidOrganizationName: ProblemType(
        400, "invalid-organization-name", "The name cannot be that of an organization"
    ),
    errors.UnknownOrganization: ProblemType(404, "unknown-organization", "There is no such organization"),
    errors.OrganizationNameTaken: ProblemType(409, "organization-name-taken", "The name is taken"),
}


class NewOrganization(AdminModel):
    """An organization to create."""

    name: Annotated[str, Field(max_length=63)]
    display_name: Annotated[str, Field(max_length=200)] = ""
    provider: Provider = "generic"
    strict: bool = False


class OrganizationView(AdminModel):
    """An organization as operators see it."""

    id: str
    name: str
    display_name: str
    provider: str
    strict: bool
    state: str
    created: Moment
    token_limit: int
    scim_base_url: str | None
    """For identity providers; null when the function has not been told the public URL."""
    provisioning_base_url: str | None
    """The form without the organization's name; the token alone decides."""

    @classmethod
    def of(cls, organization: Organization, public_url: str | None) -> OrganizationView:
        """The view of an organization."""
        base = public_url.rstrip("/") if public_url else None
        return cls(
            id=organization.id,
            name=organization.name,
            display_name=organization.display_name,
            provider=organization.provider,
            strict=organization.strict,
            state=organization.state,
            created=organization.created,
            token_limit=organization.token_limit,
            scim_base_url=f"{base}/scim/v2/{organization.name}" if base else None,
            provisioning_base_url=f"{base}/provisioning/{organization.provider}/v2" if base else None,
        )


class OrganizationList(AdminModel):
    """Organizations, ordered by name."""

    organizations: tuple[OrganizationView, ...]


@dataclass(frozen=True, slots=True)
class _Organizations:
    organizations: Organizations
    public_url: str | None

    def list(self, _call: AdminCall) -> OrganizationList:
        found = self.organizations.list()
        return OrganizationList(organizations=tuple(OrganizationView.of(one, self.public_url) for one in found))

    def create(self, call: AdminCall) -> OrganizationView:
        wanted = call.body(NewOrganization)
        organization = self.organizations.create(
            wanted.name, display_name=wanted.display_name, provider=wanted.provider, strict=wanted.strict
        )
        return OrganizationView.of(organization, self.public_url)

    def show(self, call: AdminCall) -> OrganizationView:
        return OrganizationView.of(self.organizations.get(call.parameters["org"]), self.public_url)


def organization_area(organizations: Organizations, *, public_url: str | None = None) -> Area:
    """The routes of organizations."""
    here = _Organizations(organizations, public_url)
    listing = Operation("List organizations.", here.list, returns=OrganizationList, roles=SUPPORT)
    creation = Operation(
        "Create an organization.", here.create, body=NewOrganization, returns=OrganizationView, status=201
    )
    showing = Operation("Show an organization.", here.show, returns=OrganizationView, roles=SUPPORT_AND_APPLICATION)
    routes = [Route("/orgs", {"GET": listing, "POST": creation}), Route("/orgs/{org}", {"GET": showing})]
    return Area("Organizations", routes, PROBLEMS)
