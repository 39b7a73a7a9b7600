from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.access.desk import Desk

if TYPE_CHECKING:
    from gangway.access.organization import Organization


@pytest.fixture
def desk() -> Desk:
    """Organizations and tokens in memory."""
    return Desk()


@pytest.fixture
def acme(desk: Desk) -> Organization:
    """One of its organizations."""
    return desk.organization()
