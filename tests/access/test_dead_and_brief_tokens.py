"""Tokens at their end: how long a dead one is remembered; and brief ones, which are made to die."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gangway.access.errors import InvalidToken, TokenLimitReached, WrongState
from gangway.access.expiry import Expiry
from gangway.access.ledger import Ledger
from gangway.access.token import BRIEF_KEPT, BRIEF_LIFE, BRIEF_LIMIT, DEAD_KEPT
from gangway.access.tokens import AT_ONCE
from gangway.storage import organization_items as items
from tests.access.fakes import ME, NOON

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord
    from tests.access.desk import Desk

SOON = NOON + timedelta(minutes=10)
DAY = timedelta(days=1)


def ttl(record: TokenRecord) -> datetime | None:
    """When DynamoDB may remove the record's item."""
    item = items.token_item(record.key_id[:8], record)
    assert items.token(item) == record
    return datetime.fromtimestamp(int(item["ttl"]["N"]), UTC) if "ttl" in item else None


def test_given_a_token_that_has_no_end_then_its_record_stays(desk: Desk, acme: Organization) -> None:
    minted = desk.mint(acme)
    assert ttl(desk.revocation.suspend(acme, minted.key_id, by=ME)) is None


def test_given_a_revoked_token_then_its_record_is_kept_for_90_days_from_then_on(desk: Desk, acme: Organization) -> None:
    minted = desk.mint(acme, expires=NOON + 365 * DAY)
    desk.clock.advance(DAY.total_seconds())

    revoked = desk.revocation.revoke(acme, minted.key_id, by=ME).record

    assert (revoked.ended, ttl(revoked)) == (NOON + DAY, NOON + DAY + DEAD_KEPT)


def test_given_a_token_that_is_revoked_twice_then_the_first_time_counts(desk: Desk, acme: Organization) -> None:
    minted = desk.mint(acme)
    first = desk.revocation.revoke(acme, minted.key_id, by=ME).record
    desk.clock.advance(DAY.total_seconds())

    assert desk.revocation.revoke(acme, minted.key_id, by=ME).record == first


def test_given_a_token_that_expires_then_its_record_is_kept_for_90_days_after(desk: Desk, acme: Organization) -> None:
    assert ttl(desk.mint(acme, expires=NOON + DAY).record) == NOON + DAY + DEAD_KEPT


def test_given_the_kill_switch_or_a_rotation_at_once_then_what_they_end_is_forgotten_too(
    desk: Desk, acme: Organization
) -> None:
    rotated = desk.tokens.rotate(acme, desk.mint(acme).key_id, by=ME, overlap=AT_ONCE)
    desk.kill_switch.revoke_all(acme, by=ME)

    assert {ttl(record) for record in desk.tokens.list(acme)} == {NOON + DEAD_KEPT}
    assert rotated.old.ended == NOON


def test_given_dynamodb_is_late_then_a_dead_record_is_listed_no_longer_than_it_is_kept(
    desk: Desk, acme: Organization
) -> None:
    minted = desk.mint(acme)
    desk.revocation.revoke(acme, minted.key_id, by=ME)

    desk.clock.advance(DEAD_KEPT.total_seconds() - 1)
    assert [record.key_id for record in desk.tokens.list(acme)] == [minted.key_id]
    desk.clock.advance(1)
    assert desk.tokens.list(acme) == ()


def test_given_two_live_tokens_then_brief_ones_have_room_beside_them_and_a_limit_of_their_own(
    desk: Desk, acme: Organization
) -> None:
    lasting = [desk.mint(acme) for _ in range(2)]
    brief = [desk.mint(acme, brief=True, expires=SOON) for _ in range(BRIEF_LIMIT)]

    assert all(desk.accepts(each) for each in [*lasting, *brief])
    with pytest.raises(TokenLimitReached, match="3 brief tokens are live"):
        desk.mint(acme, brief=True, expires=SOON)
    with pytest.raises(TokenLimitReached, match="2 tokens are live"):
        desk.mint(acme)


@pytest.mark.parametrize("expires", [None, NOON + BRIEF_LIFE + timedelta(seconds=1)])
def test_given_no_near_end_then_a_token_cannot_be_brief(
    desk: Desk, acme: Organization, expires: datetime | None
) -> None:
    with pytest.raises(InvalidToken, match="within 15 minutes"):
        desk.mint(acme, brief=True, expires=expires)


def test_given_a_brief_token_then_it_ends_by_itself_and_cannot_be_rotated_into_one_that_lasts(
    desk: Desk, acme: Organization
) -> None:
    brief = desk.mint(acme, brief=True, expires=SOON)
    with pytest.raises(WrongState, match="mint another"):
        desk.tokens.rotate(acme, brief.key_id, by=ME, overlap=AT_ONCE)

    desk.clock.advance(600)

    assert not desk.accepts(brief)
    assert ttl(brief.record) == SOON + BRIEF_KEPT


def test_given_a_brief_token_then_nobody_is_warned_of_its_end(desk: Desk, acme: Organization) -> None:
    desk.mint(acme, brief=True, expires=SOON)
    expiring = Expiry(desk.records, desk.clock).look_at(Ledger(desk.records).read(acme.id), ME)

    assert (expiring.warned, expiring.urgent) == (0, 0)
