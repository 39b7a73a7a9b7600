"""When a failed delivery is tried again: the schedule that the Standard Webhooks specification recommends.

Ten attempts over about three days: soon at first, because most failures are a deployment or a hiccup, then far apart,
because the rest are holidays. Jitter keeps endpoints that failed together from coming back together. A receiver that
names a time (``Retry-After``) gets it, within a day.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Pauses after the first, second, … failed attempt: 75 hours and 35 minutes together."""

ATTEMPTS: Final = len(PAUSES) + 1

JITTER: Final = 0.1
"""A pause is up to this fraction longer, never shorter."""

_LONGEST_WISH: Final = timedelta(days=1)


def pause_after(attempts: int, retry_after: timedelta | None = None, jitter: float | None = None) -> timedelta | None:
    """Say how long to wait after so many failed attempts; None when there is to be no further one.

    Args:
        attempts: how many were made, at least 1.
        retry_after: what the receiver asked for; lengthens the pause up to a day, never shortens it.
        jitter: from 0 to 1; by default random.
    """
    if attempts >= ATTEMPTS:
        return None
    pause = PAUSES[attempts - 1]
    pause += pause * JITTER * (random.random() if jitter is None else jitter)
    return max(pause, min(retry_after, _LONGEST_WISH)) if retry_after else pause
