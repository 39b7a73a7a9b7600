"""Try again until it is done, or until it is better to say so.

Transactions that meet at an item are refused, and botocore does not repeat them, because only we know what repeating
means: read the state again and decide anew. The pauses are random, so that writers who met do not meet again. What
does not succeed in time is an honest 503 with ``Retry-After``: identity providers repeat those, while a 409 or 404
that is not true makes them create a second user or drop one.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from gangway.directory.ports import IntentPending, TryAgain
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET_SECONDS: Final = 6.0
"""How long one operation may go on trying; a client waits no longer than this for a conflict."""

RESERVE_MS: Final = 1500
"""Time left for the answer: nothing new is begun when the function has less."""

_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5
_MAX_DOUBLINGS: Final = 6


class Persistence:
    """How one request deals with refusals that will pass.

    Args:
        remaining_ms: milliseconds until the function is stopped.
    """

    def __init__(self, remaining_ms: Callable[[], int]) -> None:
        self._remaining_ms = remaining_ms

    def has_time(self) -> bool:
        """Whether another step may be begun."""
        return self._remaining_ms() > RESERVE_MS

    def persist[Result](self, attempt: Callable[[], Result]) -> Result:
        """Call `attempt` until it does not raise `TryAgain`.

        Raises:
            Unavailable: time is over.
        """
        end = time.monotonic() + BUDGET_SECONDS
        attempts = 0
        while True:
            try:
                return attempt()
            except TryAgain as refusal:
                pause = 0.0 if isinstance(refusal, IntentPending) else self._pause(attempts)
                attempts += 1
                if time.monotonic() + pause > end or not self.has_time():
                    raise busy() from refusal
                time.sleep(pause)

    def _pause(self, attempts: int) -> float:
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempts, _MAX_DOUBLINGS))
        return random.uniform(0, longest)


def busy() -> Unavailable:
    """The answer when time is over before the work is done."""
    return Unavailable(
        "The directory is busy with other changes of the same resources. Repeat the request.", retry_after=2
    )
