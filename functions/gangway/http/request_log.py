"""What is remembered of a request: enough to answer "what did my identity provider send, and why did it fail?".

Codes, names and templates only. The route's template stands for the path, because paths hold ids and queries hold
user names.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gangway.observability import write_request

if TYPE_CHECKING:
    from gangway.access.authentication import AuthenticationFailed, Caller
    from gangway.http.reply import Reply
    from gangway.http.request import Request
    from gangway.scim.dialect import Dialect

_KNOWN_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


class RequestLog:
    """Collects the line of one request while it is answered."""

    def __init__(self, request: Request) -> None:
        self._started = time.perf_counter()
        self._line: dict[str, Any] = {
            "message": "request",
            "requestId": request.request_id,
            "method": request.method if request.method in _KNOWN_METHODS else "other",
        }
        self._dialect: Dialect | None = None

    def caller(self, caller: Caller) -> None:
        """Who asked."""
        self._line["organization"] = caller.organization.id
        self._line["keyId"] = caller.key_id

    def actor(self, principal: str) -> None:
        """Which AWS principal asked."""
        self._line["actor"] = principal

    def route(self, template: str) -> None:
        """What was asked for."""
        self._line["route"] = template

    def dialect(self, dialect: Dialect) -> None:
        """Where the rules that fire are counted."""
        self._dialect = dialect

    def refused(self, error: AuthenticationFailed) -> None:
        """Why a token was not accepted, and which key id it claimed."""
        self._line["authentication"] = error.reason
        if error.key_id is not None:
            self._line["claimedKeyId"] = error.key_id

    def failed(self, description: dict[str, Any]) -> None:
        """What broke on our side."""
        self._line["failure"] = description

    def write(self, reply: Reply) -> None:
        """Write the line."""
        self._line["status"] = reply.status
        if reply.scim_type is not None:
            self._line["scimType"] = reply.scim_type
        rules = self._dialect.fired if self._dialect else None
        if rules:
            self._line["dialectRules"] = dict(rules)
        status = reply.status
        counts = {
            "ClientErrors": int(400 <= status < 500),
            "ServerErrors": int(status >= 500),
            "Unauthorized": int(status == 401),
            "Throttled": int(status == 429),
            "DialectRules": rules.total() if rules else 0,
        }
        write_request(self._line, counts, (time.perf_counter() - self._started) * 1000)
