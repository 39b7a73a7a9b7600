"""How tokens cease to be: suspend, revoke, kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gangway.access.errors import TokenLimitReached, WrongState
from gangway.scim.errors import Unavailable
from tests.access.fakes import ME

if TYPE_CHECKING:
    from tests.access.desk import Desk


def test_TOK_17_given_a_revoked_token_then_the_next_request_with_it_is_refused(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    assert desk.accepts(minted)
    revoked = desk.revocation.revoke(acme, minted.key_id, by=ME)
    assert revoked.hash_removed
    assert not desk.accepts(minted)
    assert minted.key_id not in desk.hashes.hashes


def test_given_a_vault_that_is_down_when_revoking_then_the_token_is_dead_and_a_repetition_finishes(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    assert desk.accepts(minted)
    desk.hashes.down = True
    assert not desk.revocation.revoke(acme, minted.key_id, by=ME).hash_removed
    assert not desk.accepts(minted)
    desk.hashes.down = False
    assert desk.revocation.revoke(acme, minted.key_id, by=ME).hash_removed
    assert desk.hashes.hashes == {}
    assert desk.told().count("token.revoked") == 1


def test_given_a_table_that_is_down_when_revoking_then_503_and_nothing_is_said_to_be_done(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    desk.records.down = True
    with pytest.raises(Unavailable):
        desk.revocation.revoke(acme, minted.key_id, by=ME)
    assert desk.hashes.hashes.keys() == {minted.key_id}


def test_given_a_suspended_token_then_it_opens_nothing_until_it_is_resumed(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    for _ in range(2):
        desk.revocation.suspend(acme, minted.key_id, by=ME)
    assert not desk.accepts(minted)
    for _ in range(2):
        desk.revocation.resume(acme, minted.key_id, by=ME)
    assert desk.accepts(minted)
    assert desk.told()[2:] == ["token.suspended", "token.resumed"]


def test_given_a_suspended_token_whose_place_was_taken_then_it_cannot_be_resumed(desk: Desk) -> None:
    acme = desk.organization(token_limit=1)
    minted = desk.mint(acme)
    desk.revocation.suspend(acme, minted.key_id, by=ME)
    desk.mint(acme)
    with pytest.raises(TokenLimitReached):
        desk.revocation.resume(acme, minted.key_id, by=ME)


def test_given_a_revoked_token_then_it_is_neither_suspended_nor_resumed(desk: Desk) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    desk.revocation.revoke(acme, minted.key_id, by=ME)
    with pytest.raises(WrongState):
        desk.revocation.suspend(acme, minted.key_id, by=ME)
    with pytest.raises(WrongState):
        desk.revocation.resume(acme, minted.key_id, by=ME)


def test_given_the_kill_switch_then_no_token_of_the_organization_opens_and_new_ones_do(desk: Desk) -> None:
    acme, globex = desk.organization("acme", token_limit=20), desk.organization("globex")
    doomed = [desk.mint(acme) for _ in range(20)]
    spared = desk.mint(globex)
    desk.revocation.suspend(acme, doomed[0].key_id, by=ME)
    killed = desk.kill_switch.revoke_all(acme, by=ME)
    assert (killed.tokens, killed.hashes_removed) == (20, True)
    assert not any(map(desk.accepts, doomed))
    assert desk.accepts(spared)
    assert desk.hashes.hashes.keys() == {spared.key_id}
    assert {record.state for record in desk.tokens.list(acme)} == {"revoked"}
    assert desk.accepts(desk.mint(acme))
    assert desk.told().count("token.revoked") == 20


def test_given_a_vault_that_is_down_when_the_kill_switch_is_used_then_the_tokens_are_dead_all_the_same(
    desk: Desk,
) -> None:
    acme = desk.organization()
    minted = desk.mint(acme)
    desk.hashes.down = True
    assert not desk.kill_switch.revoke_all(acme, by=ME).hashes_removed
    assert not desk.accepts(minted)
    desk.hashes.down = False
    assert desk.kill_switch.revoke_all(acme, by=ME).hashes_removed
    assert desk.hashes.hashes == {}


@pytest.mark.row("TOK-32")
def test_given_the_kill_switch_of_the_stack_then_slices_end_where_time_does_and_all_tokens_die(desk: Desk) -> None:
    minted = [desk.mint(desk.organization(f"org-{n:02d}")) for n in range(30)]
    calls = iter([True] * 7 + [False] + [True] * 100)
    done, after = desk.kill_switch.revoke_everywhere("", by=ME, has_time=lambda: next(calls))
    assert (done, after) == (7, "org-06")
    assert [desk.accepts(token) for token in minted[5:9]] == [False, False, True, True]
    done, after = desk.kill_switch.revoke_everywhere(after or "", by=ME, has_time=lambda: next(calls))
    assert (done, after) == (23, None)
    assert not any(map(desk.accepts, minted))
