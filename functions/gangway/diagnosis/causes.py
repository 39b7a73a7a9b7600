"""Why something failed, in plain language, and what to do about it.

`causes.json` is the table: rows are tried in order, and the first whose every condition holds is the answer; the last
has none. Conditions look at codes only (status, scimType, method, path, reason of a refusal), never at texts, so
wording can change on either side.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gangway.diagnosis.failure import RefusedToken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gangway.diagnosis.failure import Entry

UNAVAILABLE: Final = 503
TABLE: Final = Path(__file__).with_name("causes.json")


@dataclass(frozen=True, slots=True)
class Cause:
    """One row: what usually lies behind a failure, and its cure; both may hold `{org}` and `{keyId}`."""

    id: str
    when: Mapping[str, Any]
    cause: str
    cure: str

    def fits(self, facts: Mapping[str, Any]) -> bool:
        """Whether every condition of the row holds."""
        return all(_holds(facts.get(name), wanted) for name, wanted in self.when.items())

    def told(self, organization_name: str, key_id: str) -> tuple[str, str]:
        """Cause and cure for one organization and token."""
        return _filled(self.cause, organization_name, key_id), _filled(self.cure, organization_name, key_id)


@cache
def causes() -> tuple[Cause, ...]:
    """The rows, in order."""
    return tuple(Cause(**row) for row in json.loads(TABLE.read_text(encoding="utf-8")))


def cause_of(entry: Entry) -> Cause:
    """The row for a failure."""
    facts = _facts(entry)
    return next(row for row in causes() if row.fits(facts))


def _facts(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, RefusedToken):
        return {"reason": entry.reason}
    return {
        "reason": entry.reason,
        "status": UNAVAILABLE if entry.reason else entry.status,
        "scimType": entry.scim_type,
        "method": entry.method,
        "path": entry.path,
        "unknownPath": "?" in entry.path,
    }


def _holds(fact: object, wanted: Sequence[object] | bool) -> bool:
    return fact is wanted if isinstance(wanted, bool) else fact in wanted


def _filled(text: str, organization_name: str, key_id: str) -> str:
    return text.replace("{org}", organization_name).replace("{keyId}", key_id)
