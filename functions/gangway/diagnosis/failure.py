"""A request that failed, and tokens that were refused, as they are kept.

Two kinds, because they are known to different degrees. A failed request came with a good token, so it is told in
detail. A refused token proves nothing about who sent it, so only its key id and the reason are counted, minute by
minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime


type UnansweredReason = Literal["fault of ours", "paused organization"]


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request that was answered with an error.

    Attributes:
        time: when it was answered.
        request_id: API Gateway's id, which the client was told in `X-Request-Id`.
        method: HTTP method.
        path: template of the route, or the shape of a path that no route matches.
        status: HTTP status of the answer; 200 for a bulk request some of whose operations failed.
        reason: why it was not answered although it may have been in order; the status may say something else, because
            some clients try again after 429 only.
        key_id: the token it came with.
        scim_type: keyword of the error.
        detail: the sentence that the client was answered with.
        resource_id: the resource it was about, if its path named one.
        duration_ms: from event to answer.
        dialect_rules: leniencies that were used, and how often.
        query: shape of the query.
        body: shape of the body.
        operations: of a bulk request, those that failed.
        count: how many of its kind came in this minute, this one included, as far as one function knows; those in
            between were not kept.
    """

    time: datetime
    request_id: str
    method: str
    path: str
    status: int
    key_id: str
    scim_type: str | None = None
    detail: str = ""
    resource_id: str | None = None
    duration_ms: float = 0.0
    dialect_rules: dict[str, int] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    operations: tuple[dict[str, Any], ...] = ()
    reason: UnansweredReason | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """How often a token was answered with 401 in one minute, although its key id is known.

    Attributes:
        time: the minute.
        key_id: the token it claimed to be.
        reason: as `gangway.access.authentication` names it: wrong secret, dead token, …
        count: at least so many times.
    """

    time: datetime
    key_id: str
    reason: str
    count: int


type Entry = FailedRequest | RefusedToken
