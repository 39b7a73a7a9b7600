from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.emulator import Backend, Emulator
from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.directories import TABLE, create_table, moto_client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ministack() -> Iterator[Emulator]:
    """An emulator that isolates transactions, in a process of its own."""
    with Emulator(Backend.MINISTACK) as emulator:
        yield emulator


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
            client = request.getfixturevalue("ministack").client("dynamodb")
            create_table(client)
            yield client
            client.delete_table(TableName=TABLE)
