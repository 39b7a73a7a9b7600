"""From a change to its delivery: latency and rate on the local stack, the relay's own speed, and what a million cost.

    uv run python -m tests.bench.changes
    uv run python -m tests.bench.changes --output json | jq '.figures[] | {name, value}'

Latency and rate are those of this machine, on which emulator, gateway and every function share the processors; what
they show is that a change arrives within a blink, not what AWS would take. Request units are exact: they are counted
by the accounting fake. Dollars are those of us-east-1, for changes that come one at a time (the dearest way) and in
bursts: 0.125 and 0.625 for a million read and write units on demand, 1.00 for a million custom events, 0.20 for a
million invocations and 13.33 for a million seconds of a gigabyte on arm64, for as long as the functions were seen to
run here.
"""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gangway.changes.publisher import Publisher
from gangway.changes.relay import Relay
from gangway.changes.security_event import TokenMaker
from gangway.changes.webhooks.dispatcher import Dispatcher
from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.serving import Service
from gangway.changes.webhooks.signing import new_secret
from gangway.changes.webhooks.waking import Waker
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.keys import OUTBOX_LANES, outbox_lane
from gangway.storage.outbox_table import OutboxTable
from infra.local.stack import LocalStack, Options
from tests.bench.report import Figure, run
from tests.support.admin import Admin
from tests.support.client import PATCH
from tests.support.client import Client as HttpClient
from tests.support.clocks import StoppedClock
from tests.support.directories import ORGANIZATION, TABLE, Desk
from tests.support.receivers import Receiver
from tests.support.scim import Client, user_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.changes.entry import LogEntry
    from gangway.changes.webhooks.ports import Post

ONE_BY_ONE = 60
BURST = 100
COUNTED = 200
RELAYED = 1_000
READ_DOLLARS, WRITE_DOLLARS = 0.125, 0.625
EVENT_DOLLARS, INVOCATION_DOLLARS, GIGABYTE_SECOND_DOLLARS = 1.00, 0.20, 13.33
BEHIND = ("change-relay", "webhook-dispatcher", "webhook-sender")


def figures() -> Iterator[Figure]:
    """Everything; the progress line tells which figure is being taken."""
    stack = OnLocalStack()
    yield from stack.figures()
    yield relay_speed()
    for burst in (1, 100):
        yield cost(burst, stack.seconds)


@dataclass
class OnLocalStack:
    """Changes over HTTP, heard by a receiver on loopback.

    `seconds` is how long each function ran for one change that came alone, times its memory in gigabytes.
    """

    seconds: dict[str, float] = field(default_factory=dict)

    def figures(self) -> Iterator[Figure]:
        """Latency of single changes, then the rate of a burst."""
        with LocalStack(Options()) as stack, Receiver() as receiver:
            client = HttpClient.of(stack.organizations[0])
            Admin(stack).post("/orgs/acme/webhooks", {"url": receiver.url, "form": "full"})
            users = [client.create_user(f"u{number}@bench.example")["id"] for number in range(ONE_BY_ONE)]
            _wait_for(receiver, ONE_BY_ONE)
            times = _timed(stack)
            late = [self._one(client, receiver, user) for user in users]
            self.seconds = {name: sum(spent) / len(users) for name, spent in times.items()}
            quantiles = statistics.quantiles(late, n=100)
            others = {"95 %": quantiles[94], "99 %": quantiles[98]}
            yield Figure("change to delivery, half of them within", statistics.median(late), "ms", beside=others)
            heard, began = len(receiver.heard), time.monotonic()
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda number: client.create_user(f"b{number}@bench.example"), range(BURST)))
            accepted = time.monotonic() - began
            _wait_for(receiver, heard + BURST)
            delivered = time.monotonic() - began
            note = f"{BURST} changes by 8 clients"
            beside = {"accepted": BURST / accepted, "posts per change": (len(receiver.heard) - heard) / BURST}
            yield Figure("changes delivered in a burst", BURST / delivered, "per s", beside=beside, note=note)

    @staticmethod
    def _one(client: HttpClient, receiver: Receiver, user: str) -> float:
        heard, began = len(receiver.heard), time.time()
        title = {"op": "replace", "path": "title", "value": str(began)}
        client.send("PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": [title]})
        _wait_for(receiver, heard + 1)
        return 1000 * (receiver.heard[heard].time - began)


def _wait_for(receiver: Receiver, number: int) -> None:
    while len(receiver.heard) < number:
        time.sleep(0.005)


def _timed(stack: LocalStack) -> dict[str, list[float]]:
    """Note how long each call of the functions behind the doors takes, in gigabyte-seconds."""
    times: dict[str, list[float]] = {name: [] for name in BEHIND}
    lock = threading.Lock()
    for name in BEHIND:
        function = stack.function(name)
        invoke, gigabytes = function.invoke, function.spec.memory_mb / 1024

        def timed(event: Any, *, _name: str = name, _invoke: Any = invoke, _gb: float = gigabytes, **more: Any) -> Any:
            began = time.monotonic()
            try:
                return _invoke(event, **more)
            finally:
                with lock:
                    times[_name].append((time.monotonic() - began) * _gb)

        function.invoke = timed  # type: ignore[method-assign]  # this one instance, for as long as the benchmark
    return times


class Table:
    """The directory, and everything behind it, on the accounting fake."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.client = self.desk.client
        clock = StoppedClock()
        self.log = ChangeLogTable(self.client, TABLE, clock)
        self.relay = Relay(OutboxTable(self.client, TABLE), self.log, clock, timedelta(days=90), lambda _s: None)
        self.publisher = Publisher(self.log, self)
        endpoints = EndpointTable(self.client, TABLE, clock)
        endpoint = Endpoint("ep1", ORGANIZATION, "https://hooks.example/in", (new_secret(),), form="full")
        endpoints.add(endpoint, Progress())
        self.waker = Waker(endpoints, self.log, self, clock)
        messages = Messages(TokenMaker("https://gangway.example", self, clock))
        dispatcher = Dispatcher(endpoints, self.log, self, clock, messages)
        self.service = Service(endpoints, self, dispatcher, clock)  # type: ignore[arg-type]  # no note is ever left here
        self.users = Client(self.desk, "User")
        self.rings = 0
        self.posted = 0

    algorithm = key_id = "none is asked for"

    def sign(self, signing_input: bytes) -> bytes:
        """Nobody asks for tokens."""
        return signing_input

    def send(self, entries: Sequence[LogEntry]) -> list[str | None]:
        """The bus takes everything."""
        return [None] * len(entries)

    def ring(self, organization_id: str, endpoint_id: str) -> None:
        """Deliver at once."""
        self.rings += 1
        self.service.serve(organization_id, endpoint_id, lambda: True, timedelta(minutes=5))

    def post_all(self, posts: Sequence[Post]) -> list[Answer]:
        """The receiver accepts everything."""
        self.posted += 1
        return [Answer(204, None, None, 1) for _ in posts]

    def answer_a_doorbell(self, lanes: Sequence[int]) -> None:
        """What the relay function does for a batch of stream records."""
        self.relay.move(ORGANIZATION, lanes, lambda: True)
        self.waker.wake(ORGANIZATION)
        self.publisher.publish(ORGANIZATION, lambda: True)

    def units(self) -> tuple[float, float]:
        """Read and write units since the account began."""
        return sum(call.read for call in self.client.calls), sum(call.write for call in self.client.calls)


def relay_speed() -> Figure:
    """How many changes a second one relay moves, by what its own code takes."""
    table = Table()
    for number in range(RELAYED):
        table.users.create(user_body(f"u{number}@bench.example", title="Countess"))
    table.client.forget_calls()
    began = time.process_time()
    table.relay.move(ORGANIZATION, range(OUTBOX_LANES), lambda: True)
    taken = time.process_time() - began
    calls = len(table.client.calls)
    beside = {"calls of DynamoDB per 100": 100 * calls / RELAYED}
    return Figure("relay, own CPU alone", RELAYED / taken, "changes per s", beside=beside, note="fake table included")


def cost(burst: int, gigabyte_seconds: dict[str, float]) -> Figure:
    """Dollars for a million changes with bus and one webhook, of which so many come together."""
    table = Table()
    users = [table.users.create(user_body(f"u{number}@bench.example"))["id"] for number in range(burst)]
    table.answer_a_doorbell(range(OUTBOX_LANES))
    reads = writes = own_writes = own_reads = 0.0
    table.rings = table.posted = 0
    for start in range(0, COUNTED, burst):
        table.client.forget_calls()
        for user in users:
            table.users.patch(user, {"op": "replace", "path": "title", "value": f"title {start}"})
        own_reads, own_writes = own_reads + table.units()[0], own_writes + table.units()[1]
        table.client.forget_calls()
        table.answer_a_doorbell(sorted({outbox_lane(user) for user in users}))
        reads, writes = reads + table.units()[0], writes + table.units()[1]
    doorbells = COUNTED / burst
    invocations = (doorbells + table.rings + table.posted) / COUNTED
    compute = sum(gigabyte_seconds.values()) / burst
    shares = {
        "table": (reads * READ_DOLLARS + writes * WRITE_DOLLARS) / COUNTED,
        "bus": EVENT_DOLLARS,
        "functions": invocations * INVOCATION_DOLLARS + compute * GIGABYTE_SECOND_DOLLARS,
        "the change itself": (own_reads * READ_DOLLARS + own_writes * WRITE_DOLLARS) / COUNTED,
    }
    how = "one at a time" if burst == 1 else f"{burst} at a time"
    units = {"read units each": reads / COUNTED, "write units each": writes / COUNTED}
    total = shares["table"] + shares["bus"] + shares["functions"]
    return Figure(f"log, bus and one webhook, {how}", total, "$ per million", beside={**shares, **units})


if __name__ == "__main__":
    run("Changes", figures)
