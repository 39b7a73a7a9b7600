"""An outbox, a log and a bus in memory that can be interrupted before and after every call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from gangway.changes.entry import FIRST_SEAL, LogEntry, enter
from gangway.changes.event import dump_change
from gangway.changes.ports import LostRaceError, OutboxPage, ReadableChange, UnstorableError, WaitingChange
from gangway.changes.tell import identified
from tests.changes.traffic import ORGANIZATION, Told

LANES = 2
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


class FixedClock:
    """A clock that somebody else sets; relays may have clocks that are minutes apart."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.time = NOW + ahead

    def now(self) -> datetime:
        return self.time


@dataclass
class Memory:
    """What is stored; it survives whoever works on it."""

    outbox: dict[tuple[str, int], WaitingChange] = field(default_factory=dict)
    after: dict[tuple[str, int], set[tuple[str, int]]] = field(default_factory=dict)
    being_applied: set[tuple[str, int]] = field(default_factory=set)
    log: list[LogEntry] = field(default_factory=list)
    expiries: list[int] = field(default_factory=list)
    published: int = 0
    forgotten: int = 0
    sent: list[LogEntry] = field(default_factory=list)
    dead: dict[tuple[str, int], str] = field(default_factory=dict)
    unpublishable: dict[int, str] = field(default_factory=dict)
    bookmark: str = ""

    def commit(self, told: Sequence[Told]) -> None:
        for one in told:
            first = one.events[0]
            self.outbox[one.stream, one.sequence] = WaitingChange(
                organization_id=ORGANIZATION,
                lane=int(first.resource_id[1:]) % LANES,
                resource_id=first.resource_id,
                stream=one.stream,
                sequence=one.sequence,
                version=first.version,
                written_at=int(datetime.fromisoformat(first.time).timestamp() * 1000),
                text=dump_change(identified(one.events, one.stream, one.sequence)),
            )
            self.after[one.stream, one.sequence] = {(one.stream, one.sequence - 1), *one.after}


Interrupt = Callable[[str], None]


def undisturbed(_call: str) -> None:
    """Nothing happens between two calls."""


class MemoryOutbox:
    def __init__(self, memory: Memory, interrupt: Interrupt = undisturbed, page: int = 100) -> None:
        self._memory = memory
        self._interrupt = interrupt
        self._page = page

    def read(self, organization_id: str, lane: int) -> OutboxPage:
        self._interrupt("before read")
        memory = self._memory
        waiting = {key: c for key, c in sorted(memory.outbox.items()) if c.lane == lane}
        visible = {key: c for key, c in waiting.items() if key not in memory.being_applied}
        page = dict(list(visible.items())[: self._page])
        if len(page) < len(visible):
            cut = list(page.values())[-1].resource_id
            whole = {key: c for key, c in page.items() if c.resource_id != cut}
            page = whole or {key: c for key, c in visible.items() if c.resource_id == cut}
        held: set[tuple[str, int]] = set()
        while more := {k for k in page.keys() - held if memory.after[k] & (held | (waiting.keys() - page.keys()))}:
            held |= more
        ready = [c for key, c in page.items() if key not in held]
        ready.sort(key=lambda c: (c.resource_id, c.version, c.stream, c.sequence))
        self._interrupt("after read")
        return OutboxPage(tuple(ready), more=len(visible) > len(page) or bool(held))

    def set_aside(self, change: WaitingChange, reason: str) -> None:
        self._interrupt("before set_aside")
        if self._memory.outbox.pop((change.stream, change.sequence), None) is None:
            raise LostRaceError
        self._memory.dead[change.stream, change.sequence] = reason
        self._interrupt("after set_aside")

    def lanes_with_changes(self, organization_id: str) -> Sequence[int]:
        self._interrupt("before lanes_with_changes")
        return sorted({change.lane for change in self._memory.outbox.values()})


class MemoryLog:
    def __init__(self, memory: Memory, interrupt: Interrupt = undisturbed, capacity: int = 5) -> None:
        self._memory = memory
        self._interrupt = interrupt
        self._capacity = capacity
        self.unstorable: set[str] = set()

    def move(self, organization_id: str, changes: Sequence[ReadableChange], expires_at: int) -> int:
        # reading the head and writing are two calls in the real log, and others come between
        head = len(self._memory.log)
        self._interrupt("before move")
        entries: list[LogEntry] = []
        taken = 0
        seal = self._memory.log[head - 1].seal if head else FIRST_SEAL
        for readable in changes:
            unstorable = any(event.resource_id in self.unstorable for event in readable.events)
            if unstorable or len(entries) + len(readable.events) > self._capacity:
                break
            for event in readable.events:
                entries.append(enter(event, head + len(entries) + 1, seal))
                seal = entries[-1].seal
            taken += 1
        if not taken:
            raise UnstorableError("too large")
        keys = [(readable.change.stream, readable.change.sequence) for readable in changes[:taken]]
        if head != len(self._memory.log) or not all(key in self._memory.outbox for key in keys):
            raise LostRaceError
        for key in keys:
            del self._memory.outbox[key]
        self._memory.log += entries
        self._memory.expiries += [max([expires_at, *self._memory.expiries[-1:]])] * len(entries)
        self._interrupt("after move")
        return taken

    def last_number(self, organization_id: str) -> int:
        return len(self._memory.log)

    def first_number(self, organization_id: str) -> int:
        return self._memory.forgotten + 1

    def read(self, organization_id: str, after: int, limit: int, *, with_values: bool) -> Sequence[LogEntry]:
        self._interrupt("before log read")
        after = max(after, self._memory.forgotten)
        page = self._memory.log[after : after + limit]
        return page if with_values else [replace(entry, values=None) for entry in page]

    def published(self, organization_id: str) -> int:
        self._interrupt("before published")
        return self._memory.published

    def set_published(self, organization_id: str, upto: int) -> None:
        self._interrupt("before set_published")
        self._memory.published = max(self._memory.published, upto)
        self._interrupt("after set_published")

    def set_unpublishable_aside(self, entry: LogEntry, reason: str) -> None:
        self._memory.unpublishable[entry.number] = reason


class MemoryBus:
    """A bus that takes what `refusals` does not name; each refusal is used up by the call it answers."""

    def __init__(self, memory: Memory, interrupt: Interrupt = undisturbed) -> None:
        self._memory = memory
        self._interrupt = interrupt
        self.refusals: dict[int, list[str]] = defaultdict(list)
        self.calls: list[list[int]] = []

    def send(self, entries: Sequence[LogEntry]) -> Sequence[str | None]:
        self._interrupt("before send")
        self.calls.append([entry.number for entry in entries])
        codes = [self.refusals[entry.number].pop(0) if self.refusals[entry.number] else None for entry in entries]
        self._memory.sent += [entry for entry, code in zip(entries, codes, strict=True) if code is None]
        self._interrupt("after send")
        return codes


class MemoryWebhooks:
    """Notes who is woken."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, organization_id: str) -> int:
        self.woken.append(organization_id)
        return 1


class MemoryOrganizations:
    def __init__(self, memory: Memory, names: Sequence[tuple[str, str]] = (("acme", ORGANIZATION),)) -> None:
        self._memory = memory
        self._names = names

    def ids_after(self, name: str, limit: int) -> Sequence[tuple[str, str]]:
        return [pair for pair in self._names if pair[0] > name][:limit]

    def bookmark(self) -> str:
        return self._memory.bookmark

    def set_bookmark(self, name: str) -> None:
        self._memory.bookmark = name
