from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.directories import TABLE, moto_client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["fake", "moto"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Every test of the contract runs on the accounting fake and on moto."""
    if request.param == "fake":
        yield FakeDynamoDB(TABLE)
        return
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    }.items():
        monkeypatch.setenv(name, value)
    yield from moto_client()
