"""What a use case must know about the request it serves, and nothing about HTTP or tokens.

The organization comes from the verified token, never from a path or a body; everything below takes it from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.scim.dialect import Dialect


class RequestContext(NamedTuple):
    """One authenticated request.

    Attributes:
        organization_id: the organization's immutable id.
        request_id: id of the HTTP request. It is kept in everything the request writes, which is how a write whose
            answer was lost is known to be one's own. Operations of one bulk request need an id each.
        actor: key id of the token; bookmarks and cursors belong to it.
        base_url: SCIM base URL of this organization without a trailing slash; ``Location`` and ``$ref`` begin with it.
        cursor_key: what cursors are signed with (the token's stored hash, so a revoked token's cursors are worthless).
        dialect: the leniencies in force.
        unknown_members: what happens to members that do not exist: refuse the request, or skip and count them.
        required_attributes: attributes this organization wants in every user beyond the schema's own.
        remaining_ms: milliseconds until the function is stopped.
        tombstone_days: for how many days a deleted user can be restored by the return of the same person.
        unique_group_names: whether two groups may not share a displayName.
        initial_sync: whether events are marked as those of an identity provider that fills an empty directory.
        skipped_members: called with the number of unknown members that were skipped.
    """

    organization_id: str
    request_id: str
    actor: str
    base_url: str
    cursor_key: bytes
    dialect: Dialect
    unknown_members: Literal["refuse", "skip"]
    required_attributes: tuple[str, ...]
    remaining_ms: Callable[[], int]
    tombstone_days: int = 30
    unique_group_names: bool = True
    initial_sync: bool = False
    skipped_members: Callable[[int], None] = lambda _count: None
