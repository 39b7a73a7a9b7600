"""Interleavings on purpose: requests run at the same time, and a seed decides who takes the next step.

A step is one call of AWS with what follows it; between two of them a function shares nothing with any other, so every
order of effects that the service allows is an order of steps. Each request has a thread, and exactly one of them runs
at a time, from its turn to its next call. Nothing depends on the machine: a seed plays the same run everywhere.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.security.account import Account


@dataclass(frozen=True, slots=True)
class Finished:
    """A request that was answered; `began` and `ended` count the steps of the whole run."""

    name: str
    result: Any
    began: int
    ended: int


class _Actor(threading.Thread):
    """One request, which stops before each of its calls until it is let on."""

    def __init__(self, name: str, work: Callable[[], Any], turns: Turns) -> None:
        super().__init__(name=name, daemon=True)
        self._work, self._turns = work, turns
        self.go, self.stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.result: Any = None
        self.failure: BaseException | None = None
        self.done = False
        self.began: int | None = None

    def run(self) -> None:
        self.go.acquire()
        self.began = self._turns.step
        try:
            self.result = self._work()
        except BaseException as error:
            self.failure = error
        self.done = True
        self.stopped.release()

    def pause(self) -> None:
        """Give the turn away before a call."""
        self.stopped.release()
        self.go.acquire()


class Turns:
    """Runs requests at the same time, in an order made of a seed."""

    def __init__(self, account: Account, seed: int) -> None:
        self._account = account
        self._random = random.Random(seed)
        self._actors: dict[int, _Actor] = {}
        self.step = 0

    def play(self, requests: Mapping[str, Callable[[], Any]], *, after: Mapping[str, str]) -> dict[str, Finished]:
        """Run all of them to their end and give what became of each.

        Args:
            requests: by name.
            after: names of requests that do not begin before another one has been answered, with its name.
        """
        actors = {name: _Actor(name, work, self) for name, work in requests.items()}
        finished: dict[str, Finished] = {}
        self._account.dynamodb.before = self._account.secrets.before = self._before
        try:
            with self._account.installed():
                for actor in actors.values():
                    actor.start()
                    self._actors[actor.ident or 0] = actor
                while len(finished) < len(actors):
                    ready = [
                        a
                        for name, a in actors.items()
                        if name not in finished and after.get(name, name) in {name, *finished}
                    ]
                    self._let_on(self._random.choice(ready), finished)
        finally:
            self._account.dynamodb.before = self._account.secrets.before = lambda _operation, _request: None
        return finished

    def _let_on(self, actor: _Actor, finished: dict[str, Finished]) -> None:
        self.step += 1
        actor.go.release()
        actor.stopped.acquire()
        if actor.failure:
            raise actor.failure
        if actor.done:
            finished[actor.name] = Finished(actor.name, actor.result, actor.began or 0, self.step)

    def _before(self, _operation: str, _request: object) -> None:
        actor = self._actors.get(threading.get_ident())
        if actor is not None:  # helpers of a request run within its turn
            actor.pause()
