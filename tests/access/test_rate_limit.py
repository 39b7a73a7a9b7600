"""REL-22 and ISO-15: where 429 begins, and whom it concerns."""

import pytest

from gangway.access.organization import Organization
from gangway.access.rate_limit import LOCAL_ALLOWANCE, RateLimit
from gangway.scim.errors import TooManyRequests
from tests.access.fakes import NOON, MemoryRecords, SettableClock

ACME = Organization("AAAAAAAA", "acme", "Acme", NOON)
GLOBEX = Organization("BBBBBBBB", "globex", "Globex", NOON)


def refused(limit: RateLimit, organization: Organization, requests: int) -> int:
    """How many of so many requests in one second are refused."""
    count = 0
    for _ in range(requests):
        try:
            limit.admit(organization)
        except TooManyRequests as error:
            count += int(error.headers["Retry-After"] == "1")
    return count


@pytest.mark.parametrize(("requests", "expected"), [(26, 0), (50, 0), (51, 1), (200, 150)])
def test_REL_22_given_a_limit_of_50_then_only_requests_above_it_are_refused(requests: int, expected: int) -> None:
    limit = RateLimit(MemoryRecords(), SettableClock(), requests_per_second=50)
    assert refused(limit, ACME, requests) == expected


def test_given_requests_within_the_local_allowance_then_nobody_is_asked() -> None:
    records = MemoryRecords()
    refused(RateLimit(records, SettableClock(), requests_per_second=50), ACME, LOCAL_ALLOWANCE)
    assert not records.calls


def test_given_several_busy_functions_then_they_count_together_save_for_what_each_admits_by_itself() -> None:
    records, clock = MemoryRecords(), SettableClock()
    functions = [RateLimit(records, clock, requests_per_second=50) for _ in range(3)]
    total = sum(refused(function, ACME, 25) for function in functions)
    assert total == 3 * 25 - 50 - LOCAL_ALLOWANCE  # the third does not know yet, and asks at its eleventh


def test_given_the_next_second_then_counting_begins_anew() -> None:
    clock = SettableClock()
    limit = RateLimit(MemoryRecords(), clock, requests_per_second=50)
    assert refused(limit, ACME, 60) == 10
    clock.advance(1)
    assert refused(limit, ACME, 50) == 0


def test_ISO_15_given_a_neighbour_far_over_its_limit_then_others_are_not_refused() -> None:
    limit = RateLimit(MemoryRecords(), SettableClock(), requests_per_second=50)
    assert refused(limit, ACME, 500) == 450
    assert refused(limit, GLOBEX, 25) == 0


def test_given_an_organization_with_a_limit_of_its_own_then_that_counts() -> None:
    slow = Organization("CCCCCCCC", "slow", "Slow", NOON, rate_limit=5)
    assert refused(RateLimit(MemoryRecords(), SettableClock(), requests_per_second=50), slow, 8) == 3


def test_given_a_counter_that_cannot_be_reached_then_requests_are_admitted_up_to_the_local_count() -> None:
    records = MemoryRecords()
    records.down = True
    assert refused(RateLimit(records, SettableClock(), requests_per_second=50), ACME, 60) == 10
