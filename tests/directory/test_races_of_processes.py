"""The races of `test_races` between processes, as the functions of a stack are: nothing in memory keeps them apart."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.directory.test_races import WRITERS, Scene, title
from tests.support.racers import Processes, Request
from tests.support.scim import add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.emulator import Emulator

pytestmark = pytest.mark.slow

PROCESSES = 4
ROUNDS = 8


@pytest.fixture(scope="module")
def processes(ministack: Emulator) -> Iterator[Processes]:
    crew = Processes(ministack, PROCESSES)
    yield crew
    crew.end()


@pytest.fixture
def scene(ministack_table: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr("gangway.directory.persistence.BUDGET_SECONDS", 120.0)
    return Scene(ministack_table)


def test_of_sixteen_that_create_one_user_name_one_wins(scene: Scene, processes: Processes) -> None:
    answers = processes.race([Request("User", "create", (user_body("ada"),))] * WRITERS)
    (winner,) = [answer for answer in answers if answer != "Uniqueness"]
    assert scene.users.found('userName eq "ada"') == [winner["id"]]
    scene.check()


def test_sixteen_parallel_patches_leave_what_a_set_would_hold(scene: Scene, processes: Processes) -> None:
    chance = random.Random(16)
    people = [scene.users.create(user_body(f"user{each}"))["id"] for each in range(2 * WRITERS)]
    group = scene.groups.create(group_body("all"))["id"]
    model: set[str] = set()
    for _round in range(ROUNDS):
        requests = []
        for writer in range(WRITERS):
            own = chance.sample(people[writer::WRITERS], chance.randint(1, 2))
            joins = chance.random() < 0.5
            operations = [add_members(*own)] if joins else [remove_member(each) for each in own]
            requests.append(Request("Group", "patch", (group, *operations)))
            model = model | set(own) if joins else model - set(own)
        assert set(processes.race(requests)) == {204}
        assert scene.members(group) == model
    scene.check()


def test_of_two_updates_on_one_etag_one_wins(scene: Scene, processes: Processes) -> None:
    ada = scene.users.create(user_body("ada"))["id"]
    for each in range(ROUNDS):
        seen = (("if_match", scene.users.read(ada)["meta"]["version"]),)
        answers = processes.race([Request("User", "patch", (ada, title(f"{each} {who}")), seen) for who in "ab"])
        assert sorted(map(str, answers)) == ["200", "PreconditionFailed"]
    scene.check()


def test_of_two_renames_to_one_name_one_wins(scene: Scene, processes: Processes) -> None:
    ids = [scene.users.create(user_body(name))["id"] for name in ("ada", "bob")]
    for each in range(ROUNDS):
        rename = {"op": "replace", "path": "userName", "value": f"both {each}"}
        answers = processes.race([Request("User", "patch", (who, rename)) for who in ids])
        assert sorted(map(str, answers)) == ["200", "Uniqueness"]
        assert len(scene.users.found(f'userName eq "both {each}"')) == 1
    scene.check()


def test_a_deletion_meets_a_change_a_membership_and_a_return(scene: Scene, processes: Processes) -> None:
    body = user_body("ada", externalId="7")
    group = scene.groups.create(group_body("all"))["id"]
    ada = scene.users.create(body)["id"]
    for _round in range(ROUNDS):
        answers = processes.race(
            [
                Request("User", "delete", (ada,)),
                Request("User", "patch", (ada, title("Countess"))),
                Request("Group", "patch", (group, add_members(ada))),
                Request("User", "create", (body,)),
            ]
        )
        deleted, patched, joined, created = answers
        assert deleted == 204
        assert patched in (200, "NotFound")
        assert joined in (204, "InvalidValue")
        scene.check()
        back = created if created != "Uniqueness" else scene.users.create(body)
        assert back["id"] == ada
        assert scene.users.found('userName eq "ada"') == [ada]
        assert scene.members(group) <= {ada}
    scene.check()
