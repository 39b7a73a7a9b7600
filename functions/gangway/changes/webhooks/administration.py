"""Endpoints as an administrator sets them up.

A secret is shown when it is made and never again. An endpoint that goes to another host gets a new secret: the old one
must not be learnt by that host, nor must what was signed for one be good for the other.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gangway.changes.event import EVENT_TYPES, SCHEMA_VERSION
from gangway.changes.webhooks.addresses import UnsafeTargetError, checked
from gangway.changes.webhooks.editing import Editor
from gangway.changes.webhooks.endpoint import Endpoint, Form, Progress
from gangway.changes.webhooks.errors import EndpointLimitError, InvalidEndpointError, UnknownEndpointError
from gangway.changes.webhooks.ports import Post
from gangway.changes.webhooks.signing import headers, new_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.addresses import Network
    from gangway.changes.webhooks.ports import EndpointRecords, Sender, Stored
    from gangway.changes.webhooks.posting import Answer
    from gangway.clock import Clock

MAX_ENDPOINTS: Final = 10
"""Endpoints of one organization; a dispatcher is called to each of them after every change."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an administrator wants of an endpoint; None leaves a thing as it is."""

    url: str | None = None
    types: frozenset[str] | None = None
    form: Form | None = None
    audience: str | None = None
    description: str | None = None


class Webhooks:
    """Use cases of operators: what endpoints there are."""

    def __init__(
        self,
        endpoints: EndpointRecords,
        log: ChangeLog,
        sender: Sender,
        clock: Clock,
        networks: Sequence[Network] = (),
    ) -> None:
        self._endpoints = endpoints
        self._editor = Editor(endpoints)
        self._log = log
        self._sender = sender
        self._clock = clock
        self._networks = networks

    def add(self, organization_id: str, wishes: Wishes) -> Stored:
        """Add an endpoint, which hears of everything from now on. Its secret is shown here only.

        Raises:
            InvalidEndpointError: its URL, or a type, is none that can be used.
            EndpointLimitError: there are too many.
        """
        if len(self._endpoints.endpoints(organization_id)) >= MAX_ENDPOINTS:
            raise EndpointLimitError(f"An organization has at most {MAX_ENDPOINTS} endpoints; remove one first.")
        blank = Endpoint(
            id=f"we{secrets.token_hex(8)}",
            organization_id=organization_id,
            url="",
            secrets=(new_secret(),),
            created=self._clock.now(),
        )
        endpoint = self._wished(blank, wishes)
        self._endpoints.add(endpoint, Progress(next=self._log.last_number(organization_id) + 1))
        return self.show(organization_id, endpoint.id)

    def all(self, organization_id: str) -> Sequence[Stored]:
        """All endpoints of an organization."""
        return self._endpoints.endpoints(organization_id)

    def show(self, organization_id: str, endpoint_id: str) -> Stored:
        """One endpoint. Raises UnknownEndpointError."""
        return self._editor.read(organization_id, endpoint_id)

    def change(self, organization_id: str, endpoint_id: str, wishes: Wishes) -> tuple[Stored, bool]:
        """Change an endpoint; says whether it has a new secret, which it has when it goes to another host.

        Raises:
            InvalidEndpointError, UnknownEndpointError, EndpointBusyError: see there.
        """
        fresh = new_secret()

        def decide(stored: Stored) -> tuple[Endpoint, Progress, Sequence[int]]:
            endpoint = self._wished(stored.endpoint, wishes)
            if _origin(endpoint.url) != _origin(stored.endpoint.url):
                endpoint = replace(endpoint, secrets=(fresh,), old_secret_until=None)
            return endpoint, stored.progress, ()

        changed = self._editor.decide(organization_id, endpoint_id, decide)
        return changed, changed.endpoint.secrets[0] == fresh

    def rotate_secret(self, organization_id: str, endpoint_id: str, overlap: timedelta) -> Stored:
        """Make a new secret, which is shown here only; messages carry signatures of both until the overlap is over."""
        fresh = new_secret()
        until = self._clock.now() + overlap if overlap else None

        def decide(stored: Stored) -> tuple[Endpoint, Progress, Sequence[int]]:
            live = (fresh, stored.endpoint.secrets[0]) if until else (fresh,)
            return replace(stored.endpoint, secrets=live, old_secret_until=until), stored.progress, ()

        return self._editor.decide(organization_id, endpoint_id, decide)

    def remove(self, organization_id: str, endpoint_id: str) -> None:
        """Forget an endpoint. Raises UnknownEndpointError."""
        if not self._endpoints.remove(organization_id, endpoint_id):
            raise UnknownEndpointError("The organization has no such endpoint.")

    def test(self, organization_id: str, endpoint_id: str) -> Answer:
        """Post an event of the type ``endpoint.test`` now and say what came of it; nothing is kept or tried again."""
        endpoint = self.show(organization_id, endpoint_id).endpoint
        now = self._clock.now()
        message_id = f"test-{secrets.token_hex(8)}"
        document = {
            "id": message_id,
            "type": "endpoint.test",
            "schemaVersion": SCHEMA_VERSION,
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "organizationId": organization_id,
        }
        body = json.dumps(document, separators=(",", ":")).encode()
        signed = headers(message_id, int(now.timestamp()), body, endpoint.secrets)
        content = {"Content-Type": "application/json", "User-Agent": "gangway"}
        return self._sender.post_all([Post(endpoint.url, {**content, **signed}, body)])[0]

    def _wished(self, endpoint: Endpoint, wishes: Wishes) -> Endpoint:
        types = endpoint.types if wishes.types is None else wishes.types
        if not types or not types <= EVENT_TYPES:
            wrong = ", ".join(sorted(types - EVENT_TYPES)) or "none"
            raise InvalidEndpointError(
                f"An endpoint hears of one event type or more, not of: {wrong}. "
                f"There are {', '.join(sorted(EVENT_TYPES))}."
            )
        url = endpoint.url if wishes.url is None else wishes.url
        try:
            checked(url, self._networks)
        except UnsafeTargetError as error:
            raise InvalidEndpointError(f"The URL cannot be used: {error}.") from error
        return replace(
            endpoint,
            url=url,
            types=types,
            form=wishes.form or endpoint.form,
            audience=endpoint.audience if wishes.audience is None else wishes.audience or None,
            description=endpoint.description if wishes.description is None else wishes.description,
        )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
