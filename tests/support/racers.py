"""Several requests at the same moment: threads of this process, or processes with threads of their own."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import boto3

from gangway.directory.representation import Answer
from gangway.scim.errors import ScimError
from gangway.storage.aws import CONFIG
from tests.support.directories import Desk
from tests.support.scim import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier

    from infra.local.emulator import Emulator


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Begin all at once; returns what each answered, or how it was refused."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except ScimError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


class Request(NamedTuple):
    """What one racer of another process does: a method of `tests.support.scim.Client` with its arguments."""

    kind: str
    method: str
    arguments: tuple[Any, ...]
    named: tuple[tuple[str, Any], ...] = ()


class Processes:
    """Processes that wait to be told what to race for, each with threads of its own, as the functions of a stack are.

    Every answer is a body, a status, or the name of a refusal.
    """

    def __init__(self, emulator: Emulator, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._start = context.Barrier(number)
        environment = emulator.credentials.environment(emulator.endpoint)
        self._pipes: list[Connection] = []
        self._processes = []
        for _each in range(number):
            here, there = context.Pipe()
            process = context.Process(target=_work, args=(environment, self._start, there), daemon=True)
            process.start()
            self._pipes.append(here)
            self._processes.append(process)

    def race(self, requests: Sequence[Request]) -> list[Any]:
        """Begin all at once, spread over the processes; returns the answers in the order of the requests."""
        number = len(self._pipes)
        for at, pipe in enumerate(self._pipes):
            pipe.send(requests[at::number])
        answers: list[Any] = [None] * len(requests)
        for at, pipe in enumerate(self._pipes):
            assert pipe.poll(120), "a process does not answer"
            answers[at::number] = pipe.recv()
        return answers

    def end(self) -> None:
        """Let them go."""
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.send(None)
            process.join()


def _work(environment: dict[str, str], start: Barrier, pipe: Connection) -> None:
    patch("gangway.directory.persistence.BUDGET_SECONDS", 120.0).start()  # a busy machine must not turn into a 503
    client = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=environment["AWS_REGION"]
    ).client("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL"], config=CONFIG)
    desk = Desk(client)
    while (requests := pipe.recv()) is not None:
        acts = [partial(_act, desk, request) for request in requests]
        start.wait()
        pipe.send([_plain(answer) for answer in race(acts)] if acts else [])


def _act(desk: Desk, request: Request) -> Any:
    return getattr(Client(desk, request.kind), request.method)(*request.arguments, **dict(request.named))


def _plain(answer: Any) -> Any:
    """An answer that can be sent to another process."""
    if isinstance(answer, ScimError):
        return type(answer).__name__
    return answer.status if isinstance(answer, Answer) else answer
