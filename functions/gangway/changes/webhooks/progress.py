"""The rules of delivery, as steps from one progress to the next: what to send now, and what an answer means.

Pure functions, because this is where order, patience and giving up are decided. Within a resource nothing overtakes: at
most one of its events is under way, and the later ones wait in its line. Between resources nothing waits. Two
dispatchers of one endpoint may compute the same sends (receivers de-duplicate), but only one can store the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from gangway.changes.webhooks.endpoint import MAX_HELD_NUMBERS, MAX_HELD_RESOURCES, Held, Progress
from gangway.changes.webhooks.schedule import pause_after

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from gangway.changes.webhooks.posting import Answer

Outcome = Literal["delivered", "retry", "dead", "disabled"]

_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Pending:
    """A log entry as far as these rules look at it."""

    number: int
    resource_id: str
    type: str


@dataclass(frozen=True, slots=True)
class Send:
    """One attempt to make: the number, and which attempt at it this is, from 1."""

    number: int
    resource_id: str
    attempt: int


def plan(
    progress: Progress, following: Iterable[Pending], types: Collection[str], now: datetime, limit: int
) -> tuple[list[Send], Progress]:
    """Choose up to `limit` attempts to make now, each for another resource; and take their numbers into the line.

    `following` are the log's entries from `progress.next` on. What the endpoint does not want to hear of is passed
    over. An entry whose resource waits, or is in this very plan, joins that resource's line.
    """
    if progress.disabled:
        return [], progress
    held = dict(progress.held)
    sends = [
        Send(line.numbers[0], resource_id, line.attempts + 1)
        for resource_id, line in sorted(held.items(), key=lambda pair: pair[1].numbers[0])
        if line.due <= now
    ][:limit]
    waiting = progress.held_numbers
    for entry in following:
        progress = _reached(progress, entry.number)
        if entry.number < progress.next:
            continue
        line = held.get(entry.resource_id)
        if entry.type in types and (line is None or entry.number not in line.numbers):
            if len(sends) >= limit or waiting >= MAX_HELD_NUMBERS:
                break
            if line is None:
                if len(progress.held) >= MAX_HELD_RESOURCES:
                    break
                sends.append(Send(entry.number, entry.resource_id, 1))
                line = Held((), 0, now)
            held[entry.resource_id] = replace(line, numbers=(*line.numbers, entry.number))
            waiting += 1
        progress = _reached(progress, entry.number + 1)
    return sends, replace(progress, held=held)


def after(progress: Progress, send: Send, answer: Answer, now: datetime) -> tuple[Progress, Outcome]:
    """Draw the consequence of an attempt that `plan` chose.

    Any 2xx is success, 410 disables the endpoint, everything else (redirects too) is tried again on schedule. When an
    event has used up its attempts, the question is whose fault it is: if other deliveries got through meanwhile, it is
    the event's, which becomes a dead letter; if none did, it is the endpoint's, which is disabled in its place.
    """
    line = progress.held[send.resource_id]
    if answer.accepted:
        return replace(_without_first(progress, send.resource_id, now), last_success=now), "delivered"
    if answer.status == _GONE:
        return replace(progress, disabled="gone"), "disabled"
    since = line.since or now
    pause = pause_after(send.attempt, _wish(answer))
    if pause is not None:
        retried = replace(line, attempts=send.attempt, due=now + pause, since=since)
        return replace(progress, held={**progress.held, send.resource_id: retried}), "retry"
    if progress.last_success is not None and progress.last_success > since:
        return _without_first(progress, send.resource_id, now), "dead"
    fresh = replace(line, attempts=0, due=now, since=None)
    return replace(progress, held={**progress.held, send.resource_id: fresh}, disabled="exhausted"), "disabled"


def given_up(progress: Progress, send: Send, now: datetime) -> Progress:
    """Pass over an event that can be delivered no more; what waits behind it is next."""
    return _without_first(progress, send.resource_id, now)


def replayed(progress: Progress, first: int, last: int | None = None) -> Progress:
    """Go through numbers `first` to `last` again, then on from where the endpoint was; without `last`, from `first` on.

    Ids stay the same, so a receiver that remembers them for good will not act twice. Resources that wait for numbers of
    the range stop waiting: they are met again, in order. If they wait for later numbers too, these are gone through
    again as well.
    """
    dropped = {resource: line for resource, line in progress.held.items() if line.numbers[0] >= first}
    kept = {resource: line for resource, line in progress.held.items() if resource not in dropped}
    resume = progress.resume_at or progress.next
    if last is not None:
        resume = min([resume, *(number for line in dropped.values() for number in line.numbers if number > last)])
    if last is None or last >= resume - 1:
        return replace(progress, next=min(first, resume), held=kept, replay_until=None, resume_at=None)
    return replace(progress, next=first, held=kept, replay_until=last, resume_at=resume)


def redriven(progress: Progress, number: int, resource_id: str, now: datetime) -> Progress:
    """Try a dead letter again, before what waits of its resource."""
    line = progress.held.get(resource_id) or Held((), 0, now)
    again = Held((number, *(other for other in line.numbers if other != number)), 0, now)
    return replace(progress, held={**progress.held, resource_id: again})


def enabled(progress: Progress, now: datetime) -> Progress:
    """Send again, what is held first and at once."""
    held = {resource: replace(line, attempts=0, due=now, since=None) for resource, line in progress.held.items()}
    return replace(progress, disabled=None, held=held)


def _reached(progress: Progress, number: int) -> Progress:
    """Go forward to a number; numbers in between are done, or forgotten by the log. A replay that is over jumps."""
    if number <= progress.next:
        return progress
    if progress.replay_until is not None and number > progress.replay_until:
        return replace(progress, next=progress.resume_at or number, replay_until=None, resume_at=None)
    return replace(progress, next=number)


def _without_first(progress: Progress, resource_id: str, now: datetime) -> Progress:
    rest = progress.held[resource_id].numbers[1:]
    held = {resource: line for resource, line in progress.held.items() if resource != resource_id}
    if rest:
        held[resource_id] = Held(rest, 0, now)
    return replace(progress, held=held)


def _wish(answer: Answer) -> timedelta | None:
    text = (answer.retry_after or "").strip()
    return timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 10 else None
