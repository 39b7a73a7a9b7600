"""Items and the values they stand for: the only place that knows attribute names.

Attribute names are one or two letters because DynamoDB bills their bytes. Every item has ``k``, its kind, and ``q``,
the operation that wrote it. Documents are one JSON text with the version of its codec, so a later release can store
them otherwise and still read these.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.event import Cause
from gangway.directory.identifiers import pack, resource_type_of, unpack
from gangway.directory.ports import TooLargeToStore
from gangway.directory.records import Cell, Record, Tombstone
from gangway.storage import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gangway.storage.keys import Key

type Item = dict[str, Any]
"""An item in DynamoDB's JSON: attribute name to a typed value."""

MAX_DOCUMENT_BYTES: Final = 48 * 1024
"""A page of a hundred documents of this size still fits the six megabytes that a function may answer."""

_CODEC: Final = 1
_ID_BYTES: Final = 16


def text(value: str) -> dict[str, str]:
    """A string attribute."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """A number attribute."""
    return {"N": str(value)}


def item_of(key: Key, kind: str, **attributes: Mapping[str, Any]) -> Item:
    """An item with its key and kind."""
    return {
        "pk": text(key.pk),
        "sk": text(key.sk),
        "k": text(kind),
        **{name: dict(v) for name, v in attributes.items()},
    }


def head_item(organization: str, record: Record) -> Item:
    """The item of a user or group.

    Raises:
        TooLargeToStore: the document is too large.
    """
    return item_of(
        keys.head(organization, record.id), record.resource_type.lower(), i=text(record.id), **_state(record)
    )


def record_of(item: Item) -> Record:
    """The user or group that an item holds; a group without its cells."""
    resource_id = item["i"]["S"]
    return Record(
        resource_type=resource_type_of(resource_id),
        id=resource_id,
        own_version=int(item["v"]["N"]),
        created=int(item["t0"]["N"]),
        own_modified=int(item["t"]["N"]),
        document=_decoded(item),
        operation=item["q"]["S"],
    )


def tombstone_item(key: Key, record: Record, expires: int) -> Item:
    """What takes the place of the userName lookup of a deleted user."""
    return item_of(key, "tombstone", i=text(record.id), ttl=number(expires), **_state(record))


def tombstone_of(item: Item) -> Tombstone:
    """The deleted user that a lookup item holds."""
    return Tombstone(record_of(item), int(item["ttl"]["N"]))


def is_tombstone(item: Item) -> bool:
    """Whether a lookup leads to a deleted user."""
    return bool(item["k"]["S"] == "tombstone")


def cell_item(organization: str, group_id: str, cell: Cell) -> Item:
    """A version cell."""
    attributes: Item = {
        "i": text(group_id),
        "c": number(cell.number),
        "v": number(cell.changes),
        "n": number(cell.told),
        "mu": number(cell.users),
        "mg": number(cell.groups),
        "t": number(cell.modified),
    }
    if cell.intent:
        attributes["p"] = text(cell.intent)
    return item_of(keys.version_cell(organization, group_id, cell.number), "version", **attributes)


def cell_of(item: Item) -> Cell:
    """The version cell that an item holds."""
    return Cell(
        number=int(item["c"]["N"]),
        changes=int(item["v"]["N"]),
        told=int(item["n"]["N"]),
        users=int(item["mu"]["N"]),
        groups=int(item["mg"]["N"]),
        modified=int(item["t"]["N"]),
        intent=item["p"]["S"] if "p" in item else None,
        operation=item["q"]["S"],
    )


def packed(ids: Iterable[str]) -> dict[str, bytes]:
    """Ids as one binary attribute, 16 bytes each."""
    return {"B": b"".join(map(pack, ids))}


def unpacked(attribute: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids in a binary attribute."""
    value = bytes(attribute["B"])
    return tuple(unpack(value[at : at + _ID_BYTES]) for at in range(0, len(value), _ID_BYTES))


def with_cells(record: Record, cells: Sequence[Cell]) -> Record:
    """The group with its cells, in order of their numbers."""
    return Record(
        resource_type=record.resource_type,
        id=record.id,
        own_version=record.own_version,
        created=record.created,
        own_modified=record.own_modified,
        document=record.document,
        operation=record.operation,
        cells=tuple(sorted(cells, key=lambda cell: cell.number)),
    )


def caused(cause: Cause) -> dict[str, Any]:
    """Who did something, for what is told of it later."""
    return {
        "M": {
            "o": text(cause.organization_id),
            "a": text(cause.actor),
            "q": text(cause.request_id),
            "t": text(cause.time),
            "s": {"BOOL": cause.initial_sync},
        }
    }


def cause_of(attribute: Mapping[str, Any]) -> Cause:
    """Who did it."""
    said = attribute["M"]
    return Cause(said["o"]["S"], said["a"]["S"], said["q"]["S"], said["t"]["S"], said["s"]["BOOL"])


def work_item(key: Key, resource_id: str, cause: Cause) -> Item:
    """Something for the housekeeper; its insertion is what rings for it."""
    return item_of(key, "work", i=text(resource_id), by=caused(cause))


def _state(record: Record) -> Item:
    document = json.dumps(record.document, separators=(",", ":"), ensure_ascii=False)
    size = len(document.encode())
    if size > MAX_DOCUMENT_BYTES:
        raise TooLargeToStore(size, MAX_DOCUMENT_BYTES)
    return {
        "v": number(record.own_version),
        "t0": number(record.created),
        "t": number(record.own_modified),
        "d": text(document),
        "c": number(_CODEC),
    }


def _decoded(item: Item) -> dict[str, Any]:
    codec = int(item["c"]["N"])
    if codec != _CODEC:
        raise ValueError(f"a document of codec {codec} was written by a later release")
    document: dict[str, Any] = json.loads(item["d"]["S"])
    return document
