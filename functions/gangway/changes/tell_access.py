"""Tell of organizations and tokens: changes that operators make, in the same log as those of identity providers.

An application wants to know that a customer was set up, renamed or closed, and a security team that a token was minted
or revoked, by whom and when. They are told as changes of resources are: whole attributes, before and after, written in
the transaction of the change. Documents here are what an operator sees, so they never hold a token's text or its hash.

Versions count the changes of one organization's settings, or of one token, from 1 without gaps; they are kept with the
record, as that is what the events' ids and their order are made of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gangway.changes.tell import resource_changed, resource_created, resource_deleted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.changes.event import Cause, ChangeEvent


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


def token_created(cause: Cause, key_id: str, document: Mapping[str, Any]) -> ChangeEvent:
    """Tell of a new token: version 1."""
    return resource_created(cause, "Token", key_id, 1, document)


def token_rotated(
    cause: Cause, key_id: str, version: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> ChangeEvent | None:
    """Tell that another token takes this one's place, and until when this one lives; the other has its own event."""
    event = resource_changed(cause, "Token", key_id, version, before, after)
    return event and replace(event, type="token.rotated")


def token_revoked(
    cause: Cause, key_id: str, version: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> ChangeEvent | None:
    """Tell that a token is refused from now on; None when it already was."""
    event = resource_changed(cause, "Token", key_id, version, before, after)
    return event and replace(event, type="token.revoked")
