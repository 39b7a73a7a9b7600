"""Serving an endpoint: one dispatcher at a time, which stays while there is something to do soon.

Correctness does not need this (`gangway.changes.webhooks.dispatcher` may run any number of times at once), politeness
does: without it every burst of changes would be posted by several dispatchers, and most messages twice. So whoever
serves an endpoint has the turn, for no longer than a function can live; who is called meanwhile leaves word and goes.

The first pause of the schedule is five seconds. For so short a time the dispatcher stays, listening for new events
meanwhile; for longer ones it leaves a note when to be called again.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gangway.changes.webhooks.dispatcher import Dispatched

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.changes.webhooks.dispatcher import Dispatcher
    from gangway.changes.webhooks.ports import Bell, Calls, Turn, Turns
    from gangway.clock import Clock

SHORT: Final = timedelta(seconds=10)
"""A pause that is waited for; the first of the schedule is 5 to 5.5 seconds."""

_LISTEN_EVERY_S: Final = 0.5
_CALLS_AT_ONCE: Final = 500


class Service:
    """Serves endpoints, one call at a time."""

    def __init__(
        self,
        turns: Turns,
        calls: Calls,
        dispatcher: Dispatcher,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._turns = turns
        self._calls = calls
        self._dispatcher = dispatcher
        self._clock = clock
        self._pause = pause

    def serve(
        self, organization_id: str, endpoint_id: str, enough_time: Callable[[], bool], longest: timedelta
    ) -> Dispatched | None:
        """Deliver to an endpoint until there is nothing to do soon; None when somebody else is at it.

        Args:
            enough_time: whether another round of attempts may begin.
            longest: how long this can take at most; the turn is lost after that.
        """
        turn = self._turns.begin(organization_id, endpoint_id, self._clock.now() + longest)
        if turn is None:
            return None
        done = Dispatched()
        try:
            while turn is not None:
                _add(done, self._dispatcher.dispatch(organization_id, endpoint_id, enough_time))
                turn = self._next(turn, done, enough_time)
        except Exception:
            # whoever called may not call again, so somebody must look soon
            self._calls.set(organization_id, endpoint_id, self._clock.now())
            if turn is not None:
                self._turns.end(turn, anyway=True)
            raise
        if done.again_at is not None and not done.disabled:
            self._calls.set(organization_id, endpoint_id, done.again_at)
        return done

    def _next(self, turn: Turn, done: Dispatched, enough_time: Callable[[], bool]) -> Turn | None:
        """Wait for what is due soon, or for somebody who calls; without hope of either, give the turn back."""
        due = done.again_at
        if due is not None and not done.disabled and due - self._clock.now() <= SHORT:
            while enough_time():
                if self._clock.now() >= due:
                    return turn
                heard = self._turns.heard(turn)
                if heard != turn:
                    return heard
                self._pause(min(_LISTEN_EVERY_S, max(0.0, (due - self._clock.now()).total_seconds())))
        return self._turns.end(turn, anyway=not enough_time())


def call_due(calls: Calls, bell: Bell, clock: Clock, enough_time: Callable[[], bool]) -> int:
    """Call dispatchers where a note says that it is time; say how many."""
    called = 0
    for call in calls.due(clock.now(), _CALLS_AT_ONCE):
        if not enough_time():
            break
        bell.ring(call.organization_id, call.endpoint_id)
        calls.clear(call)
        called += 1
    return called


def _add(done: Dispatched, more: Dispatched) -> None:
    done.delivered += more.delivered
    done.failed += more.failed
    done.dead += more.dead
    done.disabled, done.again_at = more.disabled, more.again_at
