"""Ids of users and groups: UUIDs of version 7 that say by themselves where their resource lies.

The last byte of an id names its list shard, so a read by id needs no lookup, and the number of shards of an
organization can grow without moving anything. The byte's top bit tells groups (set) from users (clear): the members of
a group may be either, and a list of ids, such as a PATCH of 10,000 members, is enough to know which heads to read.
What is left of the UUID is time, which keeps lists in order of creation, and 66 random bits, so nobody can guess one.
"""

import re
import secrets

_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_GROUP_BIT = 0x80


def new_id(resource_type: str, now_ms: int, shard: int = 0) -> str:
    """Make the id of a new resource.

    Args:
        resource_type: ``User`` or ``Group``.
        now_ms: milliseconds since the epoch.
        shard: list shard, 0 to 127.
    """
    last_byte = shard | (_GROUP_BIT if resource_type == "Group" else 0)
    number = now_ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(54) << 8 | last_byte
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: object) -> bool:
    """Whether a text can be the id of a user or group of this server; capitals never are."""
    return isinstance(text, str) and _FORM.fullmatch(text) is not None


def resource_type_of(resource_id: str) -> str:
    """``User`` or ``Group``."""
    return "Group" if int(resource_id[-2:], 16) & _GROUP_BIT else "User"


def shard_byte(resource_id: str) -> str:
    """The id's last byte, two hexadecimal digits."""
    return resource_id[-2:]


def pack(resource_id: str) -> bytes:
    """The id in 16 bytes; lists of ids are stored so."""
    return bytes.fromhex(resource_id.replace("-", ""))


def unpack(packed: bytes) -> str:
    """The id that `pack` packed."""
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
