"""What all judges stand on: the organization, its schemas, the time, and how a document's lookups are keyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.changes.event import Cause
from gangway.directory.identifiers import resource_type_of
from gangway.directory.lookups import lookups_of
from gangway.directory.representation import timestamp
from gangway.scim.errors import ScimError
from gangway.storage import items, keys
from gangway.storage.fsck.sight import kind_of, text_of
from gangway.storage.heads import lookup_name

if TYPE_CHECKING:
    from gangway.clock import Clock
    from gangway.directory.records import Record
    from gangway.scim.schema import Registry
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

ACTOR = "gangway fsck"
"""Who is named in events that a repair has to tell."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The organization under inspection."""

    organization: str
    registry: Registry
    clock: Clock

    def now(self) -> int:
        """Seconds since the epoch."""
        return int(self.clock.now().timestamp())

    def cause(self) -> Cause:
        """The cause of what a repair tells."""
        at = int(self.clock.now().timestamp() * 1000)
        return Cause(self.organization, ACTOR, ACTOR, timestamp(at))

    def record_in(self, item: Item | None, resource_id: str) -> Record | None:
        """The user or group that a head holds; None if it cannot be one, or is another's."""
        if item is None or text_of(item, "i") != resource_id or kind_of(item) != resource_type_of(resource_id).lower():
            return None
        try:
            record = items.record_of(item)
            self.lookups(record)
        except (KeyError, ValueError, TypeError, AttributeError, ScimError):
            return None
        return record if record.own_version > 0 else None

    def lookups(self, record: Record) -> tuple[ExpectedLookup, ...]:
        """Where a resource is to be found by its values, unique ones first."""
        kind = self.registry.resource_types[record.resource_type]
        found = lookups_of(record.document, kind, unique_names=True)
        expected = []
        for lookup in sorted(found, key=lambda each: (not each.unique, each.attribute, each.value_key)):
            name = lookup_name(record.resource_type, lookup)
            alone = keys.lookup(self.organization, name, lookup.value_key, None)
            shared = keys.lookup(self.organization, name, lookup.value_key, record.id)
            must_be_alone = record.resource_type == "User" and lookup.unique
            right_keys = (alone,) if must_be_alone else (alone, shared) if lookup.unique else (shared,)
            expected.append(ExpectedLookup(right_keys, record.id))
        return tuple(expected)

    def has(self, record: Record, key: Key) -> bool:
        """Whether a lookup key is that of one of the resource's values."""
        return any(key in lookup.keys for lookup in self.lookups(record))

    def fits(self, item: Item | None, resource_id: str) -> bool:
        """Whether a lookup is what it ought to be."""
        return item is not None and kind_of(item) == "lookup" and text_of(item, "i") == resource_id


@dataclass(frozen=True, slots=True)
class ExpectedLookup:
    """A lookup that a resource must have.

    A group's name may be kept as unique or not, as the setting was when it was written; both are right.

    Attributes:
        keys: where it may be, the usual place first.
    """

    keys: tuple[Key, ...]
    resource_id: str

    def item(self, key: Key | None = None) -> Item:
        """What is right, at one of its keys, or in the usual place."""
        return items.item_of(key or self.keys[0], "lookup", i=items.text(self.resource_id))


def born(resource_id: str) -> int:
    """When a resource was created, milliseconds since the epoch: its id tells."""
    return int(resource_id.replace("-", "")[:12], 16)
