from __future__ import annotations

import pytest

from tests.fakes.world import Inline
from tests.support.directories import Desk
from tests.support.emulators import ministack, ministack_table

__all__ = ["desk", "ministack", "ministack_table"]


@pytest.fixture
def desk() -> Desk:
    """A directory on the accounting fake."""
    return Desk()


@pytest.fixture
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that are made at the same time are made one after the other, which is faster where none takes any time."""
    monkeypatch.setattr("gangway.storage.table._POOL", Inline())
