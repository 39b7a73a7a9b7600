"""Every kind of item, what can go wrong with one, and what is found then: the table that `test_fsck` goes through.

Each kind has four cases: one is deleted, altered, there twice in meaning, or left where nothing implies it. A text in
place of a case says why there is none, or why nobody could know.
"""

from __future__ import annotations

from tests.upkeep.damage import Damage, Kind
from tests.upkeep.kinds_of_changes import CHANGES
from tests.upkeep.kinds_of_directory import DIRECTORY
from tests.upkeep.kinds_of_organization import ORGANIZATION

__all__ = ["KINDS", "Damage", "Kind"]

KINDS: dict[str, Kind] = DIRECTORY | CHANGES | ORGANIZATION
