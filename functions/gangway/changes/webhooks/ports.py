"""What webhooks need besides the log: endpoints, a record of attempts, a poster, and to be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gangway.changes.webhooks.endpoint import Endpoint, Progress
    from gangway.changes.webhooks.posting import Answer
    from gangway.changes.webhooks.progress import Outcome, Send


@dataclass(frozen=True, slots=True)
class Post:
    """One signed message, ready to be posted by somebody who knows no secret."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, as it is kept for the person who looks for the cause."""

    endpoint_id: str
    send: Send
    event_id: str
    request_id: str
    time: datetime
    answer: Answer
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Stored:
    """An endpoint as it is stored; `revision` counts its changes."""

    endpoint: Endpoint
    progress: Progress
    revision: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to deliver to an endpoint until a time; `rings` counts who had left word when it was looked at."""

    organization_id: str
    endpoint_id: str
    until: datetime
    rings: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry that an endpoint was passed over with, because it took none of the attempts."""

    number: int
    resource_id: str
    event_id: str
    time: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """A note that an endpoint is to be looked at from a time on; `key` says where the note is kept."""

    organization_id: str
    endpoint_id: str
    key: str


class Endpoints(Protocol):
    """Endpoints and their progress."""

    def load(self, organization_id: str, endpoint_id: str) -> Stored | None:
        """Read an endpoint, strongly consistent; a secret whose time is over is left out."""
        ...

    def save(self, stored: Stored, progress: Progress, deliveries: Sequence[Delivery]) -> bool:
        """Store what came of some attempts; False when the endpoint has changed since it was read.

        The attempts are kept in any case, as they were made. Dead letters come and go with the progress.
        """
        ...


class Turns(Protocol):
    """One dispatcher at a time for each endpoint; who comes meanwhile leaves word, so that nothing is overheard."""

    def begin(self, organization_id: str, endpoint_id: str, until: datetime) -> Turn | None:
        """Take the turn; None when somebody has it (who then looks again), or when there is no such endpoint."""
        ...

    def heard(self, turn: Turn) -> Turn:
        """The turn with the word that was left by now."""
        ...

    def end(self, turn: Turn, *, anyway: bool = False) -> Turn | None:
        """Give the turn back. If somebody left word since, it is kept and given again, unless `anyway`."""
        ...


class EndpointRecords(Endpoints, Protocol):
    """Endpoints as an administrator works on them."""

    def endpoints(self, organization_id: str) -> Sequence[Stored]:
        """All endpoints of an organization, by id."""
        ...

    def add(self, endpoint: Endpoint, progress: Progress) -> None:
        """Store a new endpoint."""
        ...

    def change(self, stored: Stored, endpoint: Endpoint, progress: Progress, redriven: Sequence[int] = ()) -> bool:
        """Store what an administrator decided; False when the endpoint has changed since it was read.

        `redriven` are numbers of dead letters that are none any more.
        """
        ...

    def remove(self, organization_id: str, endpoint_id: str) -> bool:
        """Forget an endpoint; False when there is none. What was tried is forgotten in time."""
        ...

    def deliveries(
        self, organization_id: str, endpoint_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        """Attempts, newest number first, and where to go on (None at the end)."""
        ...

    def deliveries_of(self, organization_id: str, endpoint_id: str, number: int) -> Sequence[Delivery]:
        """Attempts at one number, in the order they were made."""
        ...

    def dead_letters(self, organization_id: str, endpoint_id: str, after: int, limit: int) -> Sequence[DeadLetter]:
        """Dead letters with greater numbers, in order."""
        ...


class Sender(Protocol):
    """Posts messages; in production, a function that has no rights at all."""

    def post_all(self, posts: Sequence[Post]) -> Sequence[Answer]:
        """Post all, at the same time; one answer each, in the same order. Never raises for what a receiver does.

        Raises:
            SenderUnavailableError: nobody could post; nothing is known of what was posted.
        """
        ...


class SenderUnavailableError(Exception):
    """The sender could not be called, or died: a fault of ours, and no failed attempt of an endpoint's."""


class Bell(Protocol):
    """Calls a dispatcher."""

    def ring(self, organization_id: str, endpoint_id: str) -> None:
        """Have somebody deliver to an endpoint, now and elsewhere; returns at once."""
        ...


class Calls(Protocol):
    """Times at which endpoints are to be looked at again."""

    def set(self, organization_id: str, endpoint_id: str, at: datetime) -> None:
        """Note a time."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Call]:
        """Notes whose time has come, the oldest first."""
        ...

    def clear(self, call: Call) -> None:
        """Drop a note."""
        ...
