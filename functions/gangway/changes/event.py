"""Change events: what one request did to one resource, exactly described.

The directory writes the events of a change into the outbox in the change's own transaction, so there is no change
without its events and no event without its change. From there they travel as JSON through the log to applications, and
that JSON form is read by code of other versions than wrote it; so it carries a version and is refused when unknown.

An event's id is given when the change commits and derived from what was changed, so it stays the same however often, by
whomever and whenever the event is sent: it is what receivers de-duplicate by. A change of many members is told in
events of at most `MEMBERS_PER_EVENT` members, whose ids are derived from the first one's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast, get_args

from gangway.changes.difference import changed_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EventType = Literal[
    "user.created",
    "user.updated",
    "user.deactivated",
    "user.reactivated",
    "user.deleted",
    "user.restored",
    "group.created",
    "group.updated",
    "group.deleted",
    "group.members_changed",
    "organization.created",
    "organization.updated",
    "organization.deleted",
    "directory.restored",
    "token.created",
    "token.rotated",
    "token.expiring",
    "token.suspended",
    "token.resumed",
    "token.revoked",
]
EVENT_TYPES: Final[frozenset[str]] = frozenset(get_args(EventType))

SCHEMA_VERSION: Final = 1
"""Version of the JSON form below. Readers refuse a newer one instead of guessing (see `UnreadableEventError`)."""

MEMBERS_PER_EVENT: Final = 500
"""Largest number of members that one event tells of."""


class UnreadableEventError(ValueError):
    """A stored event does not have the form this version of Gangway understands. Its text names no values."""


class Cause(NamedTuple):
    """Who did it, by which request, when: the part that all events of one request share.

    Attributes:
        organization_id: the organization's immutable id.
        actor: key id of the token, or ARN of the administrator; never a secret.
        request_id: id of the HTTP request, as in logs and in the answer's headers.
        time: when the change was made; RFC 3339 in UTC with milliseconds (``2026-01-31T12:00:00.000Z``).
        initial_sync: true while an identity provider fills an empty directory, so that an application can tell the
            first thousand people from a thousand newcomers.
    """

    organization_id: str
    actor: str
    request_id: str
    time: str
    initial_sync: bool = False


class ChangeEvent(NamedTuple):
    """One change event. `before` and `after` are fragments as `gangway.changes.difference` describes them.

    Attributes:
        type: what happened, for instance ``user.deactivated``.
        version: the resource's version after the change, counted from 1; grows from cause to effect.
        external_id: the identity provider's id of the resource, after the change (before it, for a deletion).
        before: attributes that the change replaced or removed; None when the resource was not there before.
        after: attributes that the change set; None when the resource is gone.
        members_added: ids of users and groups that became members (``group.members_changed`` only).
        members_removed: ids that ceased to be members.
        erased: the values were there once and are no more: what changed is known by name only.
        id: stable identity, the same on every delivery; letters, digits and ``-`` only, as webhook ids must be.
            `gangway.changes.tell.identified` gives it.
    """

    type: EventType
    organization_id: str
    resource_type: str
    resource_id: str
    version: int
    external_id: str | None
    actor: str
    request_id: str
    time: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    members_added: tuple[str, ...] = ()
    members_removed: tuple[str, ...] = ()
    initial_sync: bool = False
    erased: bool = False
    id: str = ""

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the changed attributes in PATCH path syntax, ``members`` included; never values."""
        if self.type == "group.members_changed":
            return ("members",)
        return changed_paths(self.before or {}, self.after or {})

    def after_restores(self, restores: int) -> ChangeEvent:
        """The same event under an id that none told before a directory was last restored can have.

        Ids are made of versions, and a restored resource goes through versions a second time.
        """
        return self._replace(id=f"{self.id}-r{restores}") if restores else self

    def to_document(self) -> dict[str, Any]:
        """Give the JSON form, which is also what applications receive (there with the log's ``number`` added)."""
        data: dict[str, Any] = {
            "resourceType": self.resource_type,
            "resourceId": self.resource_id,
            "version": self.version,
            "externalId": self.external_id,
            "actor": self.actor,
            "requestId": self.request_id,
            "initialSync": self.initial_sync,
            "changed": list(self.changed),
        }
        if self.type == "group.members_changed":
            data |= {"membersAdded": list(self.members_added), "membersRemoved": list(self.members_removed)}
        else:
            data |= {"before": self.before, "after": self.after}
        return {
            "id": self.id,
            "type": self.type,
            "schemaVersion": SCHEMA_VERSION,
            "timestamp": self.time,
            "organizationId": self.organization_id,
            "data": data,
        }

    @classmethod
    def from_document(cls, document: object) -> ChangeEvent:
        """Read the JSON form back.

        Raises:
            UnreadableEventError: not the form of a known event type and schema version.
        """
        try:
            return cls._read(cast("Mapping[str, Any]", document))
        except (KeyError, TypeError, AttributeError) as error:
            message = f"not a change event: {type(error).__name__} while reading it"
            raise UnreadableEventError(message) from error

    @classmethod
    def _read(cls, document: Mapping[str, Any]) -> ChangeEvent:
        if document["schemaVersion"] != SCHEMA_VERSION:
            raise UnreadableEventError(f"change events of schema version {SCHEMA_VERSION} only are understood here")
        if document["type"] not in EVENT_TYPES:
            raise UnreadableEventError("not a change event: its type is unknown here")
        data = document["data"]
        return cls(
            type=document["type"],
            organization_id=document["organizationId"],
            resource_type=data["resourceType"],
            resource_id=data["resourceId"],
            version=int(data["version"]),
            external_id=data.get("externalId"),
            actor=data["actor"],
            request_id=data["requestId"],
            time=document["timestamp"],
            before=data.get("before"),
            after=data.get("after"),
            members_added=tuple(data.get("membersAdded", ())),
            members_removed=tuple(data.get("membersRemoved", ())),
            initial_sync=bool(data["initialSync"]),
            erased=bool(data.get("erased")),
            id=document["id"],
        )


def dump_change(events: Sequence[ChangeEvent]) -> str:
    """Write the events of one change as the text that an outbox item holds in ``e``."""
    return _compact([event.to_document() for event in events])


def load_change(text: str) -> tuple[ChangeEvent, ...]:
    """Read an outbox item's ``e`` back. Raises UnreadableEventError."""
    documents = _parse(text)
    if not isinstance(documents, list):
        raise UnreadableEventError("not the events of a change: a JSON array is expected")
    if not documents:
        raise UnreadableEventError("not the events of a change: there are none")
    return tuple(ChangeEvent.from_document(document) for document in documents)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableEventError("not a change event: not JSON") from error
