from __future__ import annotations

import pytest

from tests.support.directories import Desk
from tests.support.emulators import ministack, ministack_table

__all__ = ["desk", "ministack", "ministack_table"]


@pytest.fixture
def desk() -> Desk:
    """A directory on the accounting fake."""
    return Desk()
