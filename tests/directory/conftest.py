from __future__ import annotations

import pytest

from tests.support.directories import Desk


@pytest.fixture
def desk() -> Desk:
    """A directory on the accounting fake."""
    return Desk()
