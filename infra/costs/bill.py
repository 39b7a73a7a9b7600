"""The bill of a month: every line a number of something times its price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.costs import measured, prices, traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Stack:
    """What is asked about.

    Attributes:
        organizations: in the stack.
        users: of each organization.
        preset: `trial` or `production`, which decides what stands there without being used.
        second_region: whether copies are kept in a second region, for a stack that stands by.
    """

    organizations: int
    users: int = traffic.USERS
    preset: str = "production"
    second_region: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """What all organizations together do in a month.

    Attributes:
        requests: to the SCIM API.
        changes: that are told.
        read: read units of requests and changes, with authentication.
        write: write units of the same.
        compute: GB-seconds of requests and changes.
    """

    requests: float
    changes: float
    read: float
    write: float
    compute: float


def month(stack: Stack) -> Month:
    """Multiply the habits by the people."""
    times = traffic.DAYS * stack.organizations * stack.users / 100
    requests = changes = read = write = seconds = 0.0
    for habit in traffic.HABITS:
        number, units = habit.a_day * times, measured.OPERATIONS[habit.operation]
        round_trips = units.round_trips + measured.AUTHENTICATION.round_trips
        requests += number
        changes += number * habit.changes
        read += number * (units.read + measured.AUTHENTICATION.read)
        write += number * (units.write + measured.AUTHENTICATION.write)
        seconds += number * (traffic.REQUEST_SECONDS + round_trips * traffic.ROUND_TRIP_SECONDS)
    read += changes * measured.CHANGE.read
    write += changes * measured.CHANGE.write
    seconds += changes * traffic.CHANGE_SECONDS
    return Month(requests, changes, read, write, seconds * traffic.GIGABYTES)


def bill(stack: Stack) -> dict[str, float]:
    """US dollars of a month, by what they are paid for."""
    return dict(_standing(stack)) | dict(_used(stack)) | (dict(_copied(stack)) if stack.second_region else {})


def _standing(stack: Stack) -> Iterator[tuple[str, float]]:
    """What is paid for a stack in which nothing happens."""
    there = measured.STANDING[stack.preset]
    secrets = max(there.secrets, math.ceil(stack.organizations / measured.ORGANIZATIONS_A_SECRET))
    yield "Token secrets", prices.SECRET.of(secrets)
    yield "Encryption and signing key", prices.KEY.of(there.keys)
    yield "Alarms and dashboard", prices.ALARM.of(there.alarms) + prices.DASHBOARD.of(there.dashboards)
    yield "Metrics", prices.METRIC.of(sum(measured.METRICS.values()))
    yield (
        "Firewall, standing",
        prices.WEB_ACL.of(bool(there.firewall_rules)) + prices.FIREWALL_RULE.of(there.firewall_rules),
    )
    yield "Schedules", _schedules(stack)


def _schedules(stack: Stack) -> float:
    """What sweeps take; with very many organizations a sweep gets only so far, and the next goes on."""
    seconds_each = measured.SWEEP.round_trips * traffic.ROUND_TRIP_SECONDS
    looked_at = min(stack.organizations, 2 * traffic.SWEEP_SECONDS / seconds_each)
    sweeps = measured.SWEEPS_A_DAY * traffic.DAYS
    calls = measured.CALLS_A_DAY * traffic.DAYS
    seconds = calls * traffic.REQUEST_SECONDS + sweeps * looked_at * seconds_each
    return (
        prices.INVOCATION.of(calls)
        + prices.COMPUTE.of(seconds * traffic.GIGABYTES)
        + prices.READ.of(sweeps * looked_at * measured.SWEEP.read)
    )


def _copied(stack: Stack) -> Iterator[tuple[str, float]]:
    """What a second region adds: every write and every byte of the table once more, and what stands there."""
    all_of, there = month(stack), measured.SECOND_REGION[stack.preset]
    kept = _kept(stack, all_of)
    secrets = max(there.secrets, math.ceil(stack.organizations / measured.ORGANIZATIONS_A_SECRET))
    standing = prices.SECRET.of(secrets) + prices.KEY.of(there.keys)
    standing += prices.ALARM.of(there.alarms) + prices.DASHBOARD.of(there.dashboards)
    standing += prices.WEB_ACL.of(bool(there.firewall_rules)) + prices.FIREWALL_RULE.of(there.firewall_rules)
    yield "Second region, standing", standing
    table = (prices.STORAGE.of(kept) + prices.RECOVERY.of(kept)) / _GIGABYTE
    yield "Second region, copy of the table", prices.COPIED_WRITE.of(all_of.write) + table


def _kept(stack: Stack, all_of: Month) -> float:
    """Bytes in the table."""
    kept_days = measured.RETENTION_DAYS / traffic.DAYS
    return stack.organizations * stack.users * measured.USER_BYTES + all_of.changes * kept_days * measured.CHANGE_BYTES


def _used(stack: Stack) -> Iterator[tuple[str, float]]:
    """What is paid for what happens."""
    all_of = month(stack)
    inspected = all_of.requests if measured.STANDING[stack.preset].firewall_rules else 0
    kept = _kept(stack, all_of)
    invocations = all_of.requests + 3 * all_of.changes  # relay, dispatcher and sender
    yield "Gateway", prices.GATEWAY.of(all_of.requests)
    yield "Firewall, requests", prices.INSPECTED.of(inspected)
    yield "Functions", prices.INVOCATION.of(invocations) + prices.COMPUTE.of(all_of.compute)
    yield "Table, reads and writes", prices.READ.of(all_of.read) + prices.WRITE.of(all_of.write)
    yield "Table, storage and recovery", (prices.STORAGE.of(kept) + prices.RECOVERY.of(kept)) / _GIGABYTE
    yield "Event bus", prices.EVENT.of(all_of.changes)
    yield "Logs", prices.LOG.of(all_of.requests * traffic.LOG_BYTES / _GIGABYTE)
