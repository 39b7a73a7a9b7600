"""Several requests at the same moment: threads of this process, or processes with threads of their own."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3

from gangway.scim.errors import ScimError
from gangway.storage.aws import CONFIG
from tests.support.directories import Desk
from tests.support.scim import Client, user_body

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def create_from_processes(emulator: Emulator, user_name: str, processes: int, threads: int) -> list[str]:
    """Create one user from each thread of each process; returns an id, or the name of a refusal, for each."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes)
    answers: Any = context.Queue()
    environment = emulator.credentials.environment(emulator.endpoint)
    racers = [
        context.Process(target=_create, args=(environment, user_name, threads, start, answers))
        for _each in range(processes)
    ]
    for racer in racers:
        racer.start()
    found = [answers.get(timeout=120) for _each in range(processes * threads)]
    for racer in racers:
        racer.join()
    return found


def _create(environment: dict[str, str], user_name: str, threads: int, start: Any, answers: Any) -> None:
    client = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=environment["AWS_REGION"]
    ).client("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL"], config=CONFIG)
    users = Client(Desk(client), "User")
    start.wait()
    for answer in race([lambda: users.create(user_body(user_name))["id"]] * threads):
        answers.put(answer if isinstance(answer, str) else type(answer).__name__)
