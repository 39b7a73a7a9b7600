"""An endpoint: where an application wants to hear of changes, in which form, and how far it has heard.

An endpoint is a cursor into the organization's log, not a queue: `next` is the number it goes on with. A delivery that
fails holds up its own resource only. So beside the cursor stand the *held* resources, each with the numbers that wait
for it and when the first of them is tried again. Everything else about a delivery can be found in the log, so replaying
is moving the cursor, a dead letter is a number that was passed over, and a dead endpoint costs nothing but its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from gangway.changes.event import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Form = Literal["full", "thin", "set"]
"""What is posted: the event with values, without values, or a security event token (RFC 9967)."""

MAX_HELD_RESOURCES: Final = 50
"""With so many resources failing it is the endpoint that fails, and its cursor waits."""

MAX_HELD_NUMBERS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an administrator decides about an endpoint.

    Attributes:
        secrets: live signing secrets, newest first; one, or two while the older is being replaced.
        old_secret_until: when the second of two secrets ceases to be live.
        types: event types that are sent; all by default.
        form: see `Form`; without values by default, so that less personal data leaves the stack.
        audience: ``aud`` of security event tokens; the URL by default.
        description: what people call it.
        created: when it was added.
    """

    id: str
    organization_id: str
    url: str
    secrets: tuple[str, ...]
    types: frozenset[str] = EVENT_TYPES
    form: Form = "thin"
    audience: str | None = None
    old_secret_until: datetime | None = None
    description: str = ""
    created: datetime | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """Types that are sent; of the resources of SCIM only, when security event tokens are."""
        if self.form != "set":
            return self.types
        return frozenset(name for name in self.types if name.startswith(("user.", "group.")))


@dataclass(frozen=True, slots=True)
class Held:
    """A resource that waits because the delivery of one of its events failed.

    Attributes:
        numbers: log numbers of its undelivered events, in order; the first is the one that is tried.
        attempts: how often the first was tried.
        due: when it is tried next.
        since: when its first attempt was made; None before that.
    """

    numbers: tuple[int, ...]
    attempts: int
    due: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an endpoint has heard.

    Attributes:
        next: the number that it goes on with.
        held: resources that wait, by id.
        disabled: why nothing is sent any more, or None: ``gone`` (the receiver said 410), ``exhausted`` (nothing got
            through while an event used up all its attempts), or ``by hand``.
        last_success: when a delivery last succeeded.
        replay_until: while a range is replayed, its last number.
        resume_at: while a range is replayed, the number to go on with afterwards.
    """

    next: int = 1
    held: Mapping[str, Held] = field(default_factory=dict)
    disabled: str | None = None
    last_success: datetime | None = None
    replay_until: int | None = None
    resume_at: int | None = None

    @property
    def held_numbers(self) -> int:
        """How many numbers wait behind failed deliveries."""
        return sum(len(held.numbers) for held in self.held.values())

    def due_at(self) -> datetime | None:
        """When a held resource is tried next; None when none is held."""
        return min((held.due for held in self.held.values()), default=None)
