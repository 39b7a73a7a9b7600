"""Endpoints in memory, and a receiver that answers by script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.ports import Delivery, Post, Stored
from gangway.changes.webhooks.posting import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.changes.fakes import Interrupt

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def answer(status: int | None, retry_after: str | None = None) -> Answer:
    return Answer(status, None if status else "timeout", retry_after, 3)


@dataclass
class MemoryEndpoints:
    endpoint: Endpoint
    progress: Progress = field(default_factory=Progress)
    revision: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    interrupt: Interrupt = lambda _call: None

    def load(self, organization_id: str, endpoint_id: str) -> Stored | None:
        self.interrupt("before load")
        if (organization_id, endpoint_id) != (self.endpoint.organization_id, self.endpoint.id):
            return None
        return Stored(self.endpoint, self.progress, self.revision)

    def save(self, stored: Stored, progress: Progress, deliveries: Sequence[Delivery]) -> bool:
        self.interrupt("before save")
        if stored.revision != self.revision:
            return False
        self.progress = progress
        self.revision += 1
        self.deliveries += deliveries
        return True


class ScriptedSender:
    """Posts nothing, and answers as `respond` says."""

    def __init__(self, respond: Callable[[Post], Answer], interrupt: Interrupt = lambda _call: None) -> None:
        self.posts: list[Post] = []
        self._respond = respond
        self._interrupt = interrupt

    def post_all(self, posts: Sequence[Post]) -> Sequence[Answer]:
        self._interrupt("before post_all")
        self.posts += posts
        answers = [self._respond(post) for post in posts]
        self._interrupt("after post_all")
        return answers
