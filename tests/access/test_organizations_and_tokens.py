"""What an operator does with organizations and tokens."""

from datetime import timedelta

import pytest

from gangway.access.authentication import Authenticator
from gangway.access.errors import (
    InvalidOrganizationName,
    InvalidToken,
    OrganizationNameTaken,
    TokenLimitReached,
    UnknownOrganization,
    UnknownToken,
)
from gangway.access.organization import RESERVED_NAMES
from gangway.access.organizations import Organizations
from gangway.access.ports import HashLocation
from gangway.access.tokens import Tokens
from tests.access.fakes import NOON, MemoryHashes, MemoryRecords, SettableClock


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def organizations(records: MemoryRecords) -> Organizations:
    return Organizations(records, SettableClock())


@pytest.fixture
def tokens(records: MemoryRecords) -> Tokens:
    return Tokens(records, MemoryHashes(), SettableClock(), token_prefix="gangway")


def test_given_a_new_organization_then_it_is_found_by_its_name_in_any_case(organizations: Organizations) -> None:
    acme = organizations.create("Acme", provider="okta", strict=True)
    assert acme == organizations.get("ACME")
    assert (acme.name, acme.display_name, acme.provider, acme.strict) == ("acme", "Acme", "okta", True)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a b", "a#b", "a/b", "é", "аcme", "a" * 64, "a.b", "a_b", "ACME\n"])
def test_ISO_05_given_a_name_that_cannot_be_in_a_url_or_a_key_then_it_is_refused(
    organizations: Organizations, name: str
) -> None:
    with pytest.raises(InvalidOrganizationName):
        organizations.create(name)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_SCM_10_given_a_reserved_name_then_it_is_refused(organizations: Organizations, name: str) -> None:
    with pytest.raises(InvalidOrganizationName):
        organizations.create(name.upper())


def test_given_a_taken_name_in_another_case_then_it_is_refused(organizations: Organizations) -> None:
    organizations.create("acme")
    with pytest.raises(OrganizationNameTaken):
        organizations.create("ACME")


def test_given_no_such_organization_then_it_is_unknown(organizations: Organizations) -> None:
    with pytest.raises(UnknownOrganization):
        organizations.get("acme")


def test_given_several_organizations_then_they_are_listed_by_name(organizations: Organizations) -> None:
    for name in ("b", "a", "c"):
        organizations.create(name)
    assert [organization.name for organization in organizations.list()] == ["a", "b", "c"]


def test_TOK_08_given_two_live_tokens_when_a_third_is_minted_then_it_is_refused_and_the_two_stay(
    organizations: Organizations, tokens: Tokens
) -> None:
    acme = organizations.create("acme")
    two = [tokens.mint(acme, label=str(n), creator="arn:me").key_id for n in range(2)]
    with pytest.raises(TokenLimitReached):
        tokens.mint(acme, label="third", creator="arn:me")
    assert [record.key_id for record in tokens.list(acme) if record.state == "active"] == sorted(two)


def test_given_a_revoked_or_expired_token_then_another_may_be_minted(
    organizations: Organizations, records: MemoryRecords
) -> None:
    clock = SettableClock()
    tokens = Tokens(records, MemoryHashes(), clock, token_prefix="gangway")
    acme = organizations.create("acme")
    first = tokens.mint(acme, label="1", creator="arn:me")
    tokens.mint(acme, label="2", creator="arn:me", expires=NOON + timedelta(days=1))
    tokens.revoke(acme, first.key_id)
    tokens.mint(acme, label="3", creator="arn:me")
    clock.advance(86_400)
    tokens.mint(acme, label="4", creator="arn:me")


def test_given_a_ledger_that_moved_when_minting_then_the_limit_is_checked_again(
    organizations: Organizations, records: MemoryRecords
) -> None:
    acme = organizations.create("acme")
    hashes = MemoryHashes()
    tokens = Tokens(records, hashes, SettableClock(), token_prefix="gangway")

    class Rival(MemoryHashes):
        """Mints two tokens while ours is on its way to the vault."""

        def add(self, key_id: str, digest: bytes) -> HashLocation:
            for n in range(2):
                tokens.mint(acme, label=f"rival {n}", creator="arn:rival")
            return super().add(key_id, digest)

    with pytest.raises(TokenLimitReached):
        Tokens(records, Rival(), SettableClock(), token_prefix="gangway").mint(acme, label="ours", creator="arn:me")
    assert {record.label for record in tokens.list(acme)} == {"rival 0", "rival 1"}


def test_given_a_time_of_expiry_in_the_past_then_nothing_is_minted(
    organizations: Organizations, tokens: Tokens
) -> None:
    acme = organizations.create("acme")
    with pytest.raises(InvalidToken):
        tokens.mint(acme, label="", creator="arn:me", expires=NOON)


def test_given_a_minted_token_when_printed_then_its_secret_is_not(organizations: Organizations, tokens: Tokens) -> None:
    minted = tokens.mint(organizations.create("acme"), label="", creator="arn:me")
    assert minted.token not in repr(minted)


def test_given_the_key_id_of_another_organization_when_revoked_then_it_is_unknown(
    organizations: Organizations, tokens: Tokens
) -> None:
    minted = tokens.mint(organizations.create("acme"), label="", creator="arn:me")
    with pytest.raises(UnknownToken):
        tokens.revoke(organizations.create("globex"), minted.key_id)


def test_TOK_17_given_a_revoked_token_then_the_next_request_with_it_is_refused(
    organizations: Organizations, records: MemoryRecords
) -> None:
    hashes, clock = MemoryHashes(), SettableClock()
    tokens = Tokens(records, hashes, clock, token_prefix="gangway")
    authenticator = Authenticator(records, hashes, clock, token_prefix="gangway")
    acme = organizations.create("acme")
    minted = tokens.mint(acme, label="", creator="arn:me")
    authenticator.authenticate([f"Bearer {minted.token}"])
    tokens.revoke(acme, minted.key_id)
    with pytest.raises(Exception, match="live bearer token"):
        authenticator.authenticate([f"Bearer {minted.token}"])
    assert minted.key_id not in hashes.hashes
