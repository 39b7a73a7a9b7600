"""What is kept of failures, and how little somebody who fails on purpose can make this service write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gangway.diagnosis.recorder import COUNTERS, MAX_KINDS, NOBODY, FailureRecorder
from tests.access.fakes import NOON, SettableClock
from tests.diagnosis.fakes import MemoryFailures

ACME, GLOBEX = "AAAAAAAA", "BBBBBBBB"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOON)


@pytest.fixture
def store() -> MemoryFailures:
    return MemoryFailures()


@pytest.fixture
def recorder(store: MemoryFailures, clock: SettableClock) -> FailureRecorder:
    return FailureRecorder(store, clock)


def fail(recorder: FailureRecorder, number: int = 0, *, organization: str = ACME, path: str = "/Users") -> bool:
    return recorder.failed(
        organization, days=30, request_id=f"r{number}", method="POST", path=path, status=400, key_id="k"
    )


def test_a_failure_is_kept_with_its_time_for_the_organizations_days(
    recorder: FailureRecorder, store: MemoryFailures
) -> None:
    assert fail(recorder)

    (kept,) = store.kept[ACME]
    assert (kept.request_id, kept.time, kept.count, store.days) == ("r0", NOON, 1, [30])


def test_of_many_failures_of_one_kind_the_first_and_then_each_doubling_are_kept(
    recorder: FailureRecorder, store: MemoryFailures
) -> None:
    for number in range(1000):
        fail(recorder, number)

    assert [kept.count for kept in store.kept[ACME]] == [1, 2, 3, 4, 5, 8, 16, 32, 64, 128, 256, 512]


def test_kinds_minutes_and_organizations_are_counted_apart(
    recorder: FailureRecorder, store: MemoryFailures, clock: SettableClock
) -> None:
    for number in range(10):
        fail(recorder, number)
    assert fail(recorder, path="/Groups")
    assert fail(recorder, organization=GLOBEX)
    assert not fail(recorder)

    clock.advance(60)

    assert fail(recorder)
    assert store.kept[ACME][-1].count == 1


def test_however_many_kinds_there_are_the_recorder_remembers_and_writes_a_bounded_number(
    recorder: FailureRecorder, store: MemoryFailures
) -> None:
    for number in range(3 * MAX_KINDS):
        fail(recorder, path=f"/{number}")

    assert store.writes == MAX_KINDS
    assert fail(recorder, organization=GLOBEX), "another organization is not affected"


def test_a_wrong_secret_is_counted_in_its_minute_at_once_and_then_at_each_doubling(
    recorder: FailureRecorder, store: MemoryFailures, clock: SettableClock
) -> None:
    clock.advance(7)
    for _ in range(100):
        recorder.refused(ACME, "AAAAAAAA12345678", "wrong secret", days=14)

    (counted,) = store.counts[ACME].values()
    assert (counted.time, counted.key_id, counted.reason, counted.count) == (
        NOON,
        "AAAAAAAA12345678",
        "wrong secret",
        64,
    )
    assert store.writes == 7
    assert set(store.days) == {14}


def test_a_new_minute_has_a_count_of_its_own(
    recorder: FailureRecorder, store: MemoryFailures, clock: SettableClock
) -> None:
    for _ in range(2):
        recorder.refused(ACME, "AAAAAAAA12345678", "dead token", days=14)
        clock.advance(60)

    assert [(each.time, each.count) for each in store.counts[ACME].values()] == [
        (NOON, 1),
        (NOON + timedelta(minutes=1), 1),
    ]


def test_given_made_up_key_ids_then_nobodys_counter_is_written_as_if_they_existed(store: MemoryFailures) -> None:
    """Whether a first attempt is followed by a write must not depend on whether the key id exists."""
    written = []
    for organization in (ACME, None):
        recorder = FailureRecorder(store, SettableClock(NOON))
        written.append([recorder.refused(organization, f"AAAAAAAA{n:08}", "wrong secret") for n in range(500)])

    assert written[0] == written[1]
    assert set(store.counts) == {ACME, NOBODY}
    assert len(store.counts[NOBODY]) == 1


def test_given_endless_made_up_key_ids_then_writes_grow_with_the_logarithm(
    recorder: FailureRecorder, store: MemoryFailures
) -> None:
    for number in range(20_000):
        recorder.refused(None, f"{number:016}", "unknown token")

    assert store.writes <= COUNTERS * (20_000).bit_length()
    assert store.writes < 20_000 / 20


def test_given_a_store_that_is_down_then_nothing_is_raised(recorder: FailureRecorder, store: MemoryFailures) -> None:
    store.broken = True

    assert not fail(recorder)
    assert not recorder.refused(ACME, "AAAAAAAA12345678", "wrong secret")
