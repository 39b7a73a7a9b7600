"""Where values of a person are beside the directory: waiting events, numbered ones, dead letters, failed requests."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from gangway.storage import items, keys
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.failures import FailureTable
from gangway.storage.table import Table
from gangway.storage.transaction import Transaction
from gangway.storage.value_removal import without_values

if TYPE_CHECKING:
    from typing import Any

    from gangway.clock import Clock


class TraceTable:
    """Implements `gangway.directory.upkeep.ports.Traces`."""

    def __init__(self, client: Any, table_name: str, organization_id: str, clock: Clock) -> None:
        self._table = Table(client, table_name, organization_id)
        self._organization = organization_id
        self._log = ChangeLogTable(client, table_name, clock)
        self._failures = FailureTable(client, table_name, clock)
        self._clock = clock

    def note(self, resource_id: str) -> None:
        """See `gangway.directory.upkeep.ports.Traces.note`."""
        at = items.number(int(self._clock.now().timestamp()))
        self._table.put(items.item_of(keys.erasure(self._organization, resource_id), "note", t=at))

    def scrub_waiting(self, resource_id: str) -> int:
        """See `gangway.directory.upkeep.ports.Traces.scrub_waiting`; an event that cannot be read goes as a whole."""
        lane = keys.outbox_partition(self._organization, keys.outbox_lane(resource_id))
        scrubbed = 0
        for item in self._table.query_all(lane, prefix=resource_id):
            key, seen = keys.Key(item["pk"]["S"], item["sk"]["S"]), {":e": item["e"]}
            right = without_values(item)
            if right == item:
                continue
            transaction = Transaction(uuid.uuid4().hex)
            if right is None:
                transaction.delete(key, "e = :e", seen)
            else:
                transaction.put(right, "e = :e", seen)
            self._table.write(transaction)
            scrubbed += 1
        return scrubbed

    def erase(self, resource_id: str) -> int:
        """See `gangway.directory.upkeep.ports.Traces.erase`."""
        logged = self._log.erase(self._organization, resource_id)
        return logged + self._failures.forget(self._organization, resource_id)
