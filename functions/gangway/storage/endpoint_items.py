"""Endpoints, deliveries and dead letters as items.

What an administrator decides and how far the endpoint has heard are one item, so both change under one revision. The
progress is one JSON text: nothing ever asks for a part of it. Times are milliseconds since the epoch.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.event import EVENT_TYPES
from gangway.changes.webhooks.endpoint import Endpoint, Held, Progress
from gangway.changes.webhooks.ports import DeadLetter, Delivery, Stored
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Send
from gangway.storage import keys
from gangway.storage.items import item_of, number, text

if TYPE_CHECKING:
    from gangway.storage.items import Item

DELIVERIES_KEPT_SECONDS: Final = 30 * 24 * 60 * 60

OPTIONAL: Final = ("ty", "a", "su")
"""Attributes that not every endpoint has."""


def endpoint_item(endpoint: Endpoint, progress: Progress, revision: int) -> Item:
    """The item of an endpoint."""
    optional: dict[str, Any] = {}
    if endpoint.types != EVENT_TYPES:
        # types that come to exist later are wanted only by who wants all
        optional["ty"] = {"SS": sorted(endpoint.types)}
    if endpoint.audience is not None:
        optional["a"] = text(endpoint.audience)
    if endpoint.old_secret_until is not None:
        optional["su"] = number(milliseconds(endpoint.old_secret_until))
    return item_of(
        keys.endpoint(endpoint.organization_id, endpoint.id),
        "endpoint",
        u=text(endpoint.url),
        s={"L": [text(secret) for secret in endpoint.secrets]},
        f=text(endpoint.form),
        d=text(endpoint.description),
        t0=number(milliseconds(endpoint.created) if endpoint.created else 0),
        p=text(progress_text(progress)),
        r=number(revision),
        **optional,
    )


def stored_of(item: Item, organization_id: str, now: datetime) -> Stored:
    """The endpoint that an item holds, with the secrets that are live now."""
    secrets = tuple(secret["S"] for secret in item["s"]["L"])
    until = moment(int(item["su"]["N"])) if "su" in item else None
    if until is not None and until <= now:
        secrets, until = secrets[:1], None
    created = int(item["t0"]["N"])
    endpoint = Endpoint(
        id=item["sk"]["S"],
        organization_id=organization_id,
        url=item["u"]["S"],
        secrets=secrets,
        types=frozenset(item["ty"]["SS"]) if "ty" in item else EVENT_TYPES,
        form=item["f"]["S"],
        audience=item["a"]["S"] if "a" in item else None,
        old_secret_until=until,
        description=item["d"]["S"],
        created=moment(created) if created else None,
    )
    return Stored(endpoint, progress_of(item["p"]["S"]), int(item["r"]["N"]))


def progress_text(progress: Progress) -> str:
    """A progress as JSON text."""
    document = {
        "next": progress.next,
        "held": {
            resource: [list(held.numbers), held.attempts, milliseconds(held.due), _optional(held.since)]
            for resource, held in progress.held.items()
        },
        "disabled": progress.disabled,
        "lastSuccess": _optional(progress.last_success),
        "replayUntil": progress.replay_until,
        "resumeAt": progress.resume_at,
    }
    return json.dumps(document, separators=(",", ":"))


def progress_of(stored: str) -> Progress:
    """Read `progress_text` back."""
    document = json.loads(stored)
    return Progress(
        next=document["next"],
        held={
            resource: Held(tuple(numbers), attempts, moment(due), moment(since) if since else None)
            for resource, (numbers, attempts, due, since) in document["held"].items()
        },
        disabled=document["disabled"],
        last_success=moment(document["lastSuccess"]) if document["lastSuccess"] else None,
        replay_until=document["replayUntil"],
        resume_at=document["resumeAt"],
    )


def delivery_item(organization_id: str, delivery: Delivery) -> Item:
    """The item of an attempt. What a receiver said is kept only when it did not accept, for whoever looks for why."""
    answer = delivery.answer
    optional: dict[str, Any] = {}
    if answer.status is not None:
        optional["st"] = number(answer.status)
    if answer.failure is not None:
        optional["f"] = text(answer.failure)
    if answer.excerpt and delivery.outcome != "delivered":
        optional["x"] = text(answer.excerpt)
    time = milliseconds(delivery.time)
    return item_of(
        keys.delivery(organization_id, delivery.endpoint_id, delivery.send.number, time),
        "delivery",
        n=number(delivery.send.attempt),
        i=text(delivery.send.resource_id),
        e=text(delivery.event_id),
        rq=text(delivery.request_id),
        o=text(delivery.outcome),
        ms=number(answer.milliseconds),
        ttl=number(time // 1000 + DELIVERIES_KEPT_SECONDS),
        **optional,
    )


def delivery_of(item: Item) -> Delivery:
    """The attempt that an item holds."""
    at, _, time = item["sk"]["S"].partition("#")
    answer = Answer(
        status=int(item["st"]["N"]) if "st" in item else None,
        failure=item["f"]["S"] if "f" in item else None,
        retry_after=None,
        milliseconds=int(item["ms"]["N"]),
        excerpt=item["x"]["S"] if "x" in item else "",
    )
    return Delivery(
        endpoint_id=item["pk"]["S"].rpartition("#")[2],
        send=Send(int(at), item["i"]["S"], int(item["n"]["N"])),
        event_id=item["e"]["S"],
        request_id=item["rq"]["S"],
        time=moment(int(time)),
        answer=answer,
        outcome=item["o"]["S"],
    )


def dead_letter_item(organization_id: str, delivery: Delivery) -> Item:
    """The item of an entry that was given up."""
    answer = delivery.answer
    return item_of(
        keys.webhook_dead_letter(organization_id, delivery.endpoint_id, delivery.send.number),
        "dead",
        i=text(delivery.send.resource_id),
        e=text(delivery.event_id),
        t=number(milliseconds(delivery.time)),
        why=text(answer.failure or f"status {answer.status}"),
    )


def dead_letter_of(item: Item) -> DeadLetter:
    """The dead letter that an item holds."""
    return DeadLetter(
        number=int(item["sk"]["S"].rpartition("#")[2]),
        resource_id=item["i"]["S"],
        event_id=item["e"]["S"],
        time=moment(int(item["t"]["N"])),
        reason=item["why"]["S"],
    )


def milliseconds(time: datetime) -> int:
    """A time as milliseconds since the epoch."""
    return round(time.timestamp() * 1000)


def moment(time: int) -> datetime:
    """Milliseconds since the epoch as a time."""
    return datetime.fromtimestamp(time / 1000, UTC)


def _optional(time: datetime | None) -> int | None:
    return milliseconds(time) if time is not None else None
