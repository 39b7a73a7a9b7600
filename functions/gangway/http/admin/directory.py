"""Users and groups of an organization, as operators and the company's application look at them.

Reading is SCIM's own: the same parameters, filters and cursors, and the same answers, so that what an operator sees is
what the identity provider sees. Beyond SCIM there are the two things that only an operator may do: bring a deleted
user back, and erase a person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.directory.context import RequestContext
from gangway.directory.upkeep.errors import NotRestorable, UnknownUser
from gangway.http.admin.models import AdminModel
from gangway.http.admin.operation import SUPPORT_AND_APPLICATION, AdminCall, Area, Operation
from gangway.http.admin.problems import ProblemType
from gangway.http.call import selection_of
from gangway.http.reply import Reply
from gangway.http.routing import Route
from gangway.scim.dialect import Dialect
from gangway.scim.messages import parse_query_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.organization import Organization
    from gangway.access.organizations import Organizations
    from gangway.directory.resources import Directory
    from gangway.directory.upkeep.erasure import Erasure
    from gangway.directory.upkeep.undelete import Undelete
    from gangway.scim.schema import Registry

JSON_MEDIA_TYPE = "application/json"
PROBLEMS: Mapping[type[Exception], ProblemType] = {
    UnknownUser: ProblemType(404, "unknown-user", "There is no such user"),
    NotRestorable: ProblemType(409, "not-restorable", "The user cannot be brought back"),
}


class ErasedView(AdminModel):
    """What one round of erasing came to."""

    items: int
    """How many items with values of the person were removed or emptied."""
    done: bool
    """Whether nothing is left; if not, ask again."""


@dataclass(frozen=True, slots=True)
class DirectoryDoor:
    """How operators' requests get into the directory of an organization.

    Attributes:
        organizations: finds them by name.
        registry: schemas and resource types.
        open_directory: opens the directory for a request.
        public_url: URL in front of the doors, for locations; None: locations are relative.
        tombstone_days: for how long a deleted user can come back, where the organization does not say.
    """

    organizations: Organizations
    registry: Registry
    open_directory: Callable[[RequestContext], Directory]
    public_url: str | None = None
    tombstone_days: int = 30

    def context(self, call: AdminCall) -> RequestContext:
        """The context of a request, in the name of whoever signed it."""
        organization = self.organizations.get(call.parameters["org"])
        days = organization.tombstone_days
        return context_for(call, organization, self.public_url, days=self.tombstone_days if days is None else days)


def context_for(call: AdminCall, organization: Organization, public_url: str | None, *, days: int) -> RequestContext:
    """The context of an operator's request to one organization.

    Cursors are signed with a key that is no secret: whoever could make one up may read the whole directory anyway, and
    a cursor leads nowhere else.
    """
    base = public_url.rstrip("/") if public_url else ""
    return RequestContext(
        organization_id=organization.id,
        request_id=call.request.request_id,
        actor=call.actor,
        base_url=f"{base}/scim/v2/{organization.name}",
        cursor_key=hashlib.sha256(b"admin\0" + organization.id.encode()).digest(),
        dialect=Dialect(organization.profile),
        unknown_members=organization.unknown_members,
        required_attributes=organization.required_attributes,
        remaining_ms=call.remaining_ms,
        tombstone_days=days,
        unique_group_names=organization.unique_group_names,
    )


@dataclass(frozen=True, slots=True)
class _Resources:
    door: DirectoryDoor
    resource_type: str

    def list(self, call: AdminCall) -> Reply:
        search = parse_query_parameters(call.request.query)
        directory = self.door.open_directory(self.door.context(call))
        return _json(200, directory.of(self.resource_type).search(search))

    def show(self, call: AdminCall) -> Reply:
        selection = selection_of(parse_query_parameters(call.request.query), self.door.registry, self.resource_type)
        directory = self.door.open_directory(self.door.context(call))
        return _json(200, directory.of(self.resource_type).read(call.parameters["id"], selection, None).body)

    def delete(self, call: AdminCall) -> None:
        directory = self.door.open_directory(self.door.context(call))
        directory.of(self.resource_type).delete(call.parameters["id"], None)


@dataclass(frozen=True, slots=True)
class _Persons:
    door: DirectoryDoor
    open_undelete: Callable[[RequestContext], Undelete]
    open_erasure: Callable[[RequestContext], Erasure]

    def undelete(self, call: AdminCall) -> Reply:
        context = self.door.context(call)
        record = self.open_undelete(context).restore(call.parameters["id"])
        selection = selection_of(parse_query_parameters({}), self.door.registry, "User")
        return _json(200, self.door.open_directory(context).of("User").read(record.id, selection, None).body)

    def erase(self, call: AdminCall) -> ErasedView:
        erased = self.open_erasure(self.door.context(call)._replace(tombstone_days=0)).erase(call.parameters["id"])
        return ErasedView(items=erased.items, done=erased.done)


def directory_area(
    door: DirectoryDoor,
    open_undelete: Callable[[RequestContext], Undelete],
    open_erasure: Callable[[RequestContext], Erasure],
) -> Area:
    """The routes of users and groups."""
    users, groups = _Resources(door, "User"), _Resources(door, "Group")
    persons = _Persons(door, open_undelete, open_erasure)
    readers = SUPPORT_AND_APPLICATION
    routes = [
        Route("/orgs/{org}/users", {"GET": Operation("List or search users, as in SCIM.", users.list, roles=readers)}),
        Route(
            "/orgs/{org}/users/{id}",
            {
                "GET": Operation("Show a user, as in SCIM.", users.show, roles=readers),
                "DELETE": Operation("Delete a user; it can be brought back for a while.", users.delete, status=204),
            },
        ),
        Route("/orgs/{org}/users/{id}/undelete", {"POST": Operation("Bring a deleted user back.", persons.undelete)}),
        Route(
            "/orgs/{org}/users/{id}/erase",
            {"POST": Operation("Erase all values of a person, for good.", persons.erase, returns=ErasedView)},
        ),
        Route(
            "/orgs/{org}/groups", {"GET": Operation("List or search groups, as in SCIM.", groups.list, roles=readers)}
        ),
        Route("/orgs/{org}/groups/{id}", {"GET": Operation("Show a group, as in SCIM.", groups.show, roles=readers)}),
    ]
    return Area("Directory", routes, PROBLEMS)


def _json(status: int, body: Mapping[str, object] | None) -> Reply:
    return Reply(status, body, media_type=JSON_MEDIA_TYPE)
