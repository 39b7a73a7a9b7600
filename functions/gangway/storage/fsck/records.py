"""Items that stand for themselves: webhook endpoints, what could not be delivered, notes, failed requests.

Nothing implies them, so one that is gone is gone, and of most what it says is known to nobody else. But each must be
readable, because whoever lists them would stumble over one that is not, and none can be about what the log has not got.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gangway.changes.entry import LogEntry
from gangway.changes.event import UnreadableEventError, load_change
from gangway.directory.identifiers import is_id
from gangway.storage import items, keys
from gangway.storage.endpoint_items import DELIVERIES_KEPT_SECONDS, dead_letter_of, progress_text, stored_of
from gangway.storage.failures import entry_of
from gangway.storage.fsck.outbox import is_logged
from gangway.storage.fsck.sight import Flaw, kind_of, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError)


def judge_endpoint(ground: Ground, key: Key) -> Judge:
    """Judge a webhook endpoint: it must be readable, and cannot have heard what was not told yet."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        try:
            progress = stored_of(item, ground.organization, ground.clock.now()).progress
        except _UNREADABLE:
            right = "not there; add the webhook anew"
            yield Flaw("endpoint", "altered", key, "cannot be read", right, _removed(ground, key))
            return
        end = _end(ground, sight)
        if progress.next > end + 1:
            moved = replace(progress, next=end + 1, replay_until=None, resume_at=None)
            right_item = item | {"p": items.text(progress_text(moved)), "r": items.number(int(item["r"]["N"]) + 1)}
            wrong = f"goes on with number {progress.next}"
            yield Flaw("endpoint", "altered", key, wrong, f"goes on with number {end + 1}", {key: right_item})

    return judge


def _removed(ground: Ground, key: Key) -> dict[Key, Item | None]:
    """As an operator removes one: with a note, by which what was answered there can still be found."""
    note, now = keys.removed_endpoint(ground.organization, key.sk), ground.now()
    ttl = items.number(now + DELIVERIES_KEPT_SECONDS)
    return {key: None, note: items.item_of(note, "note", t=items.number(now), ttl=ttl)}


def judge_letter(ground: Ground, key: Key) -> Judge:
    """Judge what was set aside between outbox and log, or passed over by the bus or an endpoint."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        where, _, what = key.sk.partition("#")
        number = what.rpartition("#")[2]
        if where == "outbox":
            yield from _set_aside(ground, key, item, sight)
        elif where not in ("bus", "hook") or not number.isdecimal() or int(number) > _end(ground, sight):
            yield Flaw("dead", "orphaned", key, "is about nothing in the log", "not there", {key: None})
        elif not _is_readable(item, where):
            right = _passed_over(key, where, int(number), sight.one(keys.log_entry(ground.organization, int(number))))
            yield Flaw("dead", "altered", key, "cannot be read", "there" if right else "not there", {key: right})

    return judge


_OF_NO_ENTRY: Final = ("endpoint", "purged")
"""What notes may be about besides people and entries: a removed endpoint; how far a deletion has come."""


def judge_note(ground: Ground, key: Key) -> Judge:
    """Judge a note: that somebody was erased, that an endpoint was removed, that an entry of the log is damaged."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        what, _, about = key.sk.partition("#")
        number = about.partition("#")[2]
        is_damage = what == "damaged" and number.isdecimal() and int(number) <= _end(ground, sight)
        if not is_damage and not (what == "erased" and is_id(about)) and what not in _OF_NO_ENTRY:
            yield Flaw("note", "orphaned", key, "is about nothing in the log", "not there", {key: None})
        elif kind_of(item) != "note" or number_of(item, "t") is None:
            right = items.item_of(key, "note", t=items.number(ground.now()))
            yield Flaw("note", "altered", key, "cannot be read", "there", {key: right})

    return judge


def judge_failure(_ground: Ground, key: Key) -> Judge:
    """Judge a failed request, or a count of refused tokens."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if item is None:
            return
        try:
            entry_of(item)
            int(item["ttl"]["N"])
        except _UNREADABLE:
            yield Flaw(kind_of(item) or "failure", "altered", key, "cannot be read", "not there", {key: None})

    return judge


def _end(ground: Ground, sight: Sight) -> int:
    """The last number of the log; if its head is lost, which is found with the log, nothing is said to be beyond."""
    head = sight.one(keys.log_head(ground.organization))
    number = number_of(head, "n") if head else None
    return sys.maxsize if number is None else number


def _set_aside(ground: Ground, key: Key, item: Item, sight: Sight) -> Iterator[Flaw]:
    """A change that cannot be read is set aside for good reason; one that went on after all is there twice."""
    try:
        events = load_change(text_of(item, "e"))
    except UnreadableEventError:
        return
    sort_key = key.sk.partition("#")[2]
    lane = keys.outbox_partition(ground.organization, keys.outbox_lane(events[0].resource_id)) if events else ""
    if events and (sight.one(keys.Key(lane, sort_key)) is not None or is_logged(ground, events[0], sight)):
        yield Flaw("dead", "duplicated", key, "went on after all", "not there", {key: None})


def _is_readable(item: Item, where: str) -> bool:
    if kind_of(item) != "dead" or not text_of(item, "why"):
        return False
    try:
        return dead_letter_of(item).number > 0 if where == "hook" else number_of(item, "n") is not None
    except _UNREADABLE:
        return False


def _passed_over(key: Key, where: str, number: int, entry: Item | None) -> Item | None:
    """The letter made anew from the log; None if the log has nothing of it any more."""
    why = items.text("not known any more")
    if where == "bus":
        return items.item_of(key, "dead", n=items.number(number), why=why)
    try:
        told = LogEntry(number, text_of(entry or {}, "e"), "", None).event()
    except (*_UNREADABLE, UnreadableEventError):
        return None
    about = {"i": items.text(told.resource_id), "e": items.text(told.id), "t": items.number(0)}
    return items.item_of(key, "dead", why=why, **about)
