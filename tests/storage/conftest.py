from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.directories import TABLE, moto_client
from tests.support.emulators import ministack, ministack_table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["client", "ministack", "ministack_table"]


@pytest.fixture(params=["fake", "moto", "ministack"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Every test of the contract runs on the accounting fake, on moto and on ministack."""
    match request.param:
        case "fake":
            yield FakeDynamoDB(TABLE)
        case "moto":
            for name, value in {
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            }.items():
                monkeypatch.setenv(name, value)
            yield from moto_client()
        case _:
            yield request.getfixturevalue("ministack_table")
