"""Ten attempts over about three days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gangway.changes.webhooks.schedule import ATTEMPTS, JITTER, pause_after


def total(jitter: float) -> timedelta:
    pauses = [pause_after(attempts, jitter=jitter) for attempts in range(1, ATTEMPTS)]
    return sum((pause for pause in pauses if pause is not None), timedelta())


@pytest.mark.row("WHK-09")
def test_WHK_09_ten_attempts_take_three_days_and_then_there_is_none() -> None:
    assert ATTEMPTS == 10
    assert total(jitter=0) == timedelta(hours=75, minutes=35, seconds=5)
    assert total(jitter=1) == total(jitter=0) * (1 + JITTER)
    assert pause_after(ATTEMPTS) is None


@pytest.mark.row("WHK-09")
def test_WHK_09_endpoints_that_failed_together_do_not_come_back_together() -> None:
    assert len({pause_after(3) for _ in range(20)}) > 10


@pytest.mark.row("WHK-10")
@pytest.mark.parametrize(
    ("wish", "pause"),
    [
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(minutes=2), timedelta(minutes=2)),
        (timedelta(days=365), timedelta(days=1)),
    ],
)
def test_WHK_10_a_receivers_wish_lengthens_a_pause_up_to_a_day(wish: timedelta, pause: timedelta) -> None:
    assert pause_after(1, wish, jitter=0) == pause
