"""What is remembered of a request: enough to answer "what did my identity provider send, and why did it fail?".

Every request leaves one line, with codes, names and templates only; the function that answers SCIM writes nothing else,
so its log group is the log of requests. The route's template stands for the path, because paths hold ids and queries
hold user names. What broke, if something did, is a member of that line and not a line of its own. A request that failed
is remembered in more detail elsewhere (`gangway.http.failure_log`); what both are made of is collected here while it is
answered.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from gangway.directory.identifiers import is_id
from gangway.observability import write_request

if TYPE_CHECKING:
    from gangway.access.authentication import AuthenticationFailed, Caller
    from gangway.diagnosis.failure import UnansweredReason
    from gangway.http.reply import Reply
    from gangway.http.request import Request
    from gangway.scim.dialect import Dialect

VAULT_FAILURES = "VaultFailures"
"""Counts how often the vault of token hashes could not be read or written; there is an alarm on it."""

FAULTS_ANSWERED_429 = "FaultsAnswered429"
"""Counts faults of ours that clients were told as 429, which the gateway does not count as faults; alarmed on."""

MEMBERS_SKIPPED = "MembersSkipped"
"""Counts members that were to be added to groups, do not exist, and were left out as their organization wishes."""

FAULT: Final = "fault of ours"
PAUSED: Final = "paused organization"
TOO_MANY: Final = 429

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


def known_method(method: str) -> str:
    """A method as it may be logged; clients can make up others."""
    return method if method in _METHODS else "other"


class RequestLog:
    """Collects what is known of one request while it is answered."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.method = known_method(request.method)
        self.caller: Caller | None = None
        """Who asked, once that is verified."""
        self.template: str | None = None
        """Of the route, or the shape of a path that no route matches."""
        self.resource_id: str | None = None
        """The resource that the path names."""
        self.refusal: AuthenticationFailed | None = None
        """Why the token was not accepted."""
        self.reason: UnansweredReason | None = None
        """Why a request that may have been in order was not answered."""
        self._dialect: Dialect | None = None
        self._started = time.perf_counter()
        self._line: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def route(self, template: str) -> None:
        """What was asked for."""
        self.template = template

    def resource(self, resource_id: str | None) -> None:
        """Of which resource. What a client puts in the place of an id and is none may be anything, and is left out."""
        self.resource_id = resource_id if is_id(resource_id) else None

    def actor(self, principal: str) -> None:
        """Which AWS principal asked."""
        self._line["actor"] = principal

    def dialect(self, dialect: Dialect) -> None:
        """Where the rules that fire are counted."""
        self._dialect = dialect

    def count(self, name: str, number: int = 1) -> None:
        """Count a metric up, besides those of every request."""
        self._counts[name] = self._counts.get(name, 0) + number

    def cold_start(self) -> None:
        """It is the first that this function answers, and had to wait for its start."""
        self._line["coldStart"] = True

    def not_kept(self, description: dict[str, Any]) -> None:
        """Why the request is not among the failures, where it belongs."""
        self._line["notKept"] = description

    def failed(self, description: dict[str, Any]) -> None:
        """What broke on our side."""
        self._line["failure"] = description

    @property
    def dialect_rules(self) -> dict[str, int]:
        """The rules that fired so far."""
        return dict(self._dialect.fired) if self._dialect and self._dialect.fired else {}

    @property
    def milliseconds(self) -> float:
        """Since the request arrived."""
        return (time.perf_counter() - self._started) * 1000

    def write(self, reply: Reply) -> None:
        """Write the line."""
        status, rules = reply.status, self.dialect_rules
        fault = self.reason == FAULT and status == TOO_MANY
        line = {
            "message": "request",
            "requestId": self.request.request_id,
            "method": self.method,
            **self._who(),
            **({"route": self.template} if self.template else {}),
            **({"resourceId": self.resource_id} if self.resource_id else {}),
            **self._line,
            "status": status,
            **({"reason": self.reason} if self.reason else {}),
            **({"scimType": reply.scim_type} if reply.scim_type else {}),
            **({"dialectRules": rules} if rules else {}),
        }
        counts = {
            FAULTS_ANSWERED_429: int(fault),
            "Unauthorized": int(status == 401),
            "Throttled": int(status == TOO_MANY and self.reason is None),
            "DialectRules": sum(rules.values()),
            **self._counts,
        }
        write_request(line, counts, self.milliseconds)

    def _who(self) -> dict[str, str]:
        if self.caller is not None:
            return {"organization": self.caller.organization.id, "keyId": self.caller.key_id}
        if self.refusal is not None:
            claimed = {"claimedKeyId": self.refusal.key_id} if self.refusal.key_id else {}
            return {"authentication": self.refusal.reason, **claimed}
        return {}
