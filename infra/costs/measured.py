"""What the benches counted, by the names that they use: request units and round trips of every operation.

They come from `tests.bench.directory`, `tests.bench.changes` and the handlers, all on the accounting fake, for an
organization of 500 users with a group of 50. `tests/costs/test_measured.py` takes them again and compares, so they
cannot go stale; what the program deploys (secrets, keys, alarms) is compared with the recorded program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED_USERS = 500
MEASURED_MEMBERS = 50


@dataclass(frozen=True, slots=True)
class Units:
    """What something takes of the table.

    Attributes:
        read: read request units.
        write: write request units.
        round_trips: calls one after the other; calls at the same time are one.
    """

    read: float
    write: float
    round_trips: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What a stack consists of that is paid by the month, whether it is used or not."""

    secrets: int
    keys: int
    alarms: int
    dashboards: int
    firewall_rules: int


OPERATIONS: Mapping[str, Units] = {
    "GET user, one group": Units(4, 0, 2),
    "filter userName eq": Units(2, 0, 2),
    "page of 100 with groups": Units(123, 0, 4),
    "POST user": Units(0, 12, 1),
    "PATCH user": Units(3, 4, 2),
    "DELETE user": Units(1, 10, 2),
    "GET group without members": Units(9, 0, 1),
    "PATCH group, add one": Units(11, 10, 2),
    "PATCH group, remove one": Units(11, 8, 2),
}
"""By the names of `tests.bench.directory`; without authentication."""
AUTHENTICATION = Units(2, 0, 1)
"""Of every request."""
CHANGE = Units(16, 15, 0)
"""Of a change that comes alone, behind its request: log, bus and one webhook. Its time is an assumption of traffic."""
SWEEP = Units(9, 0, 9)
"""Of an organization in which nothing waits, each time that relay and housekeeper go round."""
USER_BYTES = 1_968
"""That a user keeps in the table, with 100 for each item, which AWS adds."""
CHANGE_BYTES = 1_254
"""That a change keeps in the log."""

STANDING: Mapping[str, Standing] = {
    "trial": Standing(secrets=16, keys=2, alarms=0, dashboards=0, firewall_rules=0),
    "production": Standing(secrets=16, keys=2, alarms=35, dashboards=1, firewall_rules=4),
}
"""By preset."""
SECOND_REGION: Mapping[str, Standing] = {
    "trial": Standing(secrets=16, keys=2, alarms=0, dashboards=0, firewall_rules=0),
    "production": Standing(secrets=16, keys=2, alarms=36, dashboards=1, firewall_rules=4),
}
"""What a second region adds: copies of the secrets and a key for all copies, and a stack that stands by."""
ORGANIZATIONS_A_SECRET = 80
"""What a secret with token hashes is for; with more organizations, tokenShards has to be raised."""
RETENTION_DAYS = 90
"""For which changes stay in the log."""
SWEEPS_A_DAY = 288
"""Rounds of relay and of housekeeper: one each in five minutes."""
CALLS_A_DAY = 2 * SWEEPS_A_DAY + 1440 + 1
"""Invocations by schedules: relay and housekeeper, the dispatcher every minute, the compactor once."""
METRICS: Mapping[str, int] = {
    "scim-api": 1,
    "admin-api": 1,
    "change-relay": 5,
    "housekeeper": 2,
    "webhook-dispatcher": 4,
    "token-compactor": 1,
}
"""Custom metrics that each function writes while all is well; those of faults are paid for by the hour they occur."""
