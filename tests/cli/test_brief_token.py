"""The token of a check lives for minutes and is revoked at the end, whatever the end is."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.admin import AdminClient
from infra.cli.brief_token import token_for_minutes
from infra.cli.target import Choice, find
from tests.cli.fakes import admin_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.fakes import FakeAdminApi

KEY = "AAAAAAAA12345678"
MINTED: dict[str, Any] = {"keyId": KEY, "token": "gangway_text", "expires": "2026-03-01T12:10:00.000Z"}
MINT, REVOKE = "POST /orgs/acme/tokens", f"POST /orgs/acme/tokens/{KEY}/revoke"


@contextmanager
def api(revoked: tuple[int, Any] = (200, {})) -> Iterator[FakeAdminApi]:
    with admin_api({MINT: (201, MINTED), REVOKE: revoked}) as found:
        yield found


def client_of(found: FakeAdminApi) -> AdminClient:
    return AdminClient(find(Choice(admin_url=found.url)))


def calls(found: FakeAdminApi) -> list[str]:
    return [call for call, _ in found.asked]


def test_it_is_marked_as_brief_and_expires_within_minutes() -> None:
    with api() as found, token_for_minutes(client_of(found), "acme", None) as token:
        assert token == "gangway_text"
        wanted = found.asked[0][1]
        assert wanted["brief"] is True
        left = datetime.fromisoformat(wanted["expires"]) - datetime.now(UTC)
        assert timedelta(minutes=9) < left <= timedelta(minutes=10)


@pytest.mark.parametrize("end", [KeyboardInterrupt(), RuntimeError("a bug"), SystemExit(7)], ids=repr)
def test_whatever_ends_the_command_the_token_is_revoked(end: BaseException) -> None:
    with api() as found:
        with pytest.raises(type(end)), token_for_minutes(client_of(found), "acme", None):
            raise end
        assert calls(found) == [MINT, REVOKE]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_ends_it_too_and_is_heard_as_before_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with api() as found:
        with pytest.raises(SystemExit) as ended, token_for_minutes(client_of(found), "acme", None):
            os.kill(os.getpid(), number)
        assert calls(found) == [MINT, REVOKE]
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) is before


def test_given_it_cannot_be_revoked_then_that_is_said_and_hides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with (
        api((503, {"detail": "The vault does not answer."})) as found,
        pytest.raises(KeyboardInterrupt),
        token_for_minutes(client_of(found), "acme", None),
    ):
        raise KeyboardInterrupt
    said = capsys.readouterr().err
    assert f"The token {KEY} could not be revoked" in said
    assert "it expires by itself at 2026-03-01 12:10Z." in said


def test_a_token_that_was_given_is_used_and_left_alone() -> None:
    with api() as found:
        with token_for_minutes(client_of(found), "acme", "given") as token:
            assert token == "given"
        assert calls(found) == []
