"""Failed requests in the table: the contract of the store, on each DynamoDB there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.scim.errors import Unavailable
from gangway.storage.failures import MAX_BYTES, FailureTable
from tests.access.fakes import NOON, SettableClock
from tests.support.directories import TABLE

if TYPE_CHECKING:
    from gangway.diagnosis.failure import Entry

ACME, GLOBEX = "AAAAAAAA", "BBBBBBBB"


class Failures:
    """A failure table with a clock that can be moved."""

    def __init__(self, client: Any) -> None:
        self.clock = SettableClock(NOON)
        self.client = client
        self.table = FailureTable(client, TABLE, self.clock)

    def fail(self, number: int, *, organization: str = ACME, days: int = 30, **more: Any) -> FailedRequest:
        failure = FailedRequest(
            time=NOON + timedelta(minutes=number),
            request_id=f"r{number}",
            method="POST",
            path="/Users",
            status=409,
            key_id="AAAAAAAA12345678",
            **more,
        )
        self.table.add(organization, failure, days=days)
        return failure

    def read(self, since: int = 0, *, organization: str = ACME, request_id: str | None = None) -> list[Entry]:
        found: list[Entry] = []
        after = ""
        while True:
            page = self.table.read(
                organization, NOON + timedelta(minutes=since), limit=2, after=after, request_id=request_id
            )
            found.extend(page.entries)
            if page.next is None:
                return found
            after = page.next


@pytest.fixture
def failures(client: Any) -> Failures:
    return Failures(client)


def test_what_is_kept_is_read_back_whole_in_the_order_of_time(failures: Failures) -> None:
    told: dict[str, Any] = {
        "scim_type": "uniqueness",
        "detail": "userName is taken.",
        "resource_id": "0199",
        "duration_ms": 12.5,
        "dialect_rules": {"text-booleans": 1},
        "query": {"attributes": "userName"},
        "body": {"userName": "text(3)", "emails": [1, {"value": "text(5)"}]},
        "operations": ({"operation": 1, "status": 409},),
        "count": 8,
    }
    kept = [failures.fail(number, **told) for number in (3, 1, 2)]

    assert failures.read() == sorted(kept, key=lambda each: each.time)


def test_reading_starts_at_a_time_and_may_look_for_one_request(failures: Failures) -> None:
    kept = [failures.fail(number) for number in range(7)]

    assert failures.read(since=4) == kept[4:]
    assert failures.read(request_id="r5") == [kept[5]]
    assert failures.read(request_id="r9") == []


def test_organizations_see_their_own(failures: Failures) -> None:
    ours, theirs = failures.fail(0), failures.fail(1, organization=GLOBEX)

    assert failures.read() == [ours]
    assert failures.read(organization=GLOBEX) == [theirs]


def test_after_its_days_a_failure_is_not_shown_though_it_may_still_be_there(failures: Failures) -> None:
    failures.fail(0, days=1)
    kept = failures.fail(0, organization=GLOBEX, days=2)
    failures.clock.advance(86_400)

    assert failures.read() == []
    assert failures.read(organization=GLOBEX) == [kept]


def test_refused_tokens_of_a_minute_add_up_and_come_before_its_requests(failures: Failures) -> None:
    failed = failures.fail(0)
    for count in (1, 1, 2):
        failures.table.count(ACME, RefusedToken(NOON, "AAAAAAAA12345678", "wrong secret", count), days=30)
    failures.table.count(ACME, RefusedToken(NOON, "AAAAAAAA12345678", "dead token", 1), days=30)

    assert failures.read() == [
        RefusedToken(NOON, "AAAAAAAA12345678", "dead token", 1),
        RefusedToken(NOON, "AAAAAAAA12345678", "wrong secret", 4),
        failed,
    ]


def test_a_failure_with_a_large_shape_is_kept_without_it(failures: Failures) -> None:
    failures.fail(0, body={f"name{number}": "text(1)" for number in range(MAX_BYTES)}, detail="d" * 9000)

    (kept,) = failures.read()
    assert isinstance(kept, FailedRequest)
    assert (kept.body, kept.detail) == (None, "d" * 500)


def test_what_was_about_an_erased_person_is_forgotten(failures: Failures) -> None:
    for number in range(5):
        failures.fail(number, resource_id="ada" if number % 2 else "bob")

    assert failures.table.forget(ACME, "ada") == 2
    assert [each.resource_id for each in failures.read() if isinstance(each, FailedRequest)] == ["bob"] * 3


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_given_a_table_that_refuses_then_it_is_unavailable(
    failures: Failures, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code}}, "PutItem")

    monkeypatch.setattr(failures.client, "put_item", refuse, raising=False)

    with pytest.raises(Unavailable):
        failures.fail(0)
