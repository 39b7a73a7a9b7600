"""How organizations, login names and token records look as items."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gangway.access.organization import Organization
from gangway.access.token import TokenRecord
from gangway.storage import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES_PARTITION = "ORGANIZATIONS"
SETTINGS_KEY = "META"

type Item = Mapping[str, Any]


def settings_key(organization_id: str) -> dict[str, Any]:
    """Key of an organization's settings."""
    return _key(keys.access(organization_id, SETTINGS_KEY))


def token_key(organization_id: str, key_id: str) -> dict[str, Any]:
    """Key of a token's record."""
    return _key(keys.access(organization_id, key_id))


def name_key(folded_name: str) -> dict[str, Any]:
    """Key of a login name."""
    return {"pk": text(NAMES_PARTITION), "sk": text(folded_name)}


def rate_key(organization_id: str, second: int) -> dict[str, Any]:
    """Key of the counter of one second (of the epoch)."""
    return {"pk": text(f"{organization_id}#Q"), "sk": text(str(second))}


def name_item(organization: Organization) -> dict[str, Any]:
    """The item that takes a login name."""
    return {**name_key(organization.name), "k": text("name"), "organization": text(organization.id)}


def settings_item(organization: Organization) -> dict[str, Any]:
    """The settings item of an organization."""
    return {
        **settings_key(organization.id),
        "k": text("meta"),
        "name": text(organization.name),
        "display_name": text(organization.display_name),
        "created": _time(organization.created),
        "provider": text(organization.provider),
        "strict": {"BOOL": organization.strict},
        "state": text(organization.state),
        "auth_epoch": number(organization.auth_epoch),
        "unknown_members": text(organization.unknown_members),
        "required_attributes": _texts(organization.required_attributes),
        "token_limit": number(organization.token_limit),
        "ledger": number(organization.ledger),
        **({} if organization.rate_limit is None else {"rate_limit": number(organization.rate_limit)}),
    }


def organization(item: Item) -> Organization:
    """Read a settings item."""
    return Organization(
        id=item["pk"]["S"].removesuffix("#A"),
        name=item["name"]["S"],
        display_name=item["display_name"]["S"],
        created=_moment(item["created"]),
        provider=item["provider"]["S"],
        strict=item["strict"]["BOOL"],
        state=item["state"]["S"],
        auth_epoch=int(item["auth_epoch"]["N"]),
        unknown_members=item["unknown_members"]["S"],
        required_attributes=tuple(entry["S"] for entry in item["required_attributes"]["L"]),
        token_limit=int(item["token_limit"]["N"]),
        rate_limit=int(item["rate_limit"]["N"]) if "rate_limit" in item else None,
        ledger=int(item["ledger"]["N"]),
    )


def token_item(organization_id: str, record: TokenRecord) -> dict[str, Any]:
    """The record of a token, as an item."""
    return {
        **token_key(organization_id, record.key_id),
        "k": text("token"),
        "label": text(record.label),
        "creator": text(record.creator),
        "created": _time(record.created),
        "shard": text(record.shard),
        "revision": number(record.revision),
        "auth_epoch": number(record.auth_epoch),
        "scopes": _texts(sorted(record.scopes)),
        "source_ranges": _texts(record.source_ranges),
        "state": text(record.state),
        **({} if record.expires is None else {"expires": _time(record.expires)}),
    }


def token(item: Item) -> TokenRecord:
    """Read a token record."""
    return TokenRecord(
        key_id=item["sk"]["S"],
        label=item["label"]["S"],
        creator=item["creator"]["S"],
        created=_moment(item["created"]),
        shard=item["shard"]["S"],
        revision=int(item["revision"]["N"]),
        auth_epoch=int(item["auth_epoch"]["N"]),
        expires=_moment(item["expires"]) if "expires" in item else None,
        scopes=frozenset(entry["S"] for entry in item["scopes"]["L"]),
        source_ranges=tuple(entry["S"] for entry in item["source_ranges"]["L"]),
        state=item["state"]["S"],
    )


def text(value: str) -> dict[str, Any]:
    """A string, in the wire form of DynamoDB."""
    return {"S": value}


def number(value: int) -> dict[str, Any]:
    """An integer, in the wire form of DynamoDB."""
    return {"N": str(value)}


def _key(key: keys.Key) -> dict[str, Any]:
    return {"pk": text(key.pk), "sk": text(key.sk)}


def _texts(values: Iterable[str]) -> dict[str, Any]:
    return {"L": [text(value) for value in values]}


def _time(moment: datetime) -> dict[str, Any]:
    return text(moment.astimezone(UTC).isoformat())


def _moment(value: Item) -> datetime:
    return datetime.fromisoformat(value["S"])
