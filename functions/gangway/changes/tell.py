"""Tell a change: from the states of a resource before and after to its change events.

Pure functions, so that the directory can call them while it prepares a transaction, and again when it must retry.
Nothing changed, nothing is told: `resource_changed` gives None, `members_changed` gives no events, and `change` drops
both, so a write without effect leaves no trace in the log.

Secrets never enter an event: `secret_attributes` are dropped before anything is compared. They are paths as in a
schema's own spelling: ``password``, ``keys.secret``, ``urn:example:Badge:pin``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from gangway.changes.difference import difference
from gangway.changes.event import MEMBERS_PER_EVENT, Cause, ChangeEvent, EventType

SECRET_ATTRIBUTES: Final = ("password",)


def resource_created(
    cause: Cause,
    resource_type: str,
    resource_id: str,
    version: int,
    document: Mapping[str, Any],
    *,
    secret_attributes: Collection[str] = SECRET_ATTRIBUTES,
) -> ChangeEvent:
    """Tell of a new resource. `document` is its stored form: without ``id``, ``meta`` and members."""
    after = _without_secrets(document, secret_attributes)
    event_type = cast("EventType", f"{resource_type.lower()}.created")
    return _event(cause, event_type, resource_type, resource_id, version, None, after)


def resource_restored(
    cause: Cause,
    resource_type: str,
    resource_id: str,
    version: int,
    document: Mapping[str, Any],
    *,
    secret_attributes: Collection[str] = SECRET_ATTRIBUTES,
) -> ChangeEvent:
    """Tell that a deleted user is back under the same id. `document` is the state from now on."""
    created = resource_created(
        cause, resource_type, resource_id, version, document, secret_attributes=secret_attributes
    )
    return created._replace(type="user.restored")


def resource_changed(
    cause: Cause,
    resource_type: str,
    resource_id: str,
    version: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    secret_attributes: Collection[str] = SECRET_ATTRIBUTES,
) -> ChangeEvent | None:
    """Tell how a resource changed between two stored forms; None when nothing that may be told has changed.

    A user whose ``active`` turns false is ``user.deactivated`` (true again: ``user.reactivated``), whatever else
    changed with it; an absent ``active`` counts as true.
    """
    was = _without_secrets(before, secret_attributes)
    is_now = _without_secrets(after, secret_attributes)
    old, new = difference(was, is_now)
    if not old and not new:
        return None
    event_type = cast("EventType", f"{resource_type.lower()}.updated")
    if resource_type == "User" and _is_active(was) != _is_active(is_now):
        event_type = "user.reactivated" if _is_active(is_now) else "user.deactivated"
    return _event(cause, event_type, resource_type, resource_id, version, old, new, external_id=_external_id(is_now))


def resource_deleted(
    cause: Cause,
    resource_type: str,
    resource_id: str,
    version: int,
    document: Mapping[str, Any],
    *,
    secret_attributes: Collection[str] = SECRET_ATTRIBUTES,
) -> ChangeEvent:
    """Tell that a resource is gone, memberships included. `document` is its last stored form."""
    before = _without_secrets(document, secret_attributes)
    event_type = cast("EventType", f"{resource_type.lower()}.deleted")
    return _event(cause, event_type, resource_type, resource_id, version, before, None)


def members_changed(
    cause: Cause,
    group_id: str,
    version: int,
    *,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    external_id: str | None = None,
) -> tuple[ChangeEvent, ...]:
    """Tell who became and who ceased to be a member of a group, in events of at most `MEMBERS_PER_EVENT` members.

    `added` and `removed` are what really changed, not what was asked for; both empty gives no event.
    """
    added, removed = tuple(added), tuple(removed)
    moves = [(member, False) for member in removed] + [(member, True) for member in added]
    whole = ChangeEvent(
        type="group.members_changed",
        organization_id=cause.organization_id,
        resource_type="Group",
        resource_id=group_id,
        version=version,
        external_id=external_id,
        actor=cause.actor,
        request_id=cause.request_id,
        time=cause.time,
        initial_sync=cause.initial_sync,
    )
    slices = [moves[start : start + MEMBERS_PER_EVENT] for start in range(0, len(moves), MEMBERS_PER_EVENT)]
    return tuple(
        whole._replace(
            members_added=tuple(member for member, joins in moved if joins),
            members_removed=tuple(member for member, joins in moved if not joins),
        )
        for moved in slices
    )


def change(*told: ChangeEvent | Sequence[ChangeEvent] | None) -> tuple[ChangeEvent, ...]:
    """Join what was told of one change into its events; nothing told gives ``()``.

    Example: ``change(resource_changed(…), members_changed(…))`` for a PATCH that renames a group and adds a member.

    Raises:
        ValueError: the events are not of one resource.
    """
    events: list[ChangeEvent] = []
    for item in told:
        events.extend((item,) if isinstance(item, ChangeEvent) else item or ())
    if len({(event.organization_id, event.resource_id) for event in events}) > 1:
        raise ValueError("the events of one change belong to one resource")
    return tuple(events)


def identified(events: Sequence[ChangeEvent], stream: str, sequence: int) -> tuple[ChangeEvent, ...]:
    """Give the events of one change their ids: its place in what it is ordered within, and their place in the change.

    `stream` and `sequence` must be unique in the organization together, and stay the same when a request is retried.
    """
    base = f"{stream.replace('.', '-')}-{sequence}"
    return tuple(event._replace(id=f"{base}-{part}" if part else base) for part, event in enumerate(events))


def _event(
    cause: Cause,
    event_type: EventType,
    resource_type: str,
    resource_id: str,
    version: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    external_id: str | None = None,
) -> ChangeEvent:
    return ChangeEvent(
        type=event_type,
        organization_id=cause.organization_id,
        resource_type=resource_type,
        resource_id=resource_id,
        version=version,
        external_id=external_id or _external_id(after if after is not None else before or {}),
        actor=cause.actor,
        request_id=cause.request_id,
        time=cause.time,
        before=before,
        after=after,
        initial_sync=cause.initial_sync,
    )


def _without_secrets(document: Mapping[str, Any], secret_attributes: Collection[str]) -> dict[str, Any]:
    """A document without the attributes at these paths, however deep they are."""
    secret = {path.lower() for path in secret_attributes}
    if not any("." in path or ":" in path for path in secret):
        # The usual case, and a third of what telling costs: nothing below the first level needs to be looked at.
        return {name: value for name, value in document.items() if name.lower() not in secret}

    def shown(value: object, prefix: str) -> Any:
        if isinstance(value, list):
            return [shown(element, prefix) for element in value]
        if not isinstance(value, Mapping):
            return value
        kept = {}
        for name, member in value.items():
            path = prefix + name
            is_extension = not prefix and name.lower().startswith("urn:")
            if path.lower() not in secret:
                kept[name] = shown(member, path + (":" if is_extension else "."))
        return kept

    return cast("dict[str, Any]", shown(document, ""))


def _is_active(document: Mapping[str, Any]) -> bool:
    return document.get("active") is not False


def _external_id(document: Mapping[str, Any]) -> str | None:
    value = document.get("externalId")
    return value if isinstance(value, str) else None
