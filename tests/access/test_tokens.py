"""How tokens come to be: mint and rotate."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gangway.access.errors import InvalidToken, TokenLimitReached, UnknownOrganization, UnknownToken, WrongState
from gangway.access.expiry import Expiry
from gangway.access.ledger import Ledger
from gangway.access.tokens import AT_ONCE
from gangway.scim.errors import Unavailable
from tests.access.desk import Desk
from tests.access.fakes import ME, NOON, MemoryHashes, MemoryRecords

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.ports import HashLocation

DAY = timedelta(days=1)


def test_TOK_08_given_two_live_tokens_when_a_third_is_minted_then_it_is_refused_and_the_two_stay(
    desk: Desk, acme: Organization
) -> None:
    two = [desk.mint(acme).key_id for _ in range(2)]
    calls = len(desk.hashes.calls)
    with pytest.raises(TokenLimitReached):
        desk.mint(acme)
    assert [record.key_id for record in desk.tokens.list(acme) if record.state == "active"] == sorted(two)
    assert len(desk.hashes.calls) == calls, "a refused wish costs the vault nothing"


def test_given_a_revoked_or_expired_token_then_another_may_be_minted(desk: Desk, acme: Organization) -> None:
    first = desk.mint(acme)
    desk.mint(acme, expires=NOON + DAY)
    desk.revocation.revoke(acme, first.key_id, by=ME)
    desk.mint(acme)
    desk.clock.advance(DAY.total_seconds())
    desk.mint(acme)


def test_given_a_ledger_that_moved_when_minting_then_the_limit_is_checked_again(desk: Desk, acme: Organization) -> None:
    class Rival(MemoryHashes):
        """Mints two tokens while ours is on its way to the vault."""

        def add(self, key_id: str, digest: bytes, written: datetime) -> HashLocation:
            for n in range(2):
                desk.mint(acme, f"rival {n}")
            return super().add(key_id, digest, written)

    with pytest.raises(TokenLimitReached):
        Desk(desk.records, Rival()).mint(acme, "ours")
    assert {record.label for record in desk.tokens.list(acme)} == {"rival 0", "rival 1"}


def test_given_rivals_without_end_when_minting_then_503(acme: Organization) -> None:
    class Storm(MemoryRecords):
        def change_tokens(self, *_arguments: object) -> bool:
            return False

    desk = Desk(Storm())
    with pytest.raises(Unavailable):
        desk.mint(desk.organization())


def test_given_a_time_of_expiry_in_the_past_then_nothing_is_minted_or_rotated(desk: Desk, acme: Organization) -> None:
    with pytest.raises(InvalidToken):
        desk.mint(acme, expires=NOON)
    minted = desk.mint(acme)
    with pytest.raises(InvalidToken):
        desk.tokens.rotate(acme, minted.key_id, by=ME, overlap=AT_ONCE, expires=NOON)


def test_given_a_deleted_organization_then_no_token_is_minted(desk: Desk, acme: Organization) -> None:
    desk.records.change(acme, state="deleted")
    with pytest.raises(UnknownOrganization):
        desk.mint(acme)


def test_given_a_minted_token_when_printed_or_told_then_its_secret_is_not(desk: Desk, acme: Organization) -> None:
    minted = desk.mint(acme, source_ranges=["192.0.2.0/24"], scopes=["read-only"])
    told = desk.records.told[-1]
    assert (told.type, told.resource_id, told.version) == ("token.created", minted.key_id, 1)
    assert (told.after or {})["sourceRanges"] == ["192.0.2.0/24"]
    assert minted.token.split("_")[2] not in repr(minted) + repr(told)


@pytest.mark.row("TOK-09")
@pytest.mark.row("AUT-07")
def test_given_a_rotation_with_overlap_then_both_open_until_it_ends_by_itself(desk: Desk, acme: Organization) -> None:
    old = desk.mint(acme, "Okta", scopes=["users-only"], source_ranges=["192.0.2.0/24"])
    rotated = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=DAY)
    new = rotated.minted
    assert (new.record.label, new.record.scopes) == ("Okta", frozenset({"users-only"}))
    assert new.record.source_ranges == ("192.0.2.0/24",)
    assert (rotated.old.successor, rotated.old.expires) == (new.key_id, NOON + DAY)

    def opens(token: str) -> None:
        desk.authenticator.authenticate([f"Bearer {token}"], source_address="192.0.2.7")

    opens(old.token)
    desk.clock.advance(DAY.total_seconds())
    opens(new.token)
    with pytest.raises(Exception, match="live bearer token"):
        opens(old.token)
    assert desk.told() == ["organization.created", "token.created", "token.created", "token.rotated"]


def test_given_an_overlap_beyond_the_old_tokens_expiry_then_it_ends_when_it_was_to_end(
    desk: Desk, acme: Organization
) -> None:
    old = desk.mint(acme, expires=NOON + DAY)
    rotated = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=7 * DAY)
    assert rotated.old.expires == NOON + DAY


def test_given_a_token_of_a_year_when_rotated_then_its_successor_lives_a_year_from_now(
    desk: Desk, acme: Organization
) -> None:
    old = desk.mint(acme, expires=NOON + 365 * DAY)
    desk.clock.advance(300 * DAY.total_seconds())
    rotated = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=DAY)
    assert rotated.minted.record.expires == desk.clock.now() + 365 * DAY


def test_given_a_rotation_at_once_then_the_old_token_is_dead_and_its_hash_gone(desk: Desk, acme: Organization) -> None:
    desk.mint(acme)
    old = desk.mint(acme)
    rotated = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=AT_ONCE)
    assert (desk.accepts(old), desk.accepts(rotated.minted)) == (False, True)
    assert rotated.hash_removed
    assert old.key_id not in desk.hashes.hashes


def test_given_no_room_for_both_then_only_a_rotation_at_once_is_possible(desk: Desk, acme: Organization) -> None:
    old, _other = desk.mint(acme), desk.mint(acme)
    with pytest.raises(TokenLimitReached):
        desk.tokens.rotate(acme, old.key_id, by=ME, overlap=DAY)
    assert desk.accepts(old)


@pytest.mark.row("TOK-10")
def test_given_a_token_that_is_not_live_or_has_a_successor_then_it_is_not_rotated(
    desk: Desk, acme: Organization
) -> None:
    old = desk.mint(acme)
    rotated = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=DAY)
    with pytest.raises(WrongState, match="successor"):
        desk.tokens.rotate(acme, old.key_id, by=ME, overlap=AT_ONCE)
    desk.revocation.revoke(acme, rotated.minted.key_id, by=ME)
    with pytest.raises(WrongState, match="not live"):
        desk.tokens.rotate(acme, rotated.minted.key_id, by=ME, overlap=AT_ONCE)


def test_given_the_key_id_of_another_organization_then_it_is_unknown(desk: Desk, acme: Organization) -> None:
    minted, globex = desk.mint(acme), desk.organization("globex")
    for attempt in (
        lambda: desk.tokens.get(globex, minted.key_id),
        lambda: desk.tokens.rotate(globex, minted.key_id, by=ME, overlap=AT_ONCE),
        lambda: desk.revocation.revoke(globex, minted.key_id, by=ME),
        lambda: desk.revocation.suspend(globex, minted.key_id, by=ME),
    ):
        with pytest.raises(UnknownToken):
            attempt()
    assert desk.accepts(minted)


def test_given_a_successor_that_was_revoked_then_its_predecessor_may_be_rotated_again_and_is_warned_of(
    desk: Desk, acme: Organization
) -> None:
    old = desk.mint(acme, expires=NOON + DAY)
    wrong = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=DAY).minted
    assert Expiry(desk.records, desk.clock).look_at(Ledger(desk.records).read(acme.id), ME).urgent == 1, "the new one"
    desk.revocation.revoke(acme, wrong.key_id, by=ME)

    assert Expiry(desk.records, desk.clock).look_at(Ledger(desk.records).read(acme.id), ME).urgent == 1, "the old one"
    right = desk.tokens.rotate(acme, old.key_id, by=ME, overlap=AT_ONCE).minted

    assert desk.accepts(right)
    assert not desk.accepts(old)
