"""A token for the few minutes that a command plays an identity provider.

It is marked as brief, so it needs no place among the tokens that an organization may have. It is revoked at the end,
whatever ends the command: an error, Ctrl-C, or a signal to end. Should even that fail (a second Ctrl-C, no network, a
machine that loses power), it expires by itself; so it does if the command is interrupted before it has heard which
token it was given.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.cli.admin import path
from infra.cli.errors import CliError
from infra.cli.output import note
from infra.cli.times import to_the_minute, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.admin import AdminClient

TOKEN_LIFE = timedelta(minutes=10)
ENDED_BY_SIGNAL = 128
"""Added to a signal's number, it is the exit code of what the signal ended."""


@contextmanager
def token_for_minutes(client: AdminClient, org: str, given: str | None) -> Iterator[str]:
    """A token for a few minutes, revoked at the end; or the one that was given."""
    if given:
        yield given
        return
    body = {"label": "gangway doctor", "brief": True, "expires": wire(datetime.now(UTC) + TOKEN_LIFE)}
    with _endings_that_clean_up():
        minted = client.post(path("orgs", org, "tokens"), body)
        try:
            yield str(minted["token"])
        finally:
            _revoke(client, org, minted["keyId"], minted["expires"])


def _revoke(client: AdminClient, org: str, key_id: str, expires: str) -> None:
    """Revoke it; what the command itself came to is told first, whether this succeeds or not."""
    try:
        client.post(path("orgs", org, "tokens", key_id, "revoke"))
    except CliError as error:
        until = to_the_minute(expires)
        note(f"The token {key_id} could not be revoked ({error}); it expires by itself at {until}.")


@contextmanager
def _endings_that_clean_up() -> Iterator[None]:
    """Let a signal to end (a closed terminal, a job that is stopped) end the command as an error would."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(ENDED_BY_SIGNAL + number)

    try:
        before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    except ValueError:  # only the main thread hears signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
