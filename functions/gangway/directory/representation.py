"""How stored resources are shown: with id, meta, and what is derived from memberships.

``groups`` of a user and ``members`` of a group are not stored in either; they are joined here, and only when the
answer is to contain them. The display name of a member or group is that of the other resource as it is now. Both make
answers grow with the directory, so there are bounds: a group of more than `MAX_MEMBERS` is shown without them, names
are looked up for `MAX_DISPLAYS` members unless they were asked for, and a list ends its page early.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.directory import nesting
from gangway.directory.identifiers import resource_type_of
from gangway.directory.preconditions import etag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gangway.directory.context import RequestContext
    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Memberships, Record
    from gangway.scim.projection import Selection
    from gangway.scim.schema import Registry

MAX_MEMBERS: Final = 15_000
"""Members shown in full; about 2 MB of JSON, in an answer that may have six."""

MAX_DISPLAYS: Final = 200
"""Members whose names are looked up without being asked for: two reads of a hundred."""

_EPOCH: Final = datetime(1970, 1, 1)  # in UTC, and without saying so: isoformat would say it the long way


class Answer(NamedTuple):
    """What a use case answers: HTTP status, body and the two headers that belong to a resource."""

    status: int
    body: dict[str, Any] | None = None
    etag: str | None = None
    location: str | None = None


def timestamp(milliseconds: int) -> str:
    """RFC 3339 in UTC with milliseconds (RFC 7643 section 2.3.5)."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds") + "Z"


class Presenter:
    """Makes the answers of one request."""

    def __init__(self, store: DirectoryStore, registry: Registry, context: RequestContext) -> None:
        self._store = store
        self._registry = registry
        self._context = context

    def location(self, resource_id: str) -> str:
        """The resource's URI."""
        resource_type = self._registry.resource_types[resource_type_of(resource_id)]
        return f"{self._context.base_url}{resource_type.endpoint}/{resource_id}"

    def bare(self, record: Record) -> dict[str, Any]:
        """The resource without what is derived from memberships."""
        return {
            **record.document,
            "id": record.id,
            "meta": {
                "resourceType": record.resource_type,
                "created": timestamp(record.created),
                "lastModified": timestamp(record.modified),
                "location": self.location(record.id),
                "version": etag(record),
            },
        }

    def user(self, record: Record, memberships: Memberships, selection: Selection) -> dict[str, Any]:
        """A user as an answer shows it, with its groups as far as they were read."""
        resource = self.bare(record)
        if groups := self.groups(memberships).get(record.id):
            resource["groups"] = groups
        return selection.apply(resource)

    def group(self, record: Record, selection: Selection) -> dict[str, Any]:
        """A group as an answer shows it, with its members if the selection wants them."""
        resource = self.bare(record)
        if selection.wants("members") and (members := self._members(record, selection)):
            resource["members"] = members
        return selection.apply(resource)

    def groups(self, memberships: Memberships) -> dict[str, list[dict[str, Any]]]:
        """``groups`` of users, direct ones first."""
        parents = nesting.parents(self._store.members, memberships)
        wanted = {group for groups in [*memberships.direct.values(), *parents.values()] for group in groups}
        heads = self._store.heads.records(sorted(wanted)) if wanted else {}
        return {
            user: [
                *self.group_elements(direct, heads),
                *self.group_elements(nesting.above(direct, parents, heads), heads, "indirect"),
            ]
            for user, direct in memberships.direct.items()
        }

    def group_elements(
        self, groups: Iterable[str], heads: Mapping[str, Record], how: str = "direct"
    ) -> list[dict[str, Any]]:
        """Elements of ``groups``; those that are gone by now are not in `heads` and left out."""
        return [
            {"value": group, "$ref": self.location(group), **_display(heads[group]), "type": how}
            for group in groups
            if group in heads
        ]

    def member_elements(self, members: Iterable[str], heads: Mapping[str, Record] | None) -> list[dict[str, Any]]:
        """``members`` of a group; with `heads`, those that are gone are left out and the others are named."""
        elements = []
        for member in members:
            if heads is not None and member not in heads:
                continue
            display = _display(heads[member]) if heads is not None else {}
            element = {"value": member, "$ref": self.location(member), "type": resource_type_of(member)}
            elements.append(element | display)
        return elements

    def _members(self, record: Record, selection: Selection) -> list[dict[str, Any]]:
        """The members of a group; none if they are too many.

        Who reads the members' heads sees who is deleted; who does not must ask, before reading the members.
        """
        if record.members > MAX_MEMBERS and record.intent is None:
            return []
        named = shows_names(selection, record.members) and record.intent is None
        deleted = frozenset() if named or not (record.members or record.intent) else self._store.members.deleted()
        stored = self._store.members.of(record) if record.members or record.intent else ()
        members = [member for member in stored if member not in deleted]
        if len(members) > MAX_MEMBERS:
            return []
        named = shows_names(selection, len(members))
        return self.member_elements(members, self._store.heads.records(members) if named and members else None)


def shows_names(selection: Selection, members: int) -> bool:
    """Whether a group's answer contains the names of its members: asked for, or few and not asked to do without."""
    if selection.names("members.display"):
        return True
    asked_for_less = any(selection.names(f"members.{part}") for part in ("value", "$ref", "type"))
    return members <= MAX_DISPLAYS and not asked_for_less


def _display(record: Record) -> dict[str, str]:
    """The name a resource goes by: its displayName, else the formatted name; a userName is no name to show."""
    name = record.document.get("name")
    formatted = name.get("formatted") if isinstance(name, dict) else None
    for value in (record.document.get("displayName"), formatted):
        if isinstance(value, str) and value:
            return {"display": value}
    return {}
