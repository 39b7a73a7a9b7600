"""fsck while requests, housekeeper and relay are at work: it finds nothing that is not so, and damages nothing.

One check on an emulator that isolates transactions; with `FSCK_SECONDS=120` it is checked again for so long.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.invariants import findings as oracle
from tests.support.invariants import fsck
from tests.upkeep.scene import Scene
from tests.upkeep.traffic import traffic

if TYPE_CHECKING:
    from collections import Counter

SECONDS = float(os.environ.get("FSCK_SECONDS", "0"))


def check_beside_traffic(scene: Scene, seconds: float, *, repair: bool) -> tuple[int, Counter[str]]:
    """Check again and again; returns how often, and what went on meanwhile."""
    rounds, end = 0, time.monotonic() + seconds
    with traffic(scene) as done:
        while time.monotonic() < end or not rounds:
            assert scene.fsck(repair=repair) == []
            rounds += 1
    scene.desk.clock.advance(minutes=1)
    return rounds, done


def is_well(scene: Scene) -> bool:
    """Nothing is wrong once all is quiet, neither for fsck nor for those who know nothing of it."""
    found = oracle(scene.desk.client, scene.desk.organization)
    assert [each for each in found if not each.startswith("events")] == []
    return fsck(scene.desk.client, scene.desk.organization) == []


@pytest.mark.parametrize("repair", [False, True], ids=["looking", "repairing"])
def test_given_traffic_in_this_process_then_nothing_is_found_and_nothing_damaged(repair: bool) -> None:
    scene = Scene.new()
    check_beside_traffic(scene, 0, repair=repair)
    assert is_well(scene)


@pytest.mark.slow
def test_given_traffic_on_an_emulator_then_nothing_is_found_and_nothing_damaged(
    ministack_table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine must not turn into a 503: how long one may try is judged on virtual time elsewhere.
    monkeypatch.setattr("gangway.directory.persistence.BUDGET_SECONDS", 120.0)
    scene = Scene.new(ministack_table)
    rounds, done = check_beside_traffic(scene, SECONDS, repair=True)
    print(f"{rounds} checks beside {done.total()} requests: {dict(done)}")
    assert is_well(scene)
