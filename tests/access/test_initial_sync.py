"""When changes count as those of an identity provider that fills an empty directory."""

from datetime import timedelta

import pytest

from gangway.access.caller import is_initial_sync
from gangway.access.organization import Organization
from gangway.access.token import TokenRecord
from tests.access.fakes import NOON

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
ACME = Organization("AAAAAAAA", "acme", "Acme", NOON, ledger=1)
TOKEN = TokenRecord("AAAAAAAA12345678", "", "me", NOON, "00", 1, auth_epoch=0)


@pytest.mark.parametrize(
    ("minted", "ledger", "now", "initial"),
    [
        (HOUR, 1, 2 * HOUR, True),
        (HOUR, 1, 26 * HOUR, False),
        (MONTH, 1, MONTH + HOUR, True),
        (MONTH, 2, MONTH + HOUR, False),
        (HOUR, 2, 2 * HOUR, True),
    ],
    ids=["first day", "second day", "first token after a month", "rotated after a month", "two tokens at once"],
)
def test_the_first_day_of_an_organization_or_of_its_first_token_is_the_initial_sync(
    minted: timedelta, ledger: int, now: timedelta, *, initial: bool
) -> None:
    organization, token = ACME._replace(ledger=ledger), TOKEN._replace(created=NOON + minted)

    assert is_initial_sync(organization, token, NOON + now) is initial
