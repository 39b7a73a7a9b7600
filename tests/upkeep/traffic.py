"""Everything that goes on in a directory, from several threads, as long as somebody looks on."""

from __future__ import annotations

import random
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gangway.directory.housekeeping import Housekeeper
from gangway.scim.errors import NotFound, Unavailable, Uniqueness
from tests.support.scim import add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.upkeep.scene import Scene

MANY = 30
"""So many members exceed one transaction, so the change is an intent that is applied later."""


@contextmanager
def traffic(scene: Scene, threads: int = 3) -> Iterator[Counter[str]]:
    """Run traffic beside the block; what was done is counted, what failed otherwise than it may raises at the end."""
    over = threading.Event()
    done: Counter[str] = Counter()
    failed: list[BaseException] = []

    def run(seed: int) -> None:
        passer_by = _PasserBy(scene, seed)
        while not over.is_set():
            try:
                done[passer_by.act()] += 1
            except (NotFound, Uniqueness):
                done["met another"] += 1
            except Unavailable:
                done["503"] += 1
            except BaseException as error:
                failed.append(error)
                return

    crowd = [threading.Thread(target=run, args=(seed,)) for seed in range(threads)]
    for each in crowd:
        each.start()
    try:
        yield done
    finally:
        over.set()
        for each in crowd:
            each.join()
    if failed:
        raise failed[0]


class _PasserBy:
    """One thread: its own people, and groups that all share."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._chance = random.Random(seed)
        self._name = f"passer-by {seed}"
        self._made = 0
        self._people: list[str] = []
        self._keeper = Housekeeper(lambda _id: scene.desk.store, None, lambda: 60_000)  # type: ignore[arg-type]  # no round is made

    def act(self) -> str:
        """Do one thing; returns which."""
        acts: list[Callable[[], None]] = [self.come, self.change, self.join, self.leave, self.go, self.meet, self.keep]
        act = self._chance.choice(acts if self._people else [self.come])
        act()
        return act.__name__

    def come(self) -> None:
        """Be created; one name in four is that of somebody who was deleted."""
        self._made += self._chance.random() > 0.25
        body = user_body(f"{self._name} {self._made}", externalId=f"{self._name} {self._made}", displayName="Guest")
        self._people.append(self._scene.users.create(body)["id"])

    def change(self) -> None:
        title = {"op": "replace", "path": "title", "value": f"Guest {self._chance.random()}"}
        name = {"op": "replace", "path": "userName", "value": f"{self._name} named {self._chance.random()}"}
        self._scene.users.patch(self._somebody(), self._chance.choice([title, name]))

    def join(self) -> None:
        self._scene.groups.patch(self._scene.ids["all"], add_members(self._somebody()))

    def leave(self) -> None:
        self._scene.groups.patch(self._scene.ids["all"], remove_member(self._somebody()))

    def go(self) -> None:
        self._scene.users.delete(self._people.pop(self._chance.randrange(len(self._people))))

    def meet(self) -> None:
        """A group comes and goes, with enough members for an intent, and in another group."""
        scene = self._scene
        many = [each["value"] for each in scene.groups.read(scene.ids["big"]).get("members", ())][:MANY]
        group = scene.groups.create(group_body(f"{self._name} meet {self._chance.random()}", many))["id"]
        scene.groups.patch(scene.ids["all"], add_members(group))
        scene.groups.delete(group)

    def keep(self) -> None:
        """What the housekeeper and the relay do."""
        self._keeper.tend([self._scene.desk.organization])
        self._scene.relay()

    def _somebody(self) -> str:
        return self._chance.choice(self._people)
