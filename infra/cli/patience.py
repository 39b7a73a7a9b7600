"""Patience for long work: what the stack cannot answer now is asked again, a little later each time.

Only for requests that may be repeated without harm, because one whose answer was lost may have been carried out.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Final

from infra.cli.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES: Final = 7
"""Together they wait for about a minute, which outlasts throttling, a deployment and a failing function's restart."""
_LONGEST_SECONDS: Final = 20.0


class Patience:
    """Repeats requests of one piece of work.

    Args:
        pause: waits that many seconds and says whether the work has been given up meanwhile; by default until then or
            `give_up`.
        tell: is told what the stack said, once until it answers again.
    """

    def __init__(
        self,
        pause: Callable[[float], object] | None = None,
        tell: Callable[[BusyError], object] = lambda _busy: None,
    ) -> None:
        self._given_up = threading.Event()
        self._pause = pause or self._given_up.wait
        self._tell = tell
        self._told = False
        self._reached = False

    def give_up(self) -> None:
        """Try nothing again."""
        self._given_up.set()

    def ask[Answer](self, request: Callable[[], Answer]) -> Answer:
        """Make a request until it is answered.

        Raises:
            CliError: it was refused, has failed too often, or there never was anybody to ask.
        """
        for attempt in range(TRIES):
            try:
                answer = request()
            except BusyError as busy:
                hopeless = not busy.reached and not self._reached  # a wrong URL, or a stack that is not running
                if hopeless or attempt == TRIES - 1 or self._given_up.is_set():
                    raise
                self._reached |= busy.reached
                if not self._told:
                    self._told = True
                    self._tell(busy)
                self._pause(max(busy.retry_after, random.uniform(0.5, 1) * min(2.0**attempt, _LONGEST_SECONDS)))
            else:
                self._reached, self._told = True, False
                return answer
        raise AssertionError  # the last attempt has returned or raised
