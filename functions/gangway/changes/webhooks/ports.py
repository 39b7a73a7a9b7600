"""What the dispatcher needs besides the log: endpoints and their progress, a record of attempts, and a poster."""

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


class Endpoints(Protocol):
    """Endpoints and their progress."""

    def load(self, organization_id: str, endpoint_id: str) -> Stored | None:
        """Read an endpoint, strongly consistent."""
        ...

    def save(self, stored: Stored, progress: Progress, deliveries: Sequence[Delivery]) -> bool:
        """Store what came of some attempts, together; False when the endpoint has changed since it was read."""
        ...


class Sender(Protocol):
    """Posts messages; in production, a function that has no rights at all."""

    def post_all(self, posts: Sequence[Post]) -> Sequence[Answer]:
        """Post all, at the same time; one answer each, in the same order. Never raises for what a receiver does."""
        ...
