"""The form of a token: what TOK-01 to TOK-03 and TOK-06 ask of it."""

import re
import string
from collections import Counter
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.access.organization import BASE62, new_organization_id
from gangway.access.token import (
    SCANNER_PATTERN,
    PresentedToken,
    TokenRecord,
    compose,
    new_key_id,
    new_secret,
    parse,
    token_hash,
)
from tests.access.fakes import NOON

ORGANIZATION_ID = "0Aa1Bb2C"
KEY_ID = ORGANIZATION_ID + "3Dd4Ee5F"
SECRET = "s" * 43
TOKEN = compose("gangway", KEY_ID, SECRET)


def test_given_a_composed_token_when_parsed_then_its_parts_come_back() -> None:
    assert parse(TOKEN, "gangway") == PresentedToken(KEY_ID, SECRET)
    assert parse(TOKEN, "gangway").organization_id == ORGANIZATION_ID  # type: ignore[union-attr] # just shown


def test_given_the_prefix_of_another_deployment_when_parsed_then_it_is_no_token() -> None:
    assert parse(compose("other", KEY_ID, SECRET), "gangway") is None


@pytest.mark.row("AUT-06")
def test_TOK_01_given_many_new_tokens_then_they_are_unique_and_every_position_uses_the_whole_alphabet_evenly() -> None:
    secrets = [new_secret() for _ in range(4_000)]
    assert len(set(secrets)) == len(secrets)
    assert {len(secret) for secret in secrets} == {43}  # 43 * log2(62) = 256.03 bits
    for position in (0, 21, 42):
        counts = Counter(secret[position] for secret in secrets)
        expected = len(secrets) / len(BASE62)
        chi_square = sum((counts[letter] - expected) ** 2 / expected for letter in BASE62)
        assert chi_square < 130  # 61 degrees of freedom: p < 1e-6


def test_given_new_key_ids_then_they_begin_with_their_organization() -> None:
    organization_id = new_organization_id()
    assert new_key_id(organization_id).startswith(organization_id)
    assert len(new_key_id(organization_id)) == 16


@given(
    position=st.integers(0, len(TOKEN) - 1), replacement=st.sampled_from(string.ascii_letters + string.digits + "_-")
)
def test_TOK_02_given_one_wrong_character_when_parsed_then_it_is_no_token(position: int, replacement: str) -> None:
    typo = TOKEN[:position] + replacement + TOKEN[position + 1 :]
    assert parse(typo, "gangway") == (PresentedToken(KEY_ID, SECRET) if typo == TOKEN else None)


@given(st.integers(0, len(TOKEN) - 1))
def test_TOK_02_given_a_truncated_or_swapped_token_when_parsed_then_it_is_no_token(position: int) -> None:
    assert parse(TOKEN[:position], "gangway") is None
    swapped = TOKEN[:position] + TOKEN[position + 1 : position + 2] + TOKEN[position] + TOKEN[position + 2 :]
    assert swapped == TOKEN or parse(swapped, "gangway") is None


def test_TOK_03_given_the_scanner_pattern_when_it_reads_tokens_and_source_code_then_it_finds_tokens_only() -> None:
    pattern = re.compile(SCANNER_PATTERN)
    for _ in range(100):
        token = compose("gangway", new_key_id(ORGANIZATION_ID), new_secret())
        assert pattern.search(f'SCIM_TOKEN="{token}"')
    sources = Path(__file__).parents[2].joinpath("functions").rglob("*.py")
    assert not any(pattern.search(path.read_text()) for path in sources)


def test_TOK_06_given_a_token_when_parsed_and_hashed_many_times_then_each_takes_microseconds() -> None:
    best = float("inf")
    for _ in range(20):
        started = perf_counter()
        for _ in range(50):
            presented = parse(TOKEN, "gangway")
            assert presented
            token_hash(presented.key_id, presented.secret)
        best = min(best, (perf_counter() - started) / 50)
    assert best < 50e-6


def test_given_hashes_of_one_secret_for_two_key_ids_then_they_differ() -> None:
    assert token_hash(KEY_ID, SECRET) != token_hash(KEY_ID[:-1] + "z", SECRET)


def test_given_a_presented_token_when_printed_then_its_secret_is_not() -> None:
    assert SECRET not in repr(PresentedToken(KEY_ID, SECRET))


@pytest.mark.parametrize(("seconds", "live"), [(-1, True), (0, False), (1, False)])
@pytest.mark.row("AUT-06")
def test_TOK_11_given_a_time_of_expiry_when_it_comes_then_the_token_is_dead_from_that_instant(
    seconds: int, live: bool
) -> None:
    record = TokenRecord(KEY_ID, "", "me", NOON, "00", 1, auth_epoch=0, expires=NOON)
    assert record.is_live(NOON + timedelta(seconds=seconds), 0) is live
