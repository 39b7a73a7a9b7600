"""The outbox: each change must be readable, in its place, and not yet in the log.

What cannot be read is set aside, as the relay would do, and the resource is told of again when it is compared with
what was told. A change whose events are in another place as well is there twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gangway.changes.event import UnreadableEventError, load_change
from gangway.changes.tell import identified
from gangway.storage import items, keys
from gangway.storage.fsck.history import parts_of
from gangway.storage.fsck.sight import Flaw, kind_of, number_of, text_of
from gangway.storage.outbox import change_put

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.changes.event import ChangeEvent
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


def judge_waiting(ground: Ground, key: Key) -> Judge:
    """Judge a change in the outbox."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        events = _events(item)
        if not events:
            letter = keys.dead_letter(ground.organization, "outbox", key.sk)
            aside = item | {"pk": items.text(letter.pk), "sk": items.text(letter.sk), "k": items.text("dead")}
            aside |= {"why": items.text("fsck cannot read it")}
            yield Flaw("outbox", "altered", key, "cannot be read", "set aside", {key: None, letter: aside})
            return
        first = events[0]
        stream, sequence = _place(first)
        right_key = keys.outbox(ground.organization, first.resource_id, stream, sequence)
        if right_key != key:
            yield from _misplaced(ground, key, right_key, item, first, sight)
        elif not _is_well(item, events, stream, sequence):
            right = change_put(events, stream=stream, sequence=sequence)["Put"]["Item"]
            right |= {"p": item["p"]} if "p" in item else {}
            yield Flaw("outbox", "altered", key, "says otherwise than its events", "as they say", {key: right})
        elif is_logged(ground, first, sight):
            yield Flaw("outbox", "duplicated", key, "is in the log already", "not there", {key: None})

    return judge


def _events(item: Item) -> Sequence[ChangeEvent]:
    try:
        return load_change(text_of(item, "e"))
    except UnreadableEventError:
        return ()


def _place(event: ChangeEvent) -> tuple[str, int]:
    """Stream and sequence, which an event's id is made of."""
    parts = event.id.removeprefix(f"{event.resource_id}-").split("-")
    if event.type == "group.members_changed" and len(parts) > 1 and parts[1].isdecimal():
        return f"{event.resource_id}.{parts[0]}", int(parts[1])
    return event.resource_id, int(parts[0]) if parts[0].isdecimal() else event.version


def _is_well(item: Item, events: Sequence[ChangeEvent], stream: str, sequence: int) -> bool:
    same = identified(events, stream, sequence) == tuple(events)
    about = text_of(item, "i") == events[0].resource_id and number_of(item, "v") == events[0].version
    return same and about and kind_of(item) == "outbox" and number_of(item, "t") is not None


def _misplaced(
    ground: Ground, key: Key, right_key: Key, item: Item, event: ChangeEvent, sight: Sight
) -> Iterator[Flaw]:
    if sight.one(right_key) is not None or is_logged(ground, event, sight):
        yield Flaw("outbox", "duplicated", key, f"a copy of {right_key.sk}", "not there", {key: None})
        return
    moved = item | {"pk": items.text(right_key.pk), "sk": items.text(right_key.sk)}
    wrong = f"belongs to {right_key.sk}"
    yield Flaw("outbox", "altered", key, wrong, "in its own place", {key: None, right_key: moved})


def is_logged(ground: Ground, event: ChangeEvent, sight: Sight) -> bool:
    """Whether the log has the event, with values; an event without any is never taken for a copy."""
    values = sight.part(parts_of(ground.organization, event.resource_id)[2])
    numbers = [int(each["sk"]["S"]) for each in values if each["sk"]["S"].isdecimal()]
    entries = sight.unchanging([keys.log_entry(ground.organization, number) for number in numbers])
    # an entry after a restore has that in its id, see `ChangeEvent.after_restores`
    logged = re.compile(rf'"id":"{re.escape(event.id)}(-r\d+)?"')
    return any(entry is not None and logged.search(text_of(entry, "e")) for entry in entries)
