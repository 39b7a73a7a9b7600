"""Virtual time for many requests at once: their code is the real one, but only its waiting takes time.

Every task has a thread, and only one runs at a time: the one whose moment is earliest. A task that waits hands over and
goes on when its moment has come. So an hour of traffic takes as long as its computing, the order of everything is that
of the virtual clock, and whether 50 requests a second get into each other's way does not depend on this machine.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@dataclass
class _Task:
    work: Callable[[], object]
    turn: threading.Event = field(default_factory=threading.Event)
    result: object = None
    started: bool = False
    took: float = 0.0


class World:
    """A clock, and those who live by it; implements `gangway.clock.Clock`."""

    def __init__(self) -> None:
        self.time = 0.0
        self._queue: list[tuple[float, int, _Task]] = []
        self._order = itertools.count()
        self._over = threading.Event()

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        """Seconds, as `time.monotonic` tells them."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let the others live until so many seconds have passed."""
        task: _Task | None = getattr(threading.current_thread(), "task", None)
        if task is None:
            self.time += seconds
            return
        task.turn.clear()
        heapq.heappush(self._queue, (self.time + seconds, next(self._order), task))
        self._next()
        task.turn.wait()

    def play(self, tasks: Iterable[tuple[float, Callable[[], object]]]) -> list[tuple[object, float]]:
        """Begin each task at its moment; returns each one's result (or exception) and how long it took."""
        played = [(at, _Task(work)) for at, work in tasks]
        for at, task in played:
            heapq.heappush(self._queue, (self.time + at, next(self._order), task))
        self._over.clear()
        self._next()
        self._over.wait()
        return [(task.result, task.took) for _at, task in played]

    def _next(self) -> None:
        """Hand over to the task whose moment is earliest."""
        if not self._queue:
            self._over.set()
            return
        self.time, _order, task = heapq.heappop(self._queue)
        if task.started:
            task.turn.set()
            return
        task.started = True
        thread = threading.Thread(target=self._live, args=(task,), daemon=True)
        thread.task = task  # type: ignore[attr-defined]  # how a thread finds its task again
        thread.start()

    def _live(self, task: _Task) -> None:
        began = self.time
        try:
            task.result = task.work()
        except Exception as error:
            task.result = error
        task.took = self.time - began
        self._next()


class Inline(Executor):
    """Runs at once what others would run in threads; what was done at the same time is done one after the other."""

    def submit[Result, **Arguments](
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class RoundTrips(Inline):
    """Counts round trips: calls that are made at the same time are one, whatever their number.

    It is the length of the longest chain of calls that wait for each other. To be asked with `number`, called with
    `call` for every call, and put in the place of the pool of threads.
    """

    def __init__(self) -> None:
        self.number = 0

    def call(self, *_what: Any) -> None:
        """One call was made."""
        self.number += 1

    def submit[Result, **Arguments](
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        began = self.number
        future = super().submit(fn, *args, **kwargs)
        ended, self.number = self.number, began
        return _Joined(future, self, ended)


class _Joined[Result](Future[Result]):
    """Whoever takes the result waits until it is there."""

    def __init__(self, future: Future[Result], trips: RoundTrips, ended: int) -> None:
        super().__init__()
        self._trips, self._ended = trips, ended
        if error := future.exception():
            self.set_exception(error)
        else:
            self.set_result(future.result())

    def result(self, timeout: float | None = None) -> Result:
        self._trips.number = max(self._trips.number, self._ended)
        return super().result(timeout)
