"""What events say of organizations and tokens: what an operator sees of them, and never a secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord


def organization_document(organization: Organization) -> dict[str, Any]:
    """The settings of an organization, in the spelling of the admin API."""
    deletion = organization.deletion
    return _told(
        name=organization.name,
        displayName=organization.display_name,
        created=organization.created,
        provider=organization.provider,
        strict=organization.strict,
        state=organization.state,
        deletion={"due": _plain(deletion.due), "users": deletion.users} if deletion else None,
        authEpoch=organization.auth_epoch,
        unknownMembers=organization.unknown_members,
        requiredAttributes=list(organization.required_attributes),
        tokenLimit=organization.token_limit,
        rateLimit=organization.rate_limit,
        tombstoneDays=organization.tombstone_days,
        uniqueGroupNames=organization.unique_group_names,
        failureDays=organization.failure_days,
    )


def token_document(record: TokenRecord) -> dict[str, Any]:
    """What is kept of a token besides its hash, in the spelling of the admin API."""
    return _told(
        keyId=record.key_id,
        label=record.label,
        creator=record.creator,
        created=record.created,
        expires=record.expires,
        scopes=sorted(record.scopes),
        sourceRanges=list(record.source_ranges),
        state=record.state,
        successor=record.successor,
        daysLeft=record.warned,
    )


def _told(**members: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in members.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
