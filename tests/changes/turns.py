"""Several workers that take turns: exactly one runs at a time, and who is next at each interruption is chosen.

A run is decided by its seed alone, so a failure can be repeated, and hypothesis can make it smaller.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence


class Killed(BaseException):
    """The function dies here: nothing catches this."""


class Turns:
    """Runs workers in turns. Each calls `interrupt` where another may come in, or where it may be killed."""

    def __init__(self, rng: random.Random, deaths: float) -> None:
        self._random = rng
        self._deaths = deaths
        self._back = threading.Semaphore(0)
        self._go: dict[int, threading.Semaphore] = {}
        self._ended: set[threading.Semaphore] = set()
        self.errors: list[BaseException] = []

    def interrupt(self, _call: str) -> None:
        """Let somebody else run, and perhaps die."""
        self.interrupt_alive()
        if self._random.random() < self._deaths:
            raise Killed

    def interrupt_alive(self) -> None:
        """Let somebody else run."""
        go = self._go[threading.get_ident()]
        self._back.release()
        go.acquire()

    def run(self, workers: Sequence[Callable[[], object]]) -> None:
        """Run all workers to their ends, or deaths; their other errors are raised here."""
        live: list[threading.Semaphore] = []
        for worker in workers:
            go = threading.Semaphore(0)
            live.append(go)
            threading.Thread(target=self._work, args=(worker, go), daemon=True).start()
        while live:
            go = self._random.choice(live)
            go.release()
            self._back.acquire()
            if go in self._ended:
                live.remove(go)
        if self.errors:
            raise self.errors[0]

    def _work(self, worker: Callable[[], object], go: threading.Semaphore) -> None:
        self._go[threading.get_ident()] = go
        go.acquire()
        try:
            worker()
        except Killed:
            pass
        except BaseException as error:
            self.errors.append(error)
        finally:
            self._ended.add(go)
            del self._go[threading.get_ident()]
            self._back.release()
