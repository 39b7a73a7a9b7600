"""Every key of the table, in the order of the design's table; nothing outside `gangway.storage` knows one.

``T`` is the organization's id. All partition keys of an organization begin with ``T#``, which is what the guard in
`gangway.storage.guard` checks, and all can be computed from its settings, so nothing ever has to scan.

| item                                                            | pk                     | sk                    |
|-----------------------------------------------------------------|------------------------|-----------------------|
| organization settings, live tokens                              | ``T#A``                | ``META``, key ids     |
| user head, group head (ss = last byte of the id)                | ``T#U#ss``, ``T#G#ss`` | id                    |
| version cells of a group                                        | ``T#V#ss``             | group id # cell       |
| member, and its mirror                                          | ``T#M#gid``, ``T#R#m`` | member id, group id   |
| intent: members of a large change that are not yet applied      | ``T#I#gid``            | intent # slice        |
| lookup, unique or not (hh = first two hex digits of the hash)   | ``T#L#attribute#hh``   | hash, hash # id       |
| counter cell                                                    | ``T#C``                | type # cell           |
| bookmarks of a token's walks                                    | ``T#B#kid``            | walk # rank, 10 digits|
| work for the housekeeper; list of groups with a pending intent  | ``T#W``                | what # id; ``intents``|
| failed request; count of a refused token                        | ``T#F``                | time # request id;    |
|                                                                 |                        | minute # kid # reason |
| outbox, log                                                     | see "changes" below    |                       |
"""

import hashlib
import zlib
from typing import Final, NamedTuple

from gangway.directory.identifiers import resource_type_of, shard_byte

COUNTER_CELLS: Final = 16
"""Cells per counter: at 100 creations a second, one in thirteen meets another in the same cell and is retried."""

VERSION_CELLS: Final = 8
"""Cells of a group's version. With one, six of ten changes would collide at 50 changes a second on one group."""

LIST_SHARDS: Final = 1
"""Shards that new users and groups are spread over. One takes 250 new users a second (1,000 write units, four each)
and lets a page be one query; ids name their shard, so an organization can get more later without moving anything."""

_LETTER: Final = {"User": "U", "Group": "G"}


class Key(NamedTuple):
    """Primary key of an item."""

    pk: str
    sk: str

    def typed(self) -> dict[str, dict[str, str]]:
        """The key in DynamoDB's JSON."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


def access(organization: str, name: str) -> Key:
    """Settings (``META``) or a token (its key id)."""
    return Key(f"{organization}#A", name)


def head(organization: str, resource_id: str) -> Key:
    """The item of a user or group itself."""
    letter = _LETTER[resource_type_of(resource_id)]
    return Key(f"{organization}#{letter}#{shard_byte(resource_id)}", resource_id)


def head_partitions(organization: str, resource_type: str) -> tuple[str, ...]:
    """The partitions that a walk over all users or all groups goes through, in order."""
    first = 0x80 if resource_type == "Group" else 0
    return tuple(f"{organization}#{_LETTER[resource_type]}#{first + shard:02x}" for shard in range(LIST_SHARDS))


def version_cell(organization: str, group_id: str, cell: int) -> Key:
    """One cell of a group's version.

    They lie beside the cells of the groups that a list shows before and after, so one query reads those of a page.
    """
    return Key(f"{organization}#V#{shard_byte(group_id)}", f"{group_id}#{cell}")


def member(organization: str, group_id: str, member_id: str) -> Key:
    """A member of a group."""
    return Key(f"{organization}#M#{group_id}", member_id)


def mirror(organization: str, group_id: str, member_id: str) -> Key:
    """The same membership, seen from the member."""
    return Key(f"{organization}#R#{member_id}", group_id)


def intent(organization: str, group_id: str, intent_id: str, part: int) -> Key:
    """One slice of a large member change that is committed but not yet applied."""
    return Key(f"{organization}#I#{group_id}", f"{intent_id}#{part:04d}")


def lookup(organization: str, attribute: str, value_key: str, resource_id: str | None) -> Key:
    """From the value of an attribute to a resource; without `resource_id` the key is taken by one resource at most."""
    digest = hashlib.sha256(value_key.encode()).hexdigest()[:40]
    return Key(
        f"{organization}#L#{attribute}#{digest[:2]}", digest if resource_id is None else f"{digest}#{resource_id}"
    )


def counter(organization: str, resource_type: str, cell: int) -> Key:
    """One cell of the number of users or groups."""
    return Key(f"{organization}#C", f"{_LETTER[resource_type]}#{cell:x}")


def bookmark(organization: str, walk: str, actor: str, rank: int) -> Key:
    """Where a walk stood after `rank` resources; each token has its own."""
    return Key(f"{organization}#B#{actor}", f"{walk}#{rank:010d}")


def work(organization: str, what: str, resource_id: str) -> Key:
    """Something left for the housekeeper to do."""
    return Key(f"{organization}#W", f"{what}#{resource_id}")


def failure(organization: str, time: str, request_id: str) -> Key:
    """A request that failed; `time` sorts as text."""
    return Key(f"{organization}#F", f"{time}#{request_id}")


def refusal(organization: str, minute: str, key_id: str, reason: str) -> Key:
    """The count of one minute's refusals of one token for one reason; sorts before the requests of that minute."""
    return Key(f"{organization}#F", f"{minute}#{key_id}#{reason}")


def pending_intents(organization: str) -> Key:
    """The one item that names all groups with a pending intent; readers of a user's groups look there."""
    return Key(f"{organization}#W", "intents")


# changes: outbox, numbered log, and those who read it
#
# | item                                                            | pk                     | sk                    |
# |-----------------------------------------------------------------|------------------------|-----------------------|
# | change in the outbox                                            | ``T#O#lane``           | stream # sequence     |
# | head of the log; cursor of the event bus                        | ``T#E``                | ``HEAD``; ``BUS``     |
# | log entry (bucket = number // LOG_BUCKET)                       | ``T#E#bucket``         | number                |
# | its values, which erasing a person deletes                      | ``T#D#resource id``    | number                |
# | note that a person was erased; that an entry of it is damaged;  | ``T#N``                | what # id (# number)  |
# | that an endpoint was removed; how far a deletion removed values |                        |                       |
# | change set aside; entry that the event bus refuses              | ``T#X``                | ``outbox#…``; ``bus#…``|
# | entry that an endpoint could not be given                       | ``T#X``                | ``hook#endpoint#…``   |
# | webhook endpoint, with its progress                             | ``T#H``                | endpoint id           |
# | attempt at a delivery (TTL)                                     | ``T#H#endpoint id``    | number # milliseconds |
# | when to look at an endpoint again (of the stack)                | ``CALLS``              | time # T # endpoint   |
# | bookmark of the sweeper (of the stack, not of an organization)  | ``SWEEPER``            | ``BOOKMARK``          |
# | the same of the housekeeper; of its round through tokens        | ``HOUSEKEEPER``        | ``BOOKMARK``/``ACCESS``|

OUTBOX_LANES: Final = 4
"""Partitions that an organization's outbox is spread over. One takes 1,000 write units a second, some 125 changes."""

LOG_BUCKET: Final = 10_000
"""Entries per partition of the log, so that its size is bounded and a number alone tells where its entry is."""


def outbox_lane(resource_id: str) -> int:
    """The lane that all changes of a resource wait in."""
    return zlib.crc32(resource_id.encode()) % OUTBOX_LANES


def outbox_partition(organization: str, lane: int) -> str:
    """One lane of an organization's outbox."""
    return f"{organization}#O#{lane}"


def organization_and_lane(outbox_partition_key: str) -> tuple[str, int]:
    """Read an outbox partition's key back. Raises ValueError when it is none."""
    organization, letter, lane = outbox_partition_key.split("#")
    if letter != "O":
        raise ValueError("not a partition of an outbox")
    return organization, int(lane)


def outbox(organization: str, resource_id: str, stream: str, sequence: int) -> Key:
    """A change that has no number yet."""
    return Key(outbox_partition(organization, outbox_lane(resource_id)), f"{stream}#{sequence:012d}")


def log_head(organization: str) -> Key:
    """The newest number, and what the next entry builds on."""
    return Key(f"{organization}#E", "HEAD")


def bus_cursor(organization: str) -> Key:
    """The number up to which the event bus has taken everything."""
    return Key(f"{organization}#E", "BUS")


def log_entry(organization: str, number: int) -> Key:
    """An entry of the log."""
    return Key(f"{organization}#E#{number // LOG_BUCKET}", f"{number:012d}")


def event_values(organization: str, resource_id: str, number: int) -> Key:
    """The values of an entry, beside all other values of the same resource."""
    return Key(f"{organization}#D#{resource_id}", f"{number:012d}")


def erasure(organization: str, resource_id: str) -> Key:
    """The note that all values of a resource were erased on purpose."""
    return Key(f"{organization}#N", f"erased#{resource_id}")


def removed_endpoint(organization: str, endpoint_id: str) -> Key:
    """The note that there was an endpoint: attempts to deliver to it are kept for a while longer."""
    return Key(f"{organization}#N", f"endpoint#{endpoint_id}")


def log_damage(organization: str, resource_id: str, number: int | None) -> Key:
    """The note that an entry of the log, or its values, were found lost or altered; ``-`` for an unknown resource.

    Without a number: what the keys of all such notes about the resource begin with.
    """
    return Key(f"{organization}#N", f"damaged#{resource_id}#{'' if number is None else f'{number:012d}'}")


def dead_letter(organization: str, where: str, what: str) -> Key:
    """Something that could not be delivered: from the ``outbox`` to the log, or from the log to the ``bus``."""
    return Key(f"{organization}#X", f"{where}#{what}")


def webhook_dead_letter(organization: str, endpoint_id: str, number: int) -> Key:
    """An entry of the log that an endpoint was passed over with."""
    return dead_letter(organization, "hook", f"{endpoint_id}#{number:012d}")


def endpoint(organization: str, endpoint_id: str) -> Key:
    """A webhook endpoint."""
    return Key(f"{organization}#H", endpoint_id)


def delivery(organization: str, endpoint_id: str, number: int, milliseconds: int) -> Key:
    """An attempt to deliver an entry of the log, at a time since the epoch."""
    return Key(f"{organization}#H#{endpoint_id}", f"{number:012d}#{milliseconds:013d}")


SWEEPER_BOOKMARK: Final = Key("SWEEPER", "BOOKMARK")
HOUSEKEEPER_BOOKMARK: Final = Key("HOUSEKEEPER", "BOOKMARK")
ACCESS_BOOKMARK: Final = Key("HOUSEKEEPER", "ACCESS")
CALLS: Final = "CALLS"
"""Partition of the times at which endpoints are to be looked at again."""
ORGANIZATION_NAMES: Final = "ORGANIZATIONS"
"""Partition of the login names; each names its organization's id."""


def organization_of(partition_key: str) -> str:
    """The organization that a partition belongs to."""
    return partition_key.partition("#")[0]
