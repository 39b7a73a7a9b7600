"""Stopping, resuming and repeating deliveries: all of it is moving an endpoint's cursor, then calling who delivers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gangway.changes.webhooks import progress as rules
from gangway.changes.webhooks.editing import Editor
from gangway.changes.webhooks.endpoint import MAX_HELD_NUMBERS
from gangway.changes.webhooks.errors import InvalidRangeError, UnknownDeadLetterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.endpoint import Endpoint, Progress
    from gangway.changes.webhooks.ports import Bell, DeadLetter, Delivery, EndpointRecords, Stored
    from gangway.clock import Clock

REDRIVEN_AT_ONCE: Final = 50
"""Dead letters that one request puts back; each is an action of one transaction."""

BY_HAND: Final = "by hand"


class Redelivery:
    """Use cases of operators: what is delivered, and again."""

    def __init__(self, endpoints: EndpointRecords, log: ChangeLog, bell: Bell, clock: Clock) -> None:
        self._endpoints = endpoints
        self._editor = Editor(endpoints)
        self._log = log
        self._bell = bell
        self._clock = clock

    def enable(self, organization_id: str, endpoint_id: str) -> Stored:
        """Deliver again, at once what waits. Raises UnknownEndpointError, EndpointBusyError."""
        now = self._clock.now()
        stored = self._editor.move(organization_id, endpoint_id, lambda was: rules.enabled(was.progress, now))
        self._bell.ring(organization_id, endpoint_id)
        return stored

    def disable(self, organization_id: str, endpoint_id: str) -> Stored:
        """Deliver nothing until it is enabled; what happens meanwhile waits in the log. Raises as `enable` does."""
        return self._editor.move(organization_id, endpoint_id, lambda was: replace(was.progress, disabled=BY_HAND))

    def replay(self, organization_id: str, endpoint_id: str, first: int, last: int | None) -> Stored:
        """Deliver numbers `first` to `last` (the log's last one by default) again, under the same ids.

        Raises:
            InvalidRangeError: the log has no such numbers.
            UnknownEndpointError, EndpointBusyError: see there.
        """
        oldest, newest = self._log.first_number(organization_id), self._log.last_number(organization_id)
        if not oldest <= first <= (newest if last is None else last) <= newest:
            held = f"numbers {oldest} to {newest}" if oldest <= newest else "nothing"
            raise InvalidRangeError(f"The log holds {held}; what is replayed lies within.")
        stored = self._editor.move(organization_id, endpoint_id, lambda was: rules.replayed(was.progress, first, last))
        self._bell.ring(organization_id, endpoint_id)
        return stored

    def deliveries(
        self, organization_id: str, endpoint_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[Delivery], str | None]:
        """Attempts at deliveries, newest number first. Raises UnknownEndpointError."""
        self._editor.read(organization_id, endpoint_id)
        return self._endpoints.deliveries(organization_id, endpoint_id, before, limit)

    def dead_letters(self, organization_id: str, endpoint_id: str, after: int, limit: int) -> Sequence[DeadLetter]:
        """Numbers beyond `after` that the endpoint was passed over with. Raises UnknownEndpointError."""
        self._editor.read(organization_id, endpoint_id)
        return self._endpoints.dead_letters(organization_id, endpoint_id, after, limit)

    def redrive(self, organization_id: str, endpoint_id: str, numbers: Sequence[int] = ()) -> int:
        """Try dead letters again: these, or the oldest `REDRIVEN_AT_ONCE`; say how many there were.

        Raises:
            UnknownDeadLetterError: one of the numbers is none.
            UnknownEndpointError, EndpointBusyError: see there.
        """
        now = self._clock.now()
        redriven: list[int] = []

        def decide(stored: Stored) -> tuple[Endpoint, Progress, Sequence[int]]:
            progress = stored.progress
            letters = self._letters(organization_id, endpoint_id, numbers)
            letters = letters[: max(0, MAX_HELD_NUMBERS - progress.held_numbers)]
            # the latest first: each is put before what waits of its resource
            for letter in reversed(letters):
                progress = rules.redriven(progress, letter.number, letter.resource_id, now)
            redriven[:] = [letter.number for letter in letters]
            return stored.endpoint, progress, tuple(redriven)

        self._editor.decide(organization_id, endpoint_id, decide)
        if redriven:
            self._bell.ring(organization_id, endpoint_id)
        return len(redriven)

    def _letters(self, organization_id: str, endpoint_id: str, numbers: Sequence[int]) -> list[DeadLetter]:
        if not numbers:
            return list(self._endpoints.dead_letters(organization_id, endpoint_id, 0, REDRIVEN_AT_ONCE))
        found: list[DeadLetter] = []
        for number in sorted(set(numbers)):
            letters = self._endpoints.dead_letters(organization_id, endpoint_id, number - 1, 1)
            if not letters or letters[0].number != number:
                raise UnknownDeadLetterError(f"Number {number} is no dead letter of this endpoint.")
            found.extend(letters)
        return found
