"""Organizations, as operators create them, set them up, pause, delete and restore them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, cast

from gangway.access import errors
from gangway.http.admin.operation import SUPPORT, SUPPORT_AND_APPLICATION, AdminCall, Area, Operation
from gangway.http.admin.organization_models import (
    DeletionRequest,
    NewOrganization,
    OrganizationDetails,
    OrganizationList,
    OrganizationSettings,
    OrganizationView,
)
from gangway.http.admin.paging import NAME, PageQuery, cursor_to
from gangway.http.admin.problems import ProblemType
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.organization import Organization, Settings
    from gangway.access.organizations import Organizations
    from gangway.access.tokens import Tokens
    from gangway.clock import Clock
    from gangway.http.admin.operation import Role
    from gangway.scim.schema import Registry, ResourceType

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.InvalidOrganizationName: ProblemType(
        400, "invalid-organization-name", "The name cannot be that of an organization"
    ),
    errors.InvalidSetting: ProblemType(400, "invalid-setting", "A setting cannot have this value"),
    errors.UnknownOrganization: ProblemType(404, "unknown-organization", "There is no such organization"),
    errors.OrganizationNameTaken: ProblemType(409, "organization-name-taken", "The name is taken"),
    errors.WrongState: ProblemType(409, "wrong-state", "This cannot be done in the present state"),
}


class Figures(Protocol):
    """What the directory counts."""

    def __call__(self, organization_id: str) -> tuple[int, int]:
        """The number of users and of groups of an organization."""
        ...


@dataclass(frozen=True, slots=True)
class _Organizations:
    organizations: Organizations
    tokens: Tokens
    count: Figures
    user: ResourceType
    clock: Clock
    public_url: str | None

    def list(self, call: AdminCall) -> OrganizationList:
        page = call.query(PageQuery)
        found, following = self.organizations.page(page.position(NAME), page.limit)
        return OrganizationList(organizations=tuple(self._view(one) for one in found), next_cursor=cursor_to(following))

    def create(self, call: AdminCall) -> OrganizationView:
        wanted = call.body(NewOrganization)
        return self._view(self.organizations.create(wanted.name, by=call.operator, **self._settings(wanted)))

    def show(self, call: AdminCall) -> OrganizationDetails:
        organization = self.organizations.get(call.parameters["org"])
        records, now = self.tokens.list(organization), self.clock.now()
        live = sum(record.is_live(now, organization.auth_epoch) and not record.brief for record in records)
        return OrganizationDetails.detailed(self._view(organization), self.count(organization.id), live, records)

    def change(self, call: AdminCall) -> OrganizationView:
        settings = self._settings(call.body(OrganizationSettings))
        return self._view(self.organizations.change(call.parameters["org"], by=call.operator, **settings))

    def pause(self, call: AdminCall) -> OrganizationView:
        return self._view(self.organizations.pause(call.parameters["org"], by=call.operator))

    def resume(self, call: AdminCall) -> OrganizationView:
        return self._view(self.organizations.resume(call.parameters["org"], by=call.operator))

    def delete(self, call: AdminCall) -> OrganizationView:
        wanted = call.body(DeletionRequest)
        deleting = self.organizations.delete(
            call.parameters["org"], by=call.operator, users=wanted.users, grace=timedelta(days=wanted.grace_days)
        )
        return self._view(deleting)

    def restore(self, call: AdminCall) -> OrganizationView:
        return self._view(self.organizations.restore(call.parameters["org"], by=call.operator))

    def _view(self, organization: Organization) -> OrganizationView:
        return OrganizationView.of(organization, self.public_url)

    def _settings(self, body: OrganizationSettings) -> Settings:
        """What was given, and only that."""
        given = body.model_dump(include=set(OrganizationSettings.model_fields), exclude_unset=True)
        if "required_attributes" in given:
            given["required_attributes"] = tuple(map(self._attribute, given["required_attributes"]))
        return cast("Settings", given)

    def _attribute(self, name: str) -> str:
        """The spelling of a user attribute's name in the schema."""
        attribute = self.user.attributes.get(name.lower())
        if attribute is None or attribute.mutability == "readOnly":
            raise errors.InvalidSetting("requiredAttributes names an attribute that users do not have.")
        return attribute.name


def organization_area(
    organizations: Organizations,
    tokens: Tokens,
    count: Figures,
    registry: Registry,
    clock: Clock,
    *,
    public_url: str | None = None,
) -> Area:
    """The routes of organizations.

    Args:
        organizations: the use cases.
        tokens: to tell which are live, and when one was last used.
        count: counts users and groups.
        registry: the attributes that users have.
        clock: tells the time.
        public_url: in front of the SCIM doors; None if it is not known.
    """
    here = _Organizations(organizations, tokens, count, registry.resource_types["User"], clock, public_url)
    listing = Operation("List organizations.", here.list, query=PageQuery, returns=OrganizationList, roles=SUPPORT)
    creation = Operation("Create an organization.", here.create, NewOrganization, returns=OrganizationView, status=201)
    show = Operation("Show an organization.", here.show, returns=OrganizationDetails, roles=SUPPORT_AND_APPLICATION)
    change = Operation(
        "Change an organization's settings.", here.change, OrganizationSettings, returns=OrganizationView
    )
    return Area(
        "Organizations",
        [
            Route("/orgs", {"GET": listing, "POST": creation}),
            Route("/orgs/{org}", {"GET": show, "PATCH": change}),
            _verb("pause", "Answer its identity provider 503 until it is resumed.", here.pause, SUPPORT),
            _verb("resume", "End a pause.", here.resume, SUPPORT),
            _verb("delete", "Refuse its identity provider, and delete it when a grace period is over.", here.delete),
            _verb("restore", "Take a deletion back within its grace period.", here.restore),
        ],
        PROBLEMS,
    )


def _verb(
    verb: str,
    summary: str,
    answer: Callable[[AdminCall], OrganizationView],
    roles: frozenset[Role] = frozenset(),
) -> Route[Operation]:
    body = DeletionRequest if verb == "delete" else None
    return Route(
        f"/orgs/{{org}}/{verb}", {"POST": Operation(summary, answer, body, returns=OrganizationView, roles=roles)}
    )
