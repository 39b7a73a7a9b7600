"""Who is let in, and what everybody else learns: nothing."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.access.authentication import AuthenticationFailed, Authenticator, Caller
from gangway.access.organization import Organization
from gangway.access.token import compose, new_key_id, new_secret
from gangway.access.tokens import Minted, Tokens
from gangway.scim.errors import Forbidden, Unavailable
from tests.access.fakes import ME, NOON, MemoryHashes, MemoryRecords, SettableClock

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class World:
    """One organization, `acme`, with one token."""

    records: MemoryRecords = field(default_factory=MemoryRecords)
    hashes: MemoryHashes = field(default_factory=MemoryHashes)
    clock: SettableClock = field(default_factory=SettableClock)

    def __post_init__(self) -> None:
        self.acme = Organization("AAAAAAAA", "acme", "Acme", NOON, provider="okta")
        self.records.add_organization(self.acme)
        self.tokens = Tokens(self.records, self.hashes, self.clock, token_prefix="gangway")
        self.minted: Minted = self.tokens.mint(self.acme, label="first", by=ME)
        self.authenticator = Authenticator(self.records, self.hashes, self.clock, token_prefix="gangway")
        self.records.calls.clear()
        self.hashes.calls.clear()

    def ask(
        self,
        *authorization: str,
        organization_name: str | None = None,
        provider: str | None = None,
        source_address: str | None = None,
    ) -> Caller:
        return self.authenticator.authenticate(
            authorization or (f"Bearer {self.minted.token}",),
            organization_name=organization_name,
            provider=provider,
            source_address=source_address,
        )

    def refusal(self, *authorization: str, **where: str | None) -> AuthenticationFailed:
        with pytest.raises(AuthenticationFailed) as refused:
            self.ask(*authorization, **where)
        return refused.value

    def change_token(self, **fields: object) -> None:
        record = self.records.tokens[self.minted.key_id]
        self.records.tokens[record.key_id] = record._replace(**fields)  # type: ignore[arg-type] # any field


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_given_a_live_token_when_presented_then_it_names_its_organization(world: World, scheme: str) -> None:
    caller = world.ask(scheme + world.minted.token)
    assert (caller.organization.id, caller.key_id) == ("AAAAAAAA", world.minted.key_id)


def test_given_a_live_token_when_presented_then_one_read_of_the_table_and_one_of_the_vault_suffice(
    world: World,
) -> None:
    world.ask()  # the first of the day is written down
    world.records.calls.clear()
    world.hashes.calls.clear()
    world.ask()
    assert (world.records.calls, world.hashes.calls) == (["credentials"], ["find"])


def smuggled(token: str) -> list[tuple[str, ...]]:
    return [
        (f"Bearer {token}", f"Bearer {token}"),
        (f"Bearer {token} x",),
        (f"Bearer\t{token}",),
        (f" Bearer {token}",),
        (f"Bearer {token}\n",),
        (f"Basic {token}",),
        (token,),
        ("Bearer",),
        ("Bearer ",),
        ("",),
        ("Bearer " + "x" * 10_000,),
        (f"Bearer {token[:-1]}é",),
        ("Bearer null",),
        ("Bearer eyJhbGciOiJub25lIn0.e30.",),
        ("AWS4-HMAC-SHA256 Credential=AKIA/20260301/eu-west-1/execute-api/aws4_request",),
    ]


@pytest.mark.parametrize("case", range(len(smuggled("x"))))
def test_TOK_28_SCM_06_SCM_07_given_a_crooked_header_when_presented_then_401_without_any_call(
    world: World, case: int
) -> None:
    assert world.refusal(*smuggled(world.minted.token)[case]).reason == "malformed"
    assert not world.records.calls
    assert not world.hashes.calls


@given(st.lists(st.text(max_size=300), min_size=1, max_size=3))
def test_TOK_28_given_any_text_when_presented_then_it_is_refused_and_breaks_nothing(headers: list[str]) -> None:
    assert World().refusal(*headers).status == 401


def test_given_no_header_then_the_challenge_names_no_error(world: World) -> None:
    with pytest.raises(AuthenticationFailed) as refused:
        world.authenticator.authenticate(())
    assert refused.value.reason == "missing"
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="gangway"'


def test_TOK_02_given_a_typo_when_presented_then_401_without_any_call(world: World) -> None:
    token = world.minted.token
    world.refusal(f"Bearer {token[:-1]}{'a' if token[-1] != 'a' else 'b'}")
    assert not world.records.calls


def wrong_ways(world: World) -> dict[str, Callable[[], AuthenticationFailed]]:
    """Every way to be refused after the token turned out well formed, by the reason that goes to the log."""

    def with_token(**fields: object) -> AuthenticationFailed:
        world.change_token(**fields)
        return world.refusal()

    def with_settings(**settings: object) -> AuthenticationFailed:
        world.records.change(world.acme, **settings)
        return world.refusal()

    def composed(key_id: str) -> AuthenticationFailed:
        return world.refusal("Bearer " + compose("gangway", key_id, new_secret()))

    return {
        "unknown organization": lambda: composed(new_key_id("ZZZZZZZZ")),
        "unknown token": lambda: composed(new_key_id("AAAAAAAA")),
        "wrong secret": lambda: composed(world.minted.key_id),
        "revoked": lambda: with_token(state="revoked"),
        "suspended": lambda: with_token(state="suspended"),
        "expired": lambda: with_token(expires=NOON),
        "older epoch": lambda: with_settings(auth_epoch=1),
        "deleting": lambda: with_settings(state="deleting"),
        "deleted": lambda: with_settings(state="deleted"),
        "other organization": lambda: world.refusal(organization_name="globex"),
        "other provider": lambda: world.refusal(provider="entra"),
        "source address": lambda: with_token(source_ranges=("10.0.0.0/8",)),
    }


@pytest.mark.parametrize("way", list(wrong_ways(World())))
def test_TOK_30_given_anything_wrong_with_token_or_organization_then_the_same_401_after_the_same_read(
    world: World, way: str
) -> None:
    refused = wrong_ways(world)[way]()
    malformed = World().refusal("Bearer x")
    assert (refused.to_message(), refused.headers) == (malformed.to_message(), malformed.headers)
    assert world.records.calls == ["credentials"]


@pytest.mark.parametrize("way", list(wrong_ways(World())))
@pytest.mark.row("AUT-07")
def test_TOK_05_given_any_well_formed_token_then_exactly_one_constant_time_comparison_is_made(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = Mock(wraps=hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    wrong_ways(world)[way]()
    compare.assert_called_once()


@pytest.mark.parametrize("way", ["revoked", "deleting", "unknown token", "other organization"])
def test_TOK_33_given_a_token_that_is_not_live_when_presented_then_the_vault_is_not_asked(
    world: World, way: str
) -> None:
    wrong_ways(world)[way]()
    assert not world.hashes.calls


def test_TOK_07_given_a_hash_transplanted_to_another_organization_when_presented_then_it_opens_nothing(
    world: World,
) -> None:
    globex = Organization("BBBBBBBB", "globex", "Globex", NOON)
    world.records.add_organization(globex)
    transplanted = "BBBBBBBB" + world.minted.key_id[8:]
    world.records.tokens[transplanted] = world.minted.record._replace(key_id=transplanted)
    world.hashes.hashes[transplanted] = world.hashes.hashes[world.minted.key_id]
    secret = world.minted.token.split("_")[2][:43]
    assert world.refusal("Bearer " + compose("gangway", transplanted, secret)).reason == "wrong secret"
    assert world.ask().organization.name == "acme"


def test_TOK_27_given_a_raised_epoch_then_tokens_minted_before_are_dead_and_new_ones_live(world: World) -> None:
    world.records.change(world.acme, auth_epoch=1)
    assert world.refusal().reason == "dead token"
    fresh = world.tokens.mint(world.acme, label="after", by=ME)
    assert world.ask(f"Bearer {fresh.token}").key_id == fresh.key_id


@pytest.mark.parametrize("name", ["acme", "ACME", "Acme"])
def test_given_the_organization_in_any_case_in_the_path_then_the_token_fits(world: World, name: str) -> None:
    assert world.ask(organization_name=name).organization.name == "acme"


@pytest.mark.parametrize("name", ["acm", "acmee", "a#cme", "", "ACME ", "аcme"])
def test_ISO_02_ISO_05_given_another_organization_in_the_path_then_401(world: World, name: str) -> None:
    assert world.refusal(organization_name=name).reason == "other organization"


@pytest.mark.parametrize("provider", ["okta", "OKTA", "generic"])
def test_given_the_organizations_provider_or_generic_in_the_path_then_the_token_fits(
    world: World, provider: str
) -> None:
    assert world.ask(provider=provider).organization.name == "acme"


@pytest.mark.parametrize(
    ("address", "admitted"),
    [("10.1.2.3", True), ("11.1.2.3", False), ("2001:db8::1", True), (None, False), ("junk", False)],
)
def test_given_source_ranges_then_only_their_addresses_are_admitted(
    world: World, address: str | None, admitted: bool
) -> None:
    world.change_token(source_ranges=("10.0.0.0/8", "2001:db8::/32"))
    if admitted:
        assert world.ask(source_address=address)
    else:
        assert world.refusal(source_address=address).reason == "source address"


def test_given_a_paused_organization_then_503_with_retry_after_for_those_whom_it_would_admit(world: World) -> None:
    world.records.change(world.acme, state="paused")
    with pytest.raises(Unavailable) as told:
        world.ask()
    assert int(told.value.headers["Retry-After"]) >= 60
    wrong = "Bearer " + compose("gangway", world.minted.key_id, new_secret())
    assert world.refusal(wrong).reason == "wrong secret"
    assert world.refusal(organization_name="globex").reason == "other organization"


def test_given_a_token_in_daily_use_then_its_last_day_is_written_once_a_day(world: World) -> None:
    for _ in range(3):
        world.ask()
    assert world.records.calls.count("mark_used") == 1
    assert world.records.tokens[world.minted.key_id].last_used == NOON.date()
    world.clock.advance(86_400)
    world.ask()
    assert world.records.calls.count("mark_used") == 2


def test_given_a_refused_token_then_no_use_is_written(world: World) -> None:
    world.refusal("Bearer " + compose("gangway", world.minted.key_id, new_secret()))
    assert "mark_used" not in world.records.calls


def test_given_that_the_day_cannot_be_written_then_the_request_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_arguments: object) -> None:
        raise Unavailable("down", retry_after=1)

    monkeypatch.setattr(world.records, "mark_used", down)
    assert world.ask().key_id == world.minted.key_id


def test_TOK_22_given_the_table_is_down_then_503_and_never_401(world: World) -> None:
    world.records.down = True
    with pytest.raises(Unavailable):
        world.ask()


def test_TOK_20_given_the_vault_is_down_then_503_and_never_401(world: World) -> None:
    world.hashes.down = True
    with pytest.raises(Unavailable):
        world.ask()


def test_TOK_24_given_a_live_token_whose_hash_is_lost_then_503_and_never_401(world: World) -> None:
    world.hashes.hashes.clear()
    with pytest.raises(Unavailable):
        world.ask()


def test_given_two_tokens_then_their_cursor_keys_differ_and_neither_is_the_stored_hash(world: World) -> None:
    second = world.tokens.mint(world.acme, label="second", by=ME)
    keys = {world.ask().cursor_key, world.ask(f"Bearer {second.token}").cursor_key}
    assert len(keys) == 2
    assert not keys & set(world.hashes.hashes.values())


def caller(*scopes: str) -> Caller:
    return Caller(World().acme, "k", frozenset(scopes), b"")  # type: ignore[arg-type] # scopes are texts


def test_given_a_read_only_token_when_it_writes_then_403() -> None:
    caller("read-only").require(write=False, resource_types=("User", "Group"))
    with pytest.raises(Forbidden) as refused:
        caller("read-only").require(write=True, resource_types=("User",))
    assert 'error="insufficient_scope"' in refused.value.headers["WWW-Authenticate"]


def test_given_a_users_only_token_when_it_touches_groups_then_403() -> None:
    caller("users-only").require(write=True, resource_types=("User",))
    caller("users-only").require(write=False, resource_types=())
    for types in (("Group",), ("User", "Group")):
        with pytest.raises(Forbidden):
            caller("users-only").require(write=False, resource_types=types)
