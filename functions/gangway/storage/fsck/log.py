"""The numbered log: no gap, an unbroken chain of seals, values as the skeletons commit to, and a head that fits.

What a log has lost cannot be made anew, and a seal that was broken must not be mended: it is there to show that. So
the repair of such an entry is a note, which says that it is known; the next check passes over what has one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.entry import LogEntry, Values, faults
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, Part, key_of, kind_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

_RESTORED: Final = re.compile(r'"id":"[^"]*-restored-r(\d+)"')
"""In the entry that `gangway.storage.log_beginning` writes."""


def judge_entry(ground: Ground, number: int) -> Judge:
    """Judge an entry that must be there, and its values."""
    organization = ground.organization
    key, before_key = keys.log_entry(organization, number), keys.log_entry(organization, number - 1)
    note = keys.log_damage(organization, "-", number)

    def judge(sight: Sight) -> Iterator[Flaw]:
        item, before, noted = sight.all([key, before_key, note])
        if noted is not None:
            return
        entry, previous = _entry(item, number), _entry(before, number - 1)
        known = _note(note, ground)
        if item is None:
            yield Flaw("log", "missing", key, f"number {number} is not there", "noted: it cannot be restored", known)
        elif entry is None:
            yield Flaw("log", "altered", key, "cannot be read", "noted: it cannot be restored", known)
        elif problems := list(faults([entry], previous)):
            yield Flaw("log", "altered", key, problems[0], "noted: a broken seal is not mended", known)
        else:
            yield from _values(ground, number, entry, sight)

    return judge


def _entry(item: Item | None, number: int) -> LogEntry | None:
    if item is None or kind_of(item) != "log":
        return None
    entry = LogEntry(number, text_of(item, "e"), text_of(item, "s"), None)
    try:
        entry.resource_id_of_values()
    except (ValueError, KeyError, TypeError):
        return None
    return entry


def _values(ground: Ground, number: int, entry: LogEntry, sight: Sight) -> Iterator[Flaw]:
    resource_id = entry.resource_id_of_values()
    if resource_id is None:
        return
    organization = ground.organization
    key = keys.event_values(organization, resource_id, number)
    note = keys.log_damage(organization, resource_id, number)
    item, noted, erased = sight.all([key, note, keys.erasure(organization, resource_id)])
    if item is None:
        if noted is None and erased is None:
            wrong = f"the values of number {number} are not there, and were not erased"
            yield Flaw("values", "missing", key, wrong, "noted: they cannot be restored", _note(note, ground))
        return
    whole = LogEntry(number, entry.skeleton, entry.seal, Values(text_of(item, "e"), text_of(item, "s")))
    if kind_of(item) != "values" or any("values" in fault for fault in faults([whole], entry_before(number))):
        wrong = f"the values of number {number} are not those that were told"
        yield Flaw("values", "altered", key, wrong, "not there, and noted", {key: None, **_note(note, ground)})


def entry_before(number: int) -> LogEntry:
    """A stand-in for the entry before, where only values are judged."""
    return LogEntry(number - 1, "{}", "", None)


def _note(key: Key, ground: Ground) -> dict[Key, Item | None]:
    return {key: items.item_of(key, "note", t=items.number(ground.now()))}


def judge_head(ground: Ground) -> Judge:
    """Judge the head of the log, what lies beyond it, and the cursor of the event bus."""
    organization = ground.organization
    key, bus_key = keys.log_head(organization), keys.bus_cursor(organization)

    def judge(sight: Sight) -> Iterator[Flaw]:
        head, bus = sight.all([key, bus_key])
        published = number_of(bus, "n") if bus else None
        number = (number_of(head, "n") or 0) if head else 0
        # Without a head the bus tells where the log is: one that began anew is not where numbers begin.
        entries = _newest(ground, number if head else (published or 0) + 1, sight)
        entries = entries or _newest(ground, number if head else published or 0, sight)
        last = entries[-1] if entries else None
        sound = head is not None and "s" in head and "x" in head and kind_of(head) == "head"
        if last is not None and (not sound or not _fits(head, number, last, entries)):
            begun = _begun(head, entries)
            right = items.item_of(key, "head", n=items.number(_n(last)), s=last["s"], x=last["ttl"], **begun)
            fault: Fault = "missing" if head is None else "altered"
            yield Flaw("head", fault, key, f"the log ends at {number}", f"it ends at {_n(last)}", {key: right})
            number = _n(last)
        yield from _strangers([key, bus_key], sight)
        if bus is not None and (published is None or published > number):
            right = items.item_of(bus_key, "cursor", n=items.number(number))
            yield Flaw("cursor", "altered", bus_key, f"stands at {published}", f"stands at {number}", {bus_key: right})

    return judge


def _begun(head: Item | None, entries: list[Item]) -> dict[str, Any]:
    """Where a log began anew after a restore, and after which: as its head says, else as the restore's entry does."""
    if head is not None:
        return {name: head[name] for name in ("f", "r") if name in head}
    for item in reversed(entries):
        if restores := _RESTORED.search(text_of(item, "e")):
            return {"f": items.number(_n(item)), "r": items.number(int(restores[1]))}
    return {}


def _strangers(own: Sequence[Key], sight: Sight) -> Iterator[Flaw]:
    """What lies beside the head of the log and the cursor of the event bus, and is neither."""
    for item in sight.part(Part(own[0].pk)):
        if key_of(item) not in own:
            yield Flaw(
                kind_of(item), "duplicated", key_of(item), "a log has one head", "not there", {key_of(item): None}
            )


def _n(item: Item) -> int:
    return int(item["sk"]["S"])


def _newest(ground: Ground, number: int, sight: Sight) -> list[Item]:
    """The entries of the partition that the newest one is in."""
    partition = keys.log_entry(ground.organization, number).pk
    entries = list(sight.part(Part(partition)))
    while entries and (_n(entries[-1]) + 1) % keys.LOG_BUCKET == 0:
        following = list(sight.part(Part(keys.log_entry(ground.organization, _n(entries[-1]) + 1).pk)))
        if not following:
            break
        entries += following
    return [item for item in entries if kind_of(item) == "log" and "ttl" in item and item["sk"]["S"].isdecimal()]


def _fits(head: Item | None, number: int, last: Item, entries: list[Item]) -> bool:
    """Whether the head is that of the last entry, or of an entry that is lost itself."""
    if head is None:
        return False
    if number == _n(last):
        return text_of(head, "s") == text_of(last, "s")
    if number > _n(last):
        return text_of(head, "s") != text_of(last, "s")
    return not _follows(last, entries)


def _follows(last: Item, entries: list[Item]) -> bool:
    """Whether the last entry continues the one before it; if not, it is no part of the log."""
    before = entries[-2] if len(entries) > 1 else None
    entry, previous = _entry(last, _n(last)), _entry(before, _n(before)) if before else None
    return entry is not None and not list(faults([entry], previous))


def judge_beyond(ground: Ground, key: Key) -> Judge:
    """Judge an entry that may lie beyond the log's end, or in a partition of other numbers."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        head, item = sight.all([keys.log_head(ground.organization), key])
        number = number_of(head, "n") if head else None
        if item is None or number is None:
            return
        if not key.sk.isdecimal() or keys.log_entry(ground.organization, int(key.sk)) != key or int(key.sk) > number:
            yield Flaw("log", "orphaned", key, f"the log ends at {number}", "not there", {key: None})

    return judge
