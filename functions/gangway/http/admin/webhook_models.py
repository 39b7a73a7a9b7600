"""What is taken and given of webhook endpoints and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gangway.changes.event import EVENT_TYPES
from gangway.changes.webhooks.endpoint import Form  # noqa: TC001 - pydantic reads annotations when the class is made
from gangway.http.admin.models import AdminModel, Moment

type LogNumber = Annotated[int, Field(ge=1, lt=10**12)]
"""Number of an event in the log."""

if TYPE_CHECKING:
    from gangway.changes.trace import Heard
    from gangway.changes.webhooks.ports import DeadLetter, Delivery, Stored
    from gangway.changes.webhooks.posting import Answer

Url = Annotated[str, Field(max_length=2048)]
Types = Annotated[tuple[str, ...], Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=200)]


class NewEndpoint(AdminModel):
    """A webhook endpoint to add."""

    url: Url
    """https, port 443, a public host; loopback too on `gangway local`."""
    types: Types | None = None
    """Event types that it hears of; all, those that come to exist later included, when left out."""
    form: Form = "thin"
    """full: events with values; thin: without values; set: security event tokens (RFC 9967)."""
    audience: Text | None = None
    """`aud` of security event tokens; the URL when left out."""
    description: Text = ""


class EndpointChange(AdminModel):
    """What to change of an endpoint; what is left out stays."""

    url: Url | None = None
    """An endpoint that goes to another host gets a new secret, which the answer shows."""
    types: Types | None = None
    form: Form | None = None
    audience: Text | None = None
    description: Text | None = None


class SecretRotation(AdminModel):
    """How to replace a secret."""

    overlap_hours: Annotated[int, Field(ge=0, le=30 * 24)] = 24
    """For how long messages are signed with both secrets; 0 ends the old one at once."""


class Replay(AdminModel):
    """Which events to deliver again."""

    first: LogNumber
    """Number of the first event."""
    last: LogNumber | None = None
    """Number of the last one; without it, all from the first on."""


class Redrive(AdminModel):
    """Which dead letters to try again."""

    numbers: Annotated[tuple[LogNumber, ...], Field(max_length=50)] = ()
    """The 50 oldest when left out."""


class SnapshotStep(AdminModel):
    """Which part of a snapshot to deliver."""

    cursor: str | None = None
    """`nextCursor` of the answer before; without one, a snapshot begins."""


class EndpointView(AdminModel):
    """A webhook endpoint, and how far it has heard."""

    id: str
    url: str
    types: tuple[str, ...] | None
    """Null: all."""
    form: str
    audience: str | None
    description: str
    created: Moment | None
    old_secret_until: Moment | None
    """Until when messages are signed with the secret before, too."""
    disabled: str | None
    """Why nothing is delivered: gone (it answered 410), exhausted (an event used up its attempts while nothing got
    through), by hand, or snapshot (one is being delivered); null: it is enabled."""
    next_number: int
    """Number of the event that it hears of next."""
    behind: int
    """How many events of the log it has not been offered yet."""
    held_resources: int
    """Resources whose events wait for another attempt."""
    held_events: int
    next_attempt: Moment | None
    last_success: Moment | None
    replay_until: int | None
    """Last number of a replay under way."""

    @classmethod
    def of(cls, stored: Stored, last_number: int) -> EndpointView:
        """The view of an endpoint."""
        endpoint, progress = stored.endpoint, stored.progress
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            types=None if endpoint.types == EVENT_TYPES else tuple(sorted(endpoint.types)),
            form=endpoint.form,
            audience=endpoint.audience,
            description=endpoint.description,
            created=endpoint.created,
            old_secret_until=endpoint.old_secret_until,
            disabled=progress.disabled,
            next_number=progress.next,
            behind=max(0, last_number - progress.next + 1),
            held_resources=len(progress.held),
            held_events=progress.held_numbers,
            next_attempt=progress.due_at(),
            last_success=progress.last_success,
            replay_until=progress.replay_until,
        )


class EndpointWithSecret(EndpointView):
    """An endpoint whose secret was just made."""

    secret: str | None = None
    """Shown here only; null when it is the one from before."""


class EndpointList(AdminModel):
    """Endpoints of an organization."""

    endpoints: tuple[EndpointView, ...]


class AnswerView(AdminModel):
    """What a receiver answered."""

    status: int | None
    """Null when there was no answer."""
    failure: str | None
    """Why there was none."""
    milliseconds: int
    excerpt: str
    """Beginning of the answer's body."""

    @classmethod
    def of(cls, answer: Answer) -> AnswerView:
        """The view of an answer."""
        return cls(
            status=answer.status, failure=answer.failure, milliseconds=answer.milliseconds, excerpt=answer.excerpt
        )


class AttemptView(AdminModel):
    """One attempt at a delivery."""

    number: int
    """Of the event in the log."""
    event_id: str
    request_id: str
    resource_id: str
    attempt: int
    time: Moment
    outcome: str
    """delivered, retry, dead (given up), or disabled (the endpoint was)."""
    answer: AnswerView

    @classmethod
    def of(cls, delivery: Delivery) -> AttemptView:
        """The view of an attempt."""
        return cls(
            number=delivery.send.number,
            event_id=delivery.event_id,
            request_id=delivery.request_id,
            resource_id=delivery.send.resource_id,
            attempt=delivery.send.attempt,
            time=delivery.time,
            outcome=delivery.outcome,
            answer=AnswerView.of(delivery.answer),
        )


class AttemptList(AdminModel):
    """Attempts, newest event first."""

    deliveries: tuple[AttemptView, ...]
    next_cursor: str | None


class HeardView(AdminModel):
    """What became of an event at one endpoint."""

    endpoint: str
    url: str
    state: str
    """delivered, waiting, dead, not wanted, or unknown (attempts are kept for 30 days)."""
    attempts: tuple[AttemptView, ...]

    @classmethod
    def of(cls, heard: Heard) -> HeardView:
        """The view of what became of an event."""
        attempts = tuple(AttemptView.of(delivery) for delivery in heard.deliveries)
        return cls(endpoint=heard.endpoint_id, url=heard.url, state=heard.state, attempts=attempts)


class DeadLetterView(AdminModel):
    """An event that an endpoint was passed over with."""

    number: int
    event_id: str
    resource_id: str
    time: Moment
    """Of the last attempt."""
    reason: str

    @classmethod
    def of(cls, letter: DeadLetter) -> DeadLetterView:
        """The view of a dead letter."""
        return cls(
            number=letter.number,
            event_id=letter.event_id,
            resource_id=letter.resource_id,
            time=letter.time,
            reason=letter.reason,
        )


class DeadLetterList(AdminModel):
    """Dead letters, in the order of their numbers."""

    dead_letters: tuple[DeadLetterView, ...]
    next_cursor: str | None


class RedrivenView(AdminModel):
    """How many dead letters are tried again."""

    redriven: int


class SnapshotProgress(AdminModel):
    """How far the delivery of a snapshot got."""

    posted: int
    """Events of this part that were accepted."""
    next_cursor: str | None
    """Where to go on; null at the end, when the endpoint hears of changes again."""
    refused: AnswerView | None
    """The answer that ended this part, if any: go on from the cursor when the receiver is well again."""
