"""A failure store in memory, which can be made to fail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.diagnosis.ports import Entries
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from gangway.diagnosis.failure import Entry


@dataclass
class MemoryFailures:
    """Implements FailureStore; keeps everything for ever."""

    kept: dict[str, list[FailedRequest]] = field(default_factory=dict)
    counts: dict[str, dict[tuple[datetime, str, str], RefusedToken]] = field(default_factory=dict)
    days: list[int] = field(default_factory=list)
    writes: int = 0
    broken: bool = False
    """Whether it cannot be reached."""
    wrong: bool = False
    """Whether it has a bug."""

    def add(self, organization_id: str, failure: FailedRequest, *, days: int) -> None:
        self._write(days)
        self.kept.setdefault(organization_id, []).append(failure)

    def count(self, organization_id: str, refused: RefusedToken, *, days: int) -> None:
        self._write(days)
        counts = self.counts.setdefault(organization_id, {})
        key = (refused.time, refused.key_id, refused.reason)
        before = counts[key].count if key in counts else 0
        counts[key] = replace(refused, count=before + refused.count)

    def read(self, organization_id: str, since: datetime, *, limit: int, after: str, request_id: str | None) -> Entries:
        entries: list[Entry] = [*self.counts.get(organization_id, {}).values(), *self.kept.get(organization_id, [])]
        entries = sorted((each for each in entries if each.time >= since), key=lambda each: each.time)
        start = int(after or 0)
        page = entries[start : start + limit]
        if request_id is not None:
            page = [each for each in page if isinstance(each, FailedRequest) and each.request_id == request_id]
        more = start + limit < len(entries)
        return Entries(tuple(page), str(start + limit) if more else None)

    def _write(self, days: int) -> None:
        self.writes += 1
        self.days.append(days)
        assert not self.wrong
        if self.broken:
            raise Unavailable("down", retry_after=1)
