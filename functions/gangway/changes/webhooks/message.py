"""A message to an endpoint: the event in the form that it wants, signed with its live secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gangway.changes.webhooks.ports import Post
from gangway.changes.webhooks.signing import headers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gangway.changes.entry import LogEntry
    from gangway.changes.security_event import TokenMaker
    from gangway.changes.webhooks.endpoint import Endpoint


class Messages:
    """Makes messages. `tokens` makes the security event tokens that some endpoints want."""

    def __init__(self, tokens: TokenMaker) -> None:
        self._tokens = tokens

    def of_entry(self, endpoint: Endpoint, entry: LogEntry, time: datetime) -> Post:
        """The message that tells of an entry of the log; it holds values only if the endpoint wants them."""
        return self.of_document(endpoint, entry.thin() if endpoint.form == "thin" else entry.full(), time)

    def of_document(self, endpoint: Endpoint, document: Mapping[str, Any], time: datetime) -> Post:
        """The message that tells of an event in the form in which applications receive it."""
        if endpoint.form == "set":
            body = self._tokens.token(document, endpoint.audience or endpoint.url).encode()
            content = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        else:
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            content = {"Content-Type": "application/json"}
        signed = headers(document["id"], int(time.timestamp()), body, endpoint.secrets)
        return Post(endpoint.url, {**content, "User-Agent": "gangway", **signed}, body)
