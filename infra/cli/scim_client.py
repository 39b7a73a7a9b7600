"""A SCIM client as identity providers are: a base URL, a bearer token, JSON bodies.

For commands that act as an identity provider. It keeps one connection, does not follow redirects (a provider does not
either) and tells a server that cannot be reached from one that answers nonsense.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/scim+json"
TIMEOUT_SECONDS = 60
"""Okta's and Entra ID's patience."""


class UnreachableError(Exception):
    """There is nobody at the base URL, or it is no HTTP server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; headers by lower-case name, `body` None when it is no JSON."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any = None


@dataclass
class ScimClient:
    """Requests to one base URL with one token."""

    base_url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Take the URL apart once; what stands behind its question mark is sent with every request."""
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        self._path, self._flag = parts.path, parts.query

    def send(self, method: str, path: str, body: object = None, *, token: str | None = None, **query: object) -> Answer:
        """Make one request below the base URL.

        Args:
            method: HTTP method.
            path: from the slash on, for example `/Users`.
            body: a JSON value.
            token: another one than the client's own.
            query: parameters.

        Raises:
            UnreachableError: nobody answered.
        """
        asked = "&".join(filter(None, (urlencode(query, quote_via=quote), self._flag)))
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", "Accept": MEDIA_TYPE}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = MEDIA_TYPE
        try:
            self._connection.request(method, self._path + path + ("?" + asked if asked else ""), data, headers)
            response = self._connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise UnreachableError(type(error).__name__) from error
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, text, _parsed(text))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
