"""From a first look to a finding: look again, all at one moment, and put it right.

Reads beside transactions may show one half of them. So a flaw seen at a first look counts for nothing but a reason to
look closely: the items that the judgement hangs on are read as they were at one moment (TransactGetItems is refused
while a transaction is at work on any of them). Partitions cannot be read so; they are read between two such moments,
and if nothing has changed from one to the other, nothing that is written together with those items has changed either.
What is wrong then is wrong. The repair insists on everything that was seen.
"""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.ports import Collision, Overloaded
from gangway.directory.upkeep.fsck import Finding
from gangway.storage.fsck.sight import Flaw, Sight, Unread, key_of
from gangway.storage.transaction import ABSENT, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gangway.directory.upkeep.fsck import Outcome
    from gangway.storage.fsck.sight import Judge, Part
    from gangway.storage.items import Item
    from gangway.storage.keys import Key
    from gangway.storage.table import Table

_LOOKS: Final = 40
_LONGEST_PAUSE: Final = 0.1


class Examiner:
    """Examines one organization's items, and repairs them if asked to.

    Args:
        table: the organization's part of the table.
        repair: whether to put right what is found.
        pause: waits for some seconds.
    """

    def __init__(self, table: Table, *, repair: bool, pause: Callable[[float], None] = time.sleep) -> None:
        self.table = table
        self.repairs = repair
        self._pause = pause

    def examine(self, judge: Judge, first_look: Sight) -> list[Finding]:
        """Judge on a first look; on what is not plainly right, judge again with certainty.

        Raises:
            Overloaded: others write these items all the time.
        """
        try:
            if not list(judge(first_look)):
                return []
        except Unread:
            pass
        return self.certain(judge)

    def certain(self, judge: Judge) -> list[Finding]:
        """Judge on what is so at one moment."""
        for _look in range(_LOOKS):
            try:
                sight, flaws = self._look(judge)
                if not flaws or not self.repairs:
                    return [self._finding(flaw, "found") for flaw in flaws]
                return self._put_right(sight, flaws)
            except Collision:
                self._pause(random.uniform(0, _LONGEST_PAUSE))
        raise Overloaded("items that are being checked are written all the time")

    def _look(self, judge: Judge) -> tuple[Sight, list[Flaw]]:
        """Read what the judge asks for, until it asks for nothing more, and as long as it takes for one moment."""
        sight = Sight()
        while True:
            try:
                flaws = list(judge(sight))
            except Unread as more:
                sight = self._read(sight, more)
            else:
                return sight, flaws

    def _read(self, seen: Sight, more: Unread) -> Sight:
        lasting = seen.lasting
        if more.lasting:
            found = self.table.get_many(more.lasting)
            lasting = lasting | {key: found.get(key) for key in more.lasting}
        if not more.keys and not more.parts:
            return Sight(seen.items, seen.parts, lasting)
        keys, parts = [*seen.items, *more.keys], [*seen.parts, *more.parts]
        items = self._moment(keys)
        listed: dict[Part, Sequence[Item]] = {
            part: tuple(self.table.query_all(part.pk, prefix=part.prefix)) for part in parts
        }
        if parts and self._moment(keys) != items:
            raise Collision("changed while it was read")
        return Sight(items, listed, lasting)

    def _moment(self, keys: Sequence[Key]) -> dict[Key, Item | None]:
        found = self.table.snapshot(keys) if keys else {}
        return {key: found.get(key) for key in keys}

    def _put_right(self, sight: Sight, flaws: Sequence[Flaw]) -> list[Finding]:
        """All repairs of one judgement are one transaction: they were decided on the same state."""
        writes = {key: item for flaw in flaws for key, item in (flaw.writes or {}).items()}
        if writes:
            self.table.write(_transaction(sight, writes))
        return [self._finding(flaw, "beyond repair" if flaw.writes is None else "repaired") for flaw in flaws]

    def _finding(self, flaw: Flaw, outcome: Outcome) -> Finding:
        prefix = f"{self.table.organization_id}#"
        where = f"{flaw.key.pk.removeprefix(prefix)} / {flaw.key.sk}"
        return Finding(flaw.kind, flaw.fault, where, flaw.wrong, flaw.right, outcome)


def _transaction(sight: Sight, writes: Mapping[Key, Item | None]) -> Transaction:
    """Write what is right, if everything that was seen is still so."""
    transaction = Transaction(f"fsck#{uuid.uuid4().hex}")
    seen = {key_of(item): item for part in sight.parts.values() for item in part} | sight.items
    for key in writes.keys() | sight.items.keys():
        typed = key.typed()
        condition = _as_seen(seen.get(key))
        right = writes.get(key)
        if key not in writes:
            transaction.ready({"ConditionCheck": {"Key": typed} | condition})
        elif right is None:
            transaction.ready({"Delete": {"Key": typed} | condition})
        else:
            transaction.ready({"Put": {"Item": right} | condition})
    return transaction


def _as_seen(item: Item | None) -> dict[str, Any]:
    """The condition that an item is as it was seen: absent, or with these very attributes."""
    if item is None:
        return {"ConditionExpression": ABSENT}
    attributes = {f"a{at}": name for at, name in enumerate(name for name in item if name not in ("pk", "sk"))}
    return {
        "ConditionExpression": " AND ".join(f"#{short} = :{short}" for short in attributes),
        "ExpressionAttributeNames": {f"#{short}": name for short, name in attributes.items()},
        "ExpressionAttributeValues": {f":{short}": item[name] for short, name in attributes.items()},
    }
