"""Remove what an organization leaves behind, without a word: its items, partition by partition.

Every partition can be computed from the organization and the resources in it, so nothing is searched for. What belongs
to a resource goes before the resource itself: as long as anything is left, so is the way to it, and a run that was
stopped is simply started again.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.directory.identifiers import resource_type_of
from gangway.directory.lookups import KEYED
from gangway.storage import keys
from gangway.storage.organization_items import SETTINGS_KEY
from gangway.storage.table import together
from gangway.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gangway.storage.items import Item
    from gangway.storage.keys import Key
    from gangway.storage.table import Table

_AT_ONCE: Final = 50
"""Items removed in one transaction."""
_LOOKUP_PARTITIONS: Final = 256
_QUERIES_AT_ONCE: Final = 32


class Removal:
    """Removes the items of one organization. Every method is False when it ran out of time."""

    def __init__(self, table: Table, has_time: Callable[[], bool]) -> None:
        self._table = table
        self._organization = table.organization_id
        self._has_time = has_time

    def remove_directory(self) -> bool:
        """Users, groups, members, lookups, counters, open work, and records of failures."""
        for resource_type in ("Group", "User"):
            for partition in keys.head_partitions(self._organization, resource_type):
                if not self._remove_resources(partition):
                    return False
        cells = [part.replace("#G#", "#V#") for part in keys.head_partitions(self._organization, "Group")]
        singles = [
            keys.pending_intents(self._organization).pk,
            keys.counter(self._organization, "User", 0).pk,
            keys.failure(self._organization, "", "").pk,
        ]
        return self._remove_partitions([*cells, *singles]) and self._remove_lookups()

    def remove_rest(self, partitions: Iterable[str]) -> bool:
        """Tokens, and the partitions given."""
        access = keys.access(self._organization, SETTINGS_KEY)
        tokens = (key for key in self._keys_in(access.pk) if key != access)
        return self._remove(tokens) and self._remove_partitions(partitions)

    def _remove_resources(self, partition: str) -> bool:
        for head in self._table.query_all(partition):
            resource_id = head["sk"]["S"]
            hanging = [keys.mirror(self._organization, "", resource_id).pk]
            if resource_type_of(resource_id) == "Group":
                hanging.append(keys.member(self._organization, resource_id, "").pk)
                hanging.append(keys.intent(self._organization, resource_id, "", 0).pk)
            if not (self._remove_partitions(hanging) and self._remove([_key(head)])):
                return False
        return True

    def _remove_lookups(self) -> bool:
        """Most of these partitions are empty, so many are asked at a time."""
        names = [
            f"{self._organization}#L#{kind[0]}.{path}#{part:02x}"
            for kind, paths in KEYED.items()
            for path in paths
            for part in range(_LOOKUP_PARTITIONS)
        ]
        for start in range(0, len(names), _QUERIES_AT_ONCE):
            some = names[start : start + _QUERIES_AT_ONCE]
            found = together([partial(self._listed, name) for name in some])
            if not self._remove(key for part in found for key in part):
                return False
        return True

    def _listed(self, partition: str) -> list[Key]:
        return list(self._keys_in(partition))

    def _remove_partitions(self, partitions: Iterable[str]) -> bool:
        return all(self._remove(self._keys_in(partition)) for partition in partitions)

    def _keys_in(self, partition: str) -> Iterator[Key]:
        return map(_key, self._table.query_all(partition))

    def _remove(self, doomed: Iterable[Key]) -> bool:
        if not self._has_time():
            return False
        batch: list[Key] = []
        for key in doomed:
            batch.append(key)
            if len(batch) == _AT_ONCE:
                self._delete(batch)
                batch = []
                if not self._has_time():
                    return False
        self._delete(batch)
        return True

    def _delete(self, batch: Iterable[Key]) -> None:
        transaction = Transaction(uuid.uuid4().hex)
        doomed = list(batch)
        for key in doomed:
            transaction.delete(key)
        if doomed:
            self._table.write(transaction)


def _key(item: Item) -> Key:
    return keys.Key(item["pk"]["S"], item["sk"]["S"])
