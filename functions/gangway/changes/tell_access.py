"""Tell of organizations and tokens: changes that operators make, in the same log as those of identity providers.

An application wants to know that a customer was set up, renamed or closed, and a security team that a token was minted
or revoked, by whom and when. They are told as changes of resources are: whole attributes, before and after, written in
the transaction of the change. Documents here are what an operator sees, so they never hold a token's text or its hash.

Versions count the changes of one organization's settings, or of one token, from 1 without gaps; they are kept with the
record, as that is what the events' ids and their order are made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gangway.changes.tell import resource_changed, resource_created, resource_deleted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.changes.event import Cause, ChangeEvent

type TokenEvent = Literal["token.rotated", "token.expiring", "token.suspended", "token.resumed", "token.revoked"]


def organization_created(cause: Cause, document: Mapping[str, Any]) -> ChangeEvent:
    """Tell of a new organization: version 1."""
    return resource_created(cause, "Organization", cause.organization_id, 1, document)


def organization_updated(
    cause: Cause, version: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> ChangeEvent | None:
    """Tell how an organization's settings changed; None when they did not."""
    return resource_changed(cause, "Organization", cause.organization_id, version, before, after)


def organization_deleted(cause: Cause, version: int, document: Mapping[str, Any]) -> ChangeEvent:
    """Tell that an organization is closed. `document` is its last state."""
    return resource_deleted(cause, "Organization", cause.organization_id, version, document)


def directory_restored(cause: Cause, version: int, document: Mapping[str, Any]) -> ChangeEvent:
    """Tell that a directory went back to an earlier state. `document` says to which, and why."""
    event = resource_created(cause, "Organization", cause.organization_id, version, document)
    return event._replace(type="directory.restored")


def token_created(cause: Cause, key_id: str, document: Mapping[str, Any]) -> ChangeEvent:
    """Tell of a new token: version 1."""
    return resource_created(cause, "Token", key_id, 1, document)


def token_changed(
    cause: Cause, event_type: TokenEvent, key_id: str, version: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> ChangeEvent | None:
    """Tell what became of a token; None when nothing of what operators see changed.

    Args:
        event_type: ``token.rotated`` when another takes its place (which has an event of its own), ``token.expiring``
            when it is high time for that, ``token.suspended``, ``token.resumed``, or ``token.revoked`` for good.
    """
    event = resource_changed(cause, "Token", key_id, version, before, after)
    return event and event._replace(type=event_type)
