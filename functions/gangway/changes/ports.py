"""What the changes room needs from storage, the event bus and the network.

The rules about order, completeness and retries live in this room and are tested against fakes of these protocols that
lose, double and delay; `gangway.storage` implements them on DynamoDB and EventBridge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.changes.entry import LogEntry
    from gangway.changes.event import ChangeEvent


class LostRaceError(Exception):
    """Another relay, or a writer, was at the same items at the same time. Nothing was stored; read again."""


class UnstorableError(Exception):
    """Storage will never take this, however often it is tried; the text says why, without values."""


class WaitingChange(NamedTuple):
    """A change in the outbox, as its writer's transaction left it.

    A user's changes are one *stream*. A group's are several, so that changes of different members need not wait for
    each other: one of the group itself, and some that each member belongs to one of.

    Attributes:
        lane: which of the organization's outbox lanes it waits in; the same for all streams of a resource.
        stream: what it is strictly ordered within: the resource's id, or that and a suffix.
        sequence: its place there, counted from 1 without gaps.
        version: the resource's version after it; orders the streams of one resource from cause to effect.
        written_at: the writer's clock, in milliseconds since the epoch; orders changes of different resources roughly.
        text: its events as `gangway.changes.event.dump_change` wrote them.
    """

    organization_id: str
    lane: int
    resource_id: str
    stream: str
    sequence: int
    version: int
    written_at: int
    text: str


class ReadableChange(NamedTuple):
    """A waiting change and its events."""

    change: WaitingChange
    events: tuple[ChangeEvent, ...]


class OutboxPage(NamedTuple):
    """Changes ready to be moved; `more` when others wait behind them or were not ready yet."""

    changes: tuple[WaitingChange, ...]
    more: bool = False


class Outbox(Protocol):
    """Changes that no number has been given to yet."""

    def read(self, organization_id: str, lane: int) -> OutboxPage:
        """Read waiting changes, strongly consistent.

        A change is given only when none that it follows can still turn up: each is in the page too, or has left the
        outbox for good. All that is visible of a resource is in one page, ordered by version, then by stream.
        """
        ...

    def set_aside(self, change: WaitingChange, reason: str) -> None:
        """Move a change that cannot be read or stored to the dead letters, in one transaction.

        Raises:
            LostRaceError: it is in the outbox no more.
        """
        ...

    def lanes_with_changes(self, organization_id: str) -> Sequence[int]:
        """Name the lanes that hold anything, as cheaply as possible; may overlook what is younger than a second."""
        ...


class ChangeLog(Protocol):
    """The numbered log of an organization's change events, and who has read how far."""

    def move(self, organization_id: str, changes: Sequence[ReadableChange], expires_at: int) -> int:
        """Number the events of the first `changes`, as many as one transaction takes, and say how many changes it took.

        Numbers, entries and the deletion of the outbox items are one transaction. `expires_at` is in seconds since the
        epoch; entries never expire before their predecessors.

        Raises:
            LostRaceError: another relay was faster.
            UnstorableError: the first change alone cannot be stored.
        """
        ...

    def last_number(self, organization_id: str) -> int:
        """Number of the newest entry; 0 when there is none. Strongly consistent."""
        ...

    def first_number(self, organization_id: str) -> int:
        """Number of the oldest entry that has not expired; one more than the last number when there is none."""
        ...

    def read(self, organization_id: str, after: int, limit: int, *, with_values: bool) -> Sequence[LogEntry]:
        """Read up to `limit` entries that follow number `after`, in order, strongly consistent; expired ones left out.

        Two calls give the same entries for the same numbers, always; an answer ends early at a partition's end, and is
        empty only at the end of the log.
        """
        ...

    def published(self, organization_id: str) -> int:
        """Number up to which the event bus has taken everything; 0 at first. Strongly consistent."""
        ...

    def set_published(self, organization_id: str, upto: int) -> None:
        """Remember that the bus has taken everything up to number `upto`; never goes back."""
        ...

    def set_unpublishable_aside(self, entry: LogEntry, reason: str) -> None:
        """Keep note of an entry that the bus refuses for good, so that it can be seen and sent otherwise."""
        ...


class EventBus(Protocol):
    """Where thin events go."""

    def send(self, entries: Sequence[LogEntry]) -> Sequence[str | None]:
        """Offer up to 10 entries; answer per entry with None when taken, else with the bus's error code."""
        ...


class Webhooks(Protocol):
    """The other way out, beside the bus."""

    def wake(self, organization_id: str) -> int:
        """Call somebody to every endpoint that has not heard everything; say how many were called."""
        ...


class Organizations(Protocol):
    """Which organizations there are, for the sweeper."""

    def ids_after(self, name: str, limit: int) -> Sequence[tuple[str, str]]:
        """Give (login name, id) of up to `limit` organizations after `name` in the order of names."""
        ...

    def bookmark(self) -> str:
        """Name at which the last sweep stopped; empty when it came to the end."""
        ...

    def set_bookmark(self, name: str) -> None:
        """Remember where to go on."""
        ...
