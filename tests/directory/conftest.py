from __future__ import annotations

import pytest

from tests.support.directories import Desk
from tests.support.emulators import ministack, ministack_table
from tests.support.scim import Client

__all__ = ["desk", "ministack", "ministack_table"]


@pytest.fixture
def desk() -> Desk:
    """A directory on the accounting fake."""
    return Desk()


@pytest.fixture
def users(desk: Desk) -> Client:
    """What asks it about users."""
    return Client(desk, "User")


@pytest.fixture
def groups(desk: Desk) -> Client:
    """What asks it about groups."""
    return Client(desk, "Group")
