"""Tokens that will expire are warned of in time, once at each stage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gangway.access.expiry import Expiry
from gangway.access.ledger import Ledger
from gangway.access.operator import Operator
from tests.access.fakes import ME, NOON

if TYPE_CHECKING:
    from gangway.access.expiry import Expiring
    from gangway.access.organization import Organization
    from tests.access.desk import Desk

DAY = timedelta(days=1)
HOUSEKEEPER = Operator("gangway housekeeper", "run-1")


def look(desk: Desk, acme: Organization) -> Expiring:
    return Expiry(desk.records, desk.clock).look_at(Ledger(desk.records).read(acme.id), HOUSEKEEPER)


def warnings(desk: Desk) -> list[Any]:
    events = [event for event in desk.records.told if event.type == "token.expiring"]
    return [(event.after or {})["daysLeft"] for event in events]


def test_given_a_token_that_expires_when_looked_at_hourly_then_each_stage_is_told_once(desk: Desk) -> None:
    acme = desk.organization()
    desk.mint(acme, expires=NOON + 40 * DAY)
    warned = 0
    while desk.clock.now() < NOON + 41 * DAY:
        warned += look(desk, acme).warned
        desk.clock.advance(3600)
    assert warnings(desk) == [30, 14, 7, 1]
    assert warned == 4
    assert [event.version for event in desk.records.told if event.resource_type == "Token"] == [1, 2, 3, 4, 5]


def test_given_a_token_minted_for_ten_days_then_it_is_warned_of_at_once_and_only_what_is_next(desk: Desk) -> None:
    acme = desk.organization()
    desk.mint(acme, expires=NOON + 10 * DAY)
    assert look(desk, acme).urgent == 1
    assert look(desk, acme).warned == 0
    assert warnings(desk) == [14]


def test_given_tokens_that_are_dead_replaced_or_without_expiry_then_nobody_is_warned(desk: Desk) -> None:
    acme = desk.organization(token_limit=5)
    desk.mint(acme)
    desk.mint(acme, expires=NOON + 90 * DAY)
    revoked, rotated = (desk.mint(acme, expires=NOON + 2 * DAY) for _ in range(2))
    desk.revocation.revoke(acme, revoked.key_id, by=ME)
    desk.tokens.rotate(acme, rotated.key_id, by=ME, overlap=DAY, expires=NOON + 365 * DAY)
    done = look(desk, acme)
    assert (done.warned, done.urgent) == (0, 0)
    assert warnings(desk) == []


def test_given_a_warned_token_then_its_warning_does_not_change_what_it_opens(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme, expires=NOON + DAY / 2)
    look(desk, acme)
    assert warnings(desk) == [1]
    assert desk.accepts(minted)
