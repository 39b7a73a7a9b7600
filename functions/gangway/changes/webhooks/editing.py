"""Changing an endpoint while it is being delivered to: read, decide, store under the revision, or decide again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from gangway.changes.webhooks.errors import EndpointBusyError, UnknownEndpointError
from gangway.changes.webhooks.ports import Stored

if TYPE_CHECKING:
    from gangway.changes.webhooks.endpoint import Endpoint, Progress
    from gangway.changes.webhooks.ports import EndpointRecords

_TRIES: Final = 8

Decision = Callable[[Stored], "tuple[Endpoint, Progress, Sequence[int]]"]
"""From what is stored to what is to be: endpoint, progress, and the dead letters that are none any more."""


class Editor:
    """Reads and changes endpoints."""

    def __init__(self, endpoints: EndpointRecords) -> None:
        self._endpoints = endpoints

    def read(self, organization_id: str, endpoint_id: str) -> Stored:
        """One endpoint.

        Raises:
            UnknownEndpointError: there is none.
        """
        stored = self._endpoints.load(organization_id, endpoint_id)
        if stored is None:
            raise UnknownEndpointError("The organization has no such endpoint.")
        return stored

    def decide(self, organization_id: str, endpoint_id: str, decision: Decision) -> Stored:
        """Change an endpoint.

        Raises:
            UnknownEndpointError: there is none.
            EndpointBusyError: deliveries kept coming between.
        """
        for _ in range(_TRIES):
            stored = self.read(organization_id, endpoint_id)
            endpoint, progress, redriven = decision(stored)
            if self._endpoints.change(stored, endpoint, progress, redriven):
                return Stored(endpoint, progress, stored.revision + 1)
        raise EndpointBusyError("Deliveries keep changing the endpoint's progress; try again in a moment.")

    def move(self, organization_id: str, endpoint_id: str, move: Callable[[Stored], Progress]) -> Stored:
        """Change how far an endpoint has heard. Raises as `decide` does."""
        return self.decide(organization_id, endpoint_id, lambda stored: (stored.endpoint, move(stored), ()))
