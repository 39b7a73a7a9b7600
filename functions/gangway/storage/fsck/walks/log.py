"""The numbered log, from the first entry that has not expired to its end, and what lies beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.upkeep.fsck import Finding, Inspected
from gangway.storage import keys
from gangway.storage.fsck.log import judge_beyond, judge_entry, judge_head
from gangway.storage.fsck.sight import Part, Sight, key_of, number_of
from gangway.storage.fsck.values import resource_of
from gangway.storage.fsck.walks.walk import PAGE, number_in
from gangway.storage.log_move import read_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.storage.fsck.walks.walk import Walk
    from gangway.storage.keys import Key


def log(walk: Walk, after: str) -> Inspected:
    """Entries and their values; the head of the log comes first."""
    findings: list[Finding] = []
    if not after:
        findings += walk.examiner.examine(judge_head(walk.ground), _first_look_at_the_end(walk))
    numbers, following = stretch(walk, after)
    sight = _sight_of(walk, numbers)
    for each in numbers:
        findings += walk.examiner.examine(judge_entry(walk.ground, each), sight)
    if numbers:
        return Inspected(len(numbers), tuple(findings), following)
    end = read_head(walk.table).number
    findings += [f for key in _strays(walk, end) for f in walk.examiner.certain(judge_beyond(walk.ground, key))]
    return Inspected(0, tuple(findings), None)


def stretch(walk: Walk, after: str) -> tuple[range, str]:
    """The next numbers, none at the end, and the position behind them.

    The end is where the log ended when the phase began: who follows a log that others write may never get there.
    """
    if after:
        number, _, last = after.partition("/")
        before, end = number_in(number), number_in(last)
    else:
        before, end = oldest(walk) - 1, read_head(walk.table).number
    upto = min(end, before + PAGE)
    return range(before + 1, upto + 1), f"{upto}/{end}"


def _first_look_at_the_end(walk: Walk) -> Sight:
    """Entries before the head that counts them, which never goes back; so while a relay is at work all is well still.

    The other way round every look would be disturbed: an organization's head of the log is its busiest item.
    """
    bus, head = keys.bus_cursor(walk.organization), keys.log_head(walk.organization)
    cursor = walk.there([bus])
    newest = Part(keys.log_entry(walk.organization, read_head(walk.table).number).pk)
    following = Part(keys.log_entry(walk.organization, read_head(walk.table).number + 1).pk)
    parts = {part: walk.whole(part) for part in (Part(head.pk), newest, following)}
    return Sight(cursor | walk.there([head]), dict(parts))


def oldest(walk: Walk) -> int:
    """The first number that has not expired; those before it may have, or a restore passed over them."""
    now, head = walk.ground.now(), read_head(walk.table)
    for bucket in range(head.first // keys.LOG_BUCKET, head.number // keys.LOG_BUCKET + 1):
        for item in walk.table.query_all(keys.log_entry(walk.organization, bucket * keys.LOG_BUCKET).pk):
            live = (number_of(item, "ttl") or now + 1) > now and item["sk"]["S"].isdecimal()
            if live and int(item["sk"]["S"]) >= head.first:
                return int(item["sk"]["S"])
    return head.number + 1


def _strays(walk: Walk, end: int) -> Iterator[Key]:
    """Entries beyond the end, and in partitions of other numbers: two queries for each partition."""
    for bucket in range(end // keys.LOG_BUCKET + 1):
        first = keys.log_entry(walk.organization, bucket * keys.LOG_BUCKET)
        last = keys.log_entry(walk.organization, min((bucket + 1) * keys.LOG_BUCKET - 1, end))
        before = walk.table.query_all(first.pk, between=("\x01", first.sk))
        behind = walk.table.query_all(first.pk, between=(last.sk, "\uffff"))
        yield from map(key_of, (*before, *behind))


def _sight_of(walk: Walk, numbers: range) -> Sight:
    """A page of entries with the one before, and their values."""
    found = walk.there(keys.log_entry(walk.organization, each) for each in range(numbers.start - 1, numbers.stop))
    beside: list[Key] = [keys.log_damage(walk.organization, "-", each) for each in numbers]
    for each in numbers:
        entry = found[keys.log_entry(walk.organization, each)]
        resource_id = resource_of(entry) if entry else None
        if resource_id:
            beside += [
                keys.event_values(walk.organization, resource_id, each),
                keys.log_damage(walk.organization, resource_id, each),
                keys.erasure(walk.organization, resource_id),
            ]
    return Sight(found | walk.there(beside))
