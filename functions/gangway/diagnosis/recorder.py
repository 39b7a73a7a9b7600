"""Decides which failures are kept, so that nobody can make this service write without end.

Failures come in bursts of one kind: a thousand creates that all lack the same attribute, a token that expired last
night. The first few of a kind explain it, and after those only each doubling says something new. So of every kind and
minute the first five are kept and then the 8th, the 16th, the 32nd…, each with its number. However fast somebody
fails, one function writes a few times a minute for each kind, and a request that succeeds never comes here at all.
Kinds are counted for each organization by itself, so that no customer's failures depend on another's.

Refused tokens are counted in the same manner, and for tokens that nobody knows a write is made as well, to a counter
of no organization: were it left out, how long a 401 takes would tell whether a key id exists. Counting by a hash of
the key id keeps the number of counters, and with it the writes that made-up key ids can cause, small.

What cannot be kept is let go: a failure to write about a failure must not change an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from gangway.clock import Clock
    from gangway.diagnosis.ports import FailureStore

FIRST_KEPT: Final = 5
MAX_KINDS: Final = 200
"""Kinds of failures of one organization that are told apart within one minute; more are not kept."""
COUNTERS: Final = 64
NOBODY: Final = "UNKNOWN"
"""Stands where an organization's id would be, for tokens that belong to none."""
NOBODYS_DAYS: Final = 1
_KIND: Final = ("method", "path", "status", "scim_type")


class FailureRecorder:
    """Keeps failures, within bounds."""

    def __init__(self, store: FailureStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minute: datetime | None = None
        self._kinds: dict[str, dict[Hashable, int]] = {}
        self._refusals: dict[int, int] = {}
        self._uncounted: dict[tuple[str, str, str], int] = {}

    def failed(self, organization_id: str, *, days: int, **failure: Any) -> bool:
        """Keep a failed request if it says something new; whether it was kept.

        Args:
            organization_id: of the token it came with.
            days: for how long.
            failure: what `FailedRequest` takes besides time and count.
        """
        now = self._now()
        kinds = self._kinds.setdefault(organization_id, {})
        kind = tuple(failure.get(name) for name in _KIND)
        if kind not in kinds and len(kinds) >= MAX_KINDS:
            return False
        count = kinds[kind] = kinds.get(kind, 0) + 1
        if count > FIRST_KEPT and not _is_power_of_two(count):
            return False
        return self._try(
            lambda: self._store.add(organization_id, FailedRequest(time=now, count=count, **failure), days=days)
        )

    def refused(self, organization_id: str | None, key_id: str, reason: str, *, days: int = NOBODYS_DAYS) -> bool:
        """Count a refused token; whether the count was written.

        Args:
            organization_id: whose token it claims to be, if there is such a token; None if there is not.
            key_id: the key id it claims.
            reason: why it was refused.
            days: for how long the count is kept.
        """
        minute = self._now().replace(second=0, microsecond=0)
        whose = (organization_id, key_id, reason) if organization_id else (NOBODY, "", "unknown")
        self._uncounted[whose] = self._uncounted.get(whose, 0) + 1
        counter = hash(key_id) % COUNTERS
        attempts = self._refusals[counter] = self._refusals.get(counter, 0) + 1
        if not _is_power_of_two(attempts):
            return False
        counted = RefusedToken(minute, whose[1], whose[2], self._uncounted.pop(whose))
        return self._try(lambda: self._store.count(whose[0], counted, days=days))

    def _now(self) -> datetime:
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._kinds.clear()
            self._refusals.clear()
            self._uncounted.clear()
        return now

    @staticmethod
    def _try(write: Any) -> bool:
        try:
            write()
        except Unavailable:
            return False
        return True


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
