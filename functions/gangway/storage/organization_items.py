"""How organizations, login names and token records look as items."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gangway.access.organization import Deletion, Organization
from gangway.access.token import TokenRecord
from gangway.storage import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
        "unique_group_names": {"BOOL": organization.unique_group_names},
        "failure_days": number(organization.failure_days),
        "version": number(organization.version),
        "ledger": number(organization.ledger),
        **_if_any("rate_limit", organization.rate_limit, number),
        **_if_any("tombstone_days", organization.tombstone_days, number),
        **_if_any("deletion", organization.deletion, _deletion_item),
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
        rate_limit=_integer(item, "rate_limit"),
        tombstone_days=_integer(item, "tombstone_days"),
        unique_group_names=item["unique_group_names"]["BOOL"],
        failure_days=int(item["failure_days"]["N"]),
        deletion=_deletion(item["deletion"]["M"]) if "deletion" in item else None,
        version=int(item["version"]["N"]),
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
        "version": number(record.version),
        **_if_any("expires", record.expires, _time),
        **_if_any("successor", record.successor, text),
        **_if_any("last_used", record.last_used, day),
        **_if_any("warned", record.warned, number),
        **_if_any("ended", record.ended, _time),
        **({"brief": {"BOOL": True}} if record.brief else {}),
        **_if_any("ttl", record.kept_until, _seconds),
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
        version=int(item["version"]["N"]),
        successor=item["successor"]["S"] if "successor" in item else None,
        last_used=date.fromisoformat(item["last_used"]["S"]) if "last_used" in item else None,
        warned=_integer(item, "warned"),
        ended=_moment(item["ended"]) if "ended" in item else None,
        brief="brief" in item,
    )


def text(value: str) -> dict[str, Any]:
    """A string, in the wire form of DynamoDB."""
    return {"S": value}


def number(value: int) -> dict[str, Any]:
    """An integer, in the wire form of DynamoDB."""
    return {"N": str(value)}


def day(value: date) -> dict[str, Any]:
    """A day, in the wire form of DynamoDB."""
    return text(value.isoformat())


def _deletion_item(deletion: Deletion) -> dict[str, Any]:
    return {"M": {"due": _time(deletion.due), "users": text(deletion.users), "was": text(deletion.was)}}


def _deletion(item: Item) -> Deletion:
    return Deletion(_moment(item["due"]), item["users"]["S"], item["was"]["S"])


def _if_any[Value](name: str, value: Value | None, form: Callable[[Value], dict[str, Any]]) -> dict[str, Any]:
    return {} if value is None else {name: form(value)}


def _integer(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _key(key: keys.Key) -> dict[str, Any]:
    return {"pk": text(key.pk), "sk": text(key.sk)}


def _texts(values: Iterable[str]) -> dict[str, Any]:
    return {"L": [text(value) for value in values]}


def _time(moment: datetime) -> dict[str, Any]:
    return text(moment.astimezone(UTC).isoformat())


def _seconds(moment: datetime) -> dict[str, Any]:
    return number(math.ceil(moment.timestamp()))


def _moment(value: Item) -> datetime:
    return datetime.fromisoformat(value["S"])
