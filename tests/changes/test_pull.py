"""The pull API: a cursor is the number of the last event read, and what was forgotten is never skipped in silence."""

from __future__ import annotations

import pytest

from gangway.changes.pull import MAX_LIMIT, CursorExpiredError, CursorInvalidError, pull
from tests.changes.fakes import Memory, MemoryLog
from tests.changes.test_publisher import logged
from tests.changes.traffic import ORGANIZATION


def numbers(log: MemoryLog, cursor: str | None, limit: int = MAX_LIMIT) -> list[int]:
    return [event["number"] for event in pull(log, ORGANIZATION, cursor, limit).events]


def test_reading_on_from_each_cursor_gives_everything_once() -> None:
    _, function = logged(25)
    read, cursor, more = [], None, True

    while more:
        page = pull(function.log, ORGANIZATION, cursor, limit=10)
        read += [event["number"] for event in page.events]
        cursor, more = page.cursor, page.more

    assert read == list(range(1, 26))
    assert cursor == "25"
    assert pull(function.log, ORGANIZATION, cursor).events == ()


def test_events_are_complete() -> None:
    _, function = logged(1)

    (event,) = pull(function.log, ORGANIZATION).events

    assert event["data"]["after"] == {"userName": "u1"}


def test_no_page_is_larger_than_the_limit_whatever_is_asked_for() -> None:
    _, function = logged(MAX_LIMIT + 5)

    assert len(numbers(function.log, None, limit=10_000)) == MAX_LIMIT


def test_an_empty_log_can_be_read_and_read_on() -> None:
    page = pull(MemoryLog(Memory()), ORGANIZATION)

    assert (page.events, page.cursor, page.more) == ((), "0", False)


def test_a_cursor_from_before_retention_is_refused_with_the_oldest_that_is_left() -> None:
    memory, function = logged(10)
    memory.forgotten = 4

    with pytest.raises(CursorExpiredError) as refusal:
        pull(function.log, ORGANIZATION, "3")

    assert refusal.value.oldest == "4"
    assert numbers(function.log, refusal.value.oldest) == [5, 6, 7, 8, 9, 10]


def test_a_cursor_is_refused_even_when_everything_was_forgotten() -> None:
    memory, function = logged(10)
    memory.forgotten = 10

    with pytest.raises(CursorExpiredError):
        pull(function.log, ORGANIZATION, "3")
    assert pull(function.log, ORGANIZATION, "10").events == ()


def test_without_a_cursor_reading_begins_with_the_oldest() -> None:
    memory, function = logged(10)
    memory.forgotten = 8

    assert numbers(function.log, None) == [9, 10]


@pytest.mark.parametrize("cursor", ["11", "-1", "1.5", "", "abc", "٣", "9" * 13])
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    _, function = logged(10)

    with pytest.raises(CursorInvalidError):
        pull(function.log, ORGANIZATION, cursor)
