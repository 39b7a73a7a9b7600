"""Typed models of the events that applications receive: by webhook, by pull, or (without values) from EventBridge.

An application imports this module (it needs pydantic only), hands the body to `parse_event` and matches on the class.
These models are also where the JSON Schemas in ``docs/event-schemas`` come from, so schema, documentation and types
cannot disagree; a test compares them with what the relay really writes. The functions of the stack themselves do not
import it: they write events and need no validation of their own words.

Members that are not known here are ignored, so an older application goes on understanding newer events.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Data(_Model):
    """What every event says."""

    resource_id: str = Field(description="Immutable id of the resource that changed.")
    version: int = Field(ge=1, description="The resource's version after the change.")
    external_id: str | None = Field(None, description="The identity provider's id; only in events with values.")
    actor: str = Field(description="Key id of the token, or ARN of the administrator, that made the change.")
    request_id: str = Field(description="Id of the request that made the change.")
    initial_sync: bool = Field(description="Whether an identity provider was filling an empty directory.")
    changed: list[str] = Field(description="Paths of what changed, in PATCH syntax.")
    erased: bool = Field(False, description="The values of this event were erased.")


class ResourceData(Data):
    """What an event about a resource's attributes says; before and after only in events with values."""

    resource_type: Literal["User", "Group", "Organization", "Token"]
    before: dict[str, Any] | None = Field(None, description="Attributes that were replaced or removed, whole.")
    after: dict[str, Any] | None = Field(None, description="Attributes that were set, whole.")


class MembersData(Data):
    """What an event about a group's members says; the ids only in events with values."""

    resource_type: Literal["Group"]
    members_added: list[str] | None = Field(None, max_length=500, description="Ids of users and groups that joined.")
    members_removed: list[str] | None = Field(None, max_length=500, description="Ids of users and groups that left.")


class _Event(_Model):
    id: str = Field(pattern=r"^[A-Za-z0-9_-]+$", description="The same on every delivery: de-duplicate by it.")
    schema_version: Literal[1]
    timestamp: AwareDatetime = Field(description="When the change was made.")
    organization_id: str
    number: int | None = Field(
        None, ge=1, description="Place in the organization's log; without gaps, but before `directory.restored`."
    )


class _ResourceEvent(_Event):
    data: ResourceData


class UserCreated(_ResourceEvent):
    """A user is new."""

    type: Literal["user.created"]


class UserUpdated(_ResourceEvent):
    """Attributes of a user changed."""

    type: Literal["user.updated"]


class UserDeactivated(_ResourceEvent):
    """A user's `active` became false, perhaps with other changes: end sessions, deny access."""

    type: Literal["user.deactivated"]


class UserReactivated(_ResourceEvent):
    """A user's `active` became true again, perhaps with other changes."""

    type: Literal["user.reactivated"]


class UserDeleted(_ResourceEvent):
    """A user is gone; `before` is the last state."""

    type: Literal["user.deleted"]


class UserRestored(_ResourceEvent):
    """A deleted user is back under the same id, without memberships; `after` is the state from now on."""

    type: Literal["user.restored"]


class GroupCreated(_ResourceEvent):
    """A group is new; its members, if any, follow in events of their own."""

    type: Literal["group.created"]


class GroupUpdated(_ResourceEvent):
    """Attributes of a group changed, not its members."""

    type: Literal["group.updated"]


class GroupDeleted(_ResourceEvent):
    """A group is gone, and its memberships with it."""

    type: Literal["group.deleted"]


class GroupMembersChanged(_Event):
    """Members joined or left a group; large changes come in several events."""

    type: Literal["group.members_changed"]
    data: MembersData


class OrganizationCreated(_ResourceEvent):
    """An organization is new."""

    type: Literal["organization.created"]


class OrganizationUpdated(_ResourceEvent):
    """Settings of an organization changed."""

    type: Literal["organization.updated"]


class OrganizationDeleted(_ResourceEvent):
    """An organization is gone, with all that belonged to it."""

    type: Literal["organization.deleted"]


class DirectoryRestored(_ResourceEvent):
    """The directory went back to an earlier state: what was told since then may not be so any more; take a snapshot."""

    type: Literal["directory.restored"]


class TokenCreated(_ResourceEvent):
    """A token was minted; its secret is never told."""

    type: Literal["token.created"]


class TokenRotated(_ResourceEvent):
    """A token took the place of another."""

    type: Literal["token.rotated"]


class TokenExpiring(_ResourceEvent):
    """A token expires soon, and the identity provider will be locked out unless it is replaced."""

    type: Literal["token.expiring"]


class TokenSuspended(_ResourceEvent):
    """A token is refused until it is resumed."""

    type: Literal["token.suspended"]


class TokenResumed(_ResourceEvent):
    """A suspended token is accepted again."""

    type: Literal["token.resumed"]


class TokenRevoked(_ResourceEvent):
    """A token is refused from now on."""

    type: Literal["token.revoked"]


_OneOf = (
    UserCreated
    | UserUpdated
    | UserDeactivated
    | UserReactivated
    | UserDeleted
    | UserRestored
    | GroupCreated
    | GroupUpdated
    | GroupDeleted
    | GroupMembersChanged
    | OrganizationCreated
    | OrganizationUpdated
    | OrganizationDeleted
    | DirectoryRestored
    | TokenCreated
    | TokenRotated
    | TokenExpiring
    | TokenSuspended
    | TokenResumed
    | TokenRevoked
)
AnyEvent = Annotated[_OneOf, Field(discriminator="type")]

_ANY_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def parse_event(body: bytes | str) -> AnyEvent:
    """Read an event as it was received. Raises pydantic.ValidationError."""
    return _ANY_EVENT.validate_json(body)


def json_schemas() -> dict[str, dict[str, Any]]:
    """Give the JSON Schema (draft 2020-12) of each event type, by type."""
    schemas = {}
    for model in get_args(_OneOf):
        (event_type,) = get_args(model.model_fields["type"].annotation)
        schemas[event_type] = {"$schema": _DRAFT, **model.model_json_schema(mode="serialization")}
    return schemas


if __name__ == "__main__":
    # python -m gangway.changes.models docs/event-schemas
    for name, schema in json_schemas().items():
        (Path(sys.argv[1]) / f"{name}.json").write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
