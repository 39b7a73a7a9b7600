"""What pending intents add to and take from the memberships as they are stored.

A large change of members is answered when it is committed, before it is applied; until then its intent lies in slices
beside the members, and one item per organization names the groups with a pending intent. Who asks for memberships of
many groups reads that item together with what is stored: in one round trip it is nearly always known that nothing is
pending. If something is, or has just been, the slices are read and then what is stored is read again: a slice that is
gone by then was applied before, so nobody ever misses what was committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gangway.storage import items, keys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gangway.clock import Clock
    from gangway.storage.items import Item
    from gangway.storage.table import Table

JUST_NOW_MS: Final = 10_000
"""An intent that ended so long ago may have been applied while we read; generous, as clocks of functions differ."""


class Overlay(NamedTuple):
    """What a pending intent adds to and takes from the members of its group."""

    added: frozenset[str]
    removed: frozenset[str]

    def between(self, stored: Collection[str], after: str, last: str | None) -> set[str]:
        """The members behind `after` up to `last` (None: to the end), from those that are stored there."""
        arriving = {each for each in self.added if each > after and (last is None or each <= last)}
        return (arriving | set(stored)) - self.removed


NOTHING: Final = Overlay(frozenset(), frozenset())


class Overlays:
    """Reads pending intents of one organization."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._organization = table.organization_id

    def of(self, group_id: str, intent: str | None) -> Overlay:
        """What one intent does, as far as it is not applied; to be read before the members."""
        if intent is None:
            return NOTHING
        key = keys.intent(self._organization, group_id, intent, 0)
        found = self._table.query_all(key.pk, prefix=f"{intent}#")
        slices = [item for item in found if item["k"]["S"] == "intent"]
        return Overlay(
            frozenset(member for item in slices for member in items.unpacked(item["a"])),
            frozenset(member for item in slices for member in items.unpacked(item["r"])),
        )

    def over[Stored](self, read: Callable[[], tuple[Stored, Item | None]]) -> tuple[Stored, Mapping[str, Overlay]]:
        """Read stored memberships and what is to be laid over them.

        Args:
            read: reads them, together with the list of pending intents (`keys.pending_intents`).

        Returns:
            What is stored, and the overlay of each group that has one.
        """
        stored, pending = read()
        if pending is None or not self._disturbs(pending):
            return stored, {}
        named = [name.split("#") for name in pending["g"]["SS"]] if "g" in pending else []
        overlays = {group: self.of(group, intent) for group, intent in named}
        return read()[0], overlays

    def _disturbs(self, pending: Item) -> bool:
        ended = int(pending["f"]["N"]) if "f" in pending else 0
        return "g" in pending or ended > self._clock.now().timestamp() * 1000 - JUST_NOW_MS


def is_member(group: str, member: str, stored: bool, overlays: Mapping[str, Overlay]) -> bool:
    """Whether somebody is a member of a group."""
    overlay = overlays.get(group, NOTHING)
    return member in overlay.added or (stored and member not in overlay.removed)
