"""The dispatcher: reads an endpoint's part of the log, signs, has posted, and stores what came of it.

It may run several times for one endpoint at once, and may die anywhere. Progress is stored on condition that nobody
else has stored any since; who loses has posted something twice, under the same id, and goes on from what the winner
stored. So nothing is lost, and within a resource no event is posted before its predecessor was accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gangway.changes.webhooks.ports import Delivery
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Pending, after, given_up, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gangway.changes.entry import LogEntry
    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.endpoint import Endpoint, Progress
    from gangway.changes.webhooks.message import Messages
    from gangway.changes.webhooks.ports import Endpoints, Sender, Stored
    from gangway.changes.webhooks.progress import Send
    from gangway.clock import Clock

AT_ONCE: Final = 20
"""Messages of one round, each of another resource; also how many connections a receiver sees at once."""

_PAGE: Final = 100
_FORGOTTEN: Final = Answer(None, "expired before it was delivered", None, 0)


@dataclass(slots=True)
class Dispatched:
    """What a dispatcher did for one endpoint, and when there is something to do again (None: when new events come)."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    disabled: str | None = None
    again_at: datetime | None = None


class Dispatcher:
    """Delivers what an endpoint has not heard yet."""

    def __init__(self, endpoints: Endpoints, log: ChangeLog, sender: Sender, clock: Clock, messages: Messages) -> None:
        self._endpoints = endpoints
        self._log = log
        self._sender = sender
        self._clock = clock
        self._messages = messages

    def dispatch(self, organization_id: str, endpoint_id: str, enough_time: Callable[[], bool]) -> Dispatched:
        """Deliver until nothing is due, or the endpoint is disabled, or time is up."""
        done = Dispatched()
        while enough_time():
            if not self._round(organization_id, endpoint_id, done):
                return done
        done.again_at = self._clock.now()
        return done

    def _round(self, organization_id: str, endpoint_id: str, done: Dispatched) -> bool:
        """Make one round of attempts; False when there was nothing to do."""
        stored = self._endpoints.load(organization_id, endpoint_id)
        if stored is None:
            return False
        endpoint = stored.endpoint
        page = self._log.read(organization_id, stored.progress.next - 1, _PAGE, with_values=endpoint.form != "thin")
        sends, progress = plan(stored.progress, map(_pending, page), endpoint.wanted, self._clock.now(), limit=AT_ONCE)
        deliveries: list[Delivery] = []
        if sends:
            entries = self._entries(stored, sends, page)
            progress, deliveries = self._attempt(endpoint, sends, entries, progress)
        elif progress == stored.progress:
            done.disabled, done.again_at = progress.disabled, progress.due_at()
            return False
        if self._endpoints.save(stored, progress, deliveries):
            _count(deliveries, done)
        return True

    def _entries(self, stored: Stored, sends: Sequence[Send], page: Sequence[LogEntry]) -> list[LogEntry | None]:
        """Find the entries of the sends, in the page or in the log; None where an entry is there no more."""
        known = {entry.number: entry for entry in page}
        for number in (send.number for send in sends if send.number not in known):
            found = self._log.read(
                stored.endpoint.organization_id, number - 1, 1, with_values=stored.endpoint.form != "thin"
            )
            known |= {entry.number: entry for entry in found}
        return [known.get(send.number) for send in sends]

    def _attempt(
        self, endpoint: Endpoint, sends: Sequence[Send], entries: Sequence[LogEntry | None], progress: Progress
    ) -> tuple[Progress, list[Delivery]]:
        """Have everything posted that the log still knows, and draw the consequences."""
        time = self._clock.now()
        known = [entry for entry in entries if entry is not None]
        answers = iter(self._sender.post_all([self._messages.of_entry(endpoint, each, time) for each in known]))
        deliveries = []
        for send, entry in zip(sends, entries, strict=True):
            if entry is None:
                progress = given_up(progress, send, self._clock.now())
                deliveries.append(Delivery(endpoint.id, send, "", "", time, _FORGOTTEN, "dead"))
                continue
            answer = next(answers)
            progress, outcome = after(progress, send, answer, self._clock.now())
            thin = entry.thin()
            request_id = thin["data"]["requestId"]
            deliveries.append(Delivery(endpoint.id, send, thin["id"], request_id, time, answer, outcome))
        return progress, deliveries


def _pending(entry: LogEntry) -> Pending:
    document = entry.thin()
    return Pending(entry.number, document["data"]["resourceId"], document["type"])


def _count(deliveries: Sequence[Delivery], done: Dispatched) -> None:
    outcomes = [delivery.outcome for delivery in deliveries]
    done.delivered += outcomes.count("delivered")
    done.failed += outcomes.count("retry") + outcomes.count("disabled")
    done.dead += outcomes.count("dead")
