"""How many requests a second an organization may send.

Identity providers are paced by their own throughput, so almost every organization stays far below the limit and must
not pay for it. Each running function counts by itself and asks nobody up to a small allowance; an organization that
exceeds it there is busy enough for one more round trip, and from then on all functions count it together. A counter
that cannot be reached admits the request: the limit protects neighbours and must never be what fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.scim.errors import TooManyRequests, Unavailable

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.ports import RequestCounter
    from gangway.clock import Clock

LOCAL_ALLOWANCE = 10
"""Requests a second that one running function admits without asking the others."""


class RateLimit:
    """Requests of the current second, by organization."""

    def __init__(self, counter: RequestCounter, clock: Clock, *, requests_per_second: int) -> None:
        self._counter = counter
        self._clock = clock
        self._default = requests_per_second
        self._second = 0
        self._counts: dict[str, int] = {}

    def admit(self, organization: Organization) -> None:
        """Count a request.

        Raises:
            TooManyRequests: the organization has used up this second; `Retry-After` says one second, as whole seconds
                are all HTTP can say.
        """
        second = int(self._clock.now().timestamp())
        if second != self._second:
            self._second, self._counts = second, {}
        count = self._counts[organization.id] = self._counts.get(organization.id, 0) + 1
        limit = organization.rate_limit or self._default
        if count > LOCAL_ALLOWANCE or count > limit:
            # The first to ask brings along what it has admitted by itself.
            unreported = count if count == min(LOCAL_ALLOWANCE, limit) + 1 else 1
            if self._total(organization.id, second, unreported, count) > limit:
                raise TooManyRequests(
                    f"More than {limit} requests in one second; slow down and try again.", retry_after=1
                )

    def _total(self, organization_id: str, second: int, requests: int, local: int) -> int:
        try:
            return self._counter.add(organization_id, second, requests)
        except Unavailable:
            return local
