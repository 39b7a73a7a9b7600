"""An emulator that isolates transactions, in a process of its own: fixtures for rooms whose tests race."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.emulator import Backend, Emulator
from tests.support.directories import TABLE, create_table

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ministack() -> Iterator[Emulator]:
    """It runs as long as the tests do."""
    with Emulator(Backend.MINISTACK) as emulator:
        yield emulator


@pytest.fixture
def ministack_table(ministack: Emulator) -> Iterator[Any]:
    """A client of it, and an empty table."""
    client = ministack.client("dynamodb")
    create_table(client)
    yield client
    client.delete_table(TableName=TABLE)
