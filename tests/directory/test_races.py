"""Requests that meet, on an emulator that isolates transactions: somebody wins, everybody is told the truth.

After each race what the organization's items imply is recomputed: nothing is lost, doubled or left dangling.
"""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest

from gangway.directory.housekeeping import Housekeeper
from gangway.scim.errors import NotFound, PreconditionFailed, Uniqueness
from tests.support.directories import Desk
from tests.support.invariants import findings, fsck
from tests.support.racers import race
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

pytestmark = pytest.mark.slow

WRITERS = 16
ROUNDS = 200
FEW_ROUNDS = 12


class Scene:
    """One organization, and those who write to it."""

    def __init__(self, client: Any) -> None:
        self.desk = Desk(client)
        self.users, self.groups = Client(self.desk, "User"), Client(self.desk, "Group")

    def check(self) -> None:
        """Nothing is wrong now, nor when the work that is left has been done."""
        assert findings(self.desk.client, self.desk.organization) == []
        tended = Housekeeper(lambda _id: self.desk.store, None, lambda: 60_000).tend(  # type: ignore[arg-type]  # no round is made
            [self.desk.organization]
        )
        assert (tended.unfinished, tended.failures) == ([], {})
        assert findings(self.desk.client, self.desk.organization, settled=True) == []
        assert fsck(self.desk.client, self.desk.organization) == []

    def members(self, group: str) -> set[str]:
        return {each["value"] for each in self.groups.read(group).get("members", ())}


@pytest.fixture
def scene(ministack_table: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    # A busy machine must not turn into a 503: how long one may try is judged on virtual time elsewhere.
    monkeypatch.setattr("gangway.directory.persistence.BUDGET_SECONDS", 120.0)
    return Scene(ministack_table)


def title(what: str) -> dict[str, Any]:
    return {"op": "replace", "path": "title", "value": what}


def kinds(answers: list[Any]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


@pytest.mark.row("CRE-11")
def test_of_sixteen_threads_that_create_one_user_name_one_wins(scene: Scene) -> None:
    for each in range(4):
        answers = race([lambda name=f"ada{each}": scene.users.create(user_body(name))] * WRITERS)  # type: ignore[misc]  # the name is bound at once
        assert kinds(answers) == {"dict": 1, "Uniqueness": WRITERS - 1}
    scene.check()


@pytest.mark.row("PAT-08", "GRP-09")
def test_sixteen_parallel_patches_leave_what_a_set_would_hold_round_after_round(scene: Scene) -> None:
    chance = random.Random(16)
    people = [scene.users.create(user_body(f"user{each}"))["id"] for each in range(3 * WRITERS)]
    group = scene.groups.create(group_body("all"))["id"]
    model: set[str] = set()
    for round_ in range(ROUNDS):
        acts = []
        for writer in range(WRITERS):
            own = chance.sample(people[writer::WRITERS], chance.randint(1, 3))
            joins = chance.random() < 0.5
            operations = [add_members(*own)] if joins else [remove_member(each) for each in own]
            acts.append(partial(scene.groups.patch, group, *operations))
            model = model | set(own) if joins else model - set(own)
        assert {answer.status for answer in race(acts)} == {204}
        assert scene.members(group) == model
        if round_ % 20 == 0:
            scene.check()
    scene.check()


@pytest.mark.row("ETG-07")
def test_of_two_updates_on_one_etag_one_wins(scene: Scene) -> None:
    ada = scene.users.create(user_body("ada"))
    bob = scene.users.create(user_body("bob"))["id"]
    group = scene.groups.create(group_body("all"))
    for each in range(FEW_ROUNDS):
        seen = scene.users.read(ada["id"])["meta"]["version"]
        answers = race([partial(scene.users.patch, ada["id"], title(f"{each} {who}"), if_match=seen) for who in "ab"])
        assert kinds(answers) == {"Answer": 1, "PreconditionFailed": 1}
        (winner,) = [answer for answer in answers if not isinstance(answer, PreconditionFailed)]
        assert scene.users.read(ada["id"]) == winner.body

        seen = scene.groups.read(group["id"])["meta"]["version"]
        first = remove_member(bob) if each % 2 else add_members(bob)
        second = {"op": "replace", "path": "displayName", "value": f"all {each}"}
        answers = race([partial(scene.groups.patch, group["id"], what, if_match=seen) for what in (first, second)])
        assert kinds(answers) == {"Answer": 1, "PreconditionFailed": 1}
        scene.groups.patch(group["id"], first)
    scene.check()


def test_of_two_renames_to_one_name_one_wins(scene: Scene) -> None:
    ids = [scene.users.create(user_body(name))["id"] for name in ("ada", "bob")]
    for each in range(FEW_ROUNDS):
        rename = {"op": "replace", "path": "userName", "value": f"both {each}"}
        answers = race([partial(scene.users.patch, who, rename) for who in ids])
        assert kinds(answers) == {"Answer": 1, "Uniqueness": 1}
        assert len(scene.users.found(f'userName eq "both {each}"')) == 1
    scene.check()


def test_two_who_swap_names_never_share_one(scene: Scene) -> None:
    ids = [scene.users.create(user_body(name))["id"] for name in ("ada", "bob")]
    for _each in range(FEW_ROUNDS):
        race(
            [
                partial(scene.users.patch, who, {"op": "replace", "path": "userName", "value": name})
                for who, name in zip(ids, ("bob", "ada"), strict=True)
            ]
        )
        assert len({scene.users.read(who)["userName"] for who in ids}) == 2
    scene.check()


def test_a_change_meets_a_deletion(scene: Scene) -> None:
    for each in range(FEW_ROUNDS):
        ada = scene.users.create(user_body(f"ada{each}"))["id"]
        deleted, patched = race([partial(scene.users.delete, ada), partial(scene.users.patch, ada, title("Countess"))])
        assert deleted.status == 204
        assert isinstance(patched, NotFound) or patched.status == 200
        with pytest.raises(NotFound):
            scene.users.read(ada)
    scene.check()


@pytest.mark.parametrize("many", [False, True])
def test_somebody_is_deleted_who_becomes_a_member(scene: Scene, many: bool) -> None:
    others = [scene.users.create(user_body(f"user{each}"))["id"] for each in range(30 if many else 1)]
    for each in range(FEW_ROUNDS // 2 if many else FEW_ROUNDS):
        ada = scene.users.create(user_body(f"ada{each}"))["id"]
        group = scene.groups.create(group_body(f"all {each}"))["id"]
        deleted, added = race(
            [partial(scene.users.delete, ada), partial(scene.groups.patch, group, add_members(ada, *others))]
        )
        assert deleted.status == 204
        there = set() if isinstance(added, Exception) else set(others)
        assert scene.members(group) == there
        scene.check()
        assert scene.members(group) == there


def test_a_group_is_deleted_to_which_somebody_is_added(scene: Scene) -> None:
    ada = scene.users.create(user_body("ada"))["id"]
    for each in range(FEW_ROUNDS):
        group = scene.groups.create(group_body(f"all {each}"))["id"]
        deleted, added = race(
            [partial(scene.groups.delete, group), partial(scene.groups.patch, group, add_members(ada))]
        )
        assert deleted.status == 204
        assert isinstance(added, NotFound) or added.status == 204
        assert "groups" not in scene.users.read(ada)
        scene.check()


def test_somebody_is_created_again_while_being_deleted(scene: Scene) -> None:
    body = user_body("ada", externalId="7")
    ada = scene.users.create(body)["id"]
    group = scene.groups.create(group_body("all", [ada]))["id"]
    for _each in range(FEW_ROUNDS):
        deleted, created = race([partial(scene.users.delete, ada), partial(scene.users.create, body)])
        assert deleted.status == 204
        if isinstance(created, Uniqueness):
            created = scene.users.create(body)
        assert created["id"] == ada
        assert scene.users.found('userName eq "ada"') == [ada]
        assert scene.members(group) == set()
        scene.check()
        scene.groups.patch(group, add_members(ada))
