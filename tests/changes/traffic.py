"""Random traffic: a small directory that changes, and tells each change as the real one does.

Users are one stream each. Groups have a stream of their own and two member streams ("cells"); a member always belongs
to the same one, and each change names the changes of other streams that it follows. Writers' clocks are minutes apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gangway.changes.event import Cause, ChangeEvent
from gangway.changes.tell import (
    change,
    members_changed,
    resource_changed,
    resource_created,
    resource_deleted,
    resource_restored,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

ORGANIZATION = "T0000001"
CELLS = 2


@dataclass(frozen=True)
class Told:
    """What one transaction puts into the outbox for one stream."""

    events: tuple[ChangeEvent, ...]
    stream: str
    sequence: int
    after: tuple[tuple[str, int], ...] = ()


@dataclass
class Group:
    head: int = 1
    cells: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(CELLS), 0))

    @property
    def version(self) -> int:
        return self.head + sum(self.cells.values())


class Traffic:
    """Makes changes; `commit` is called with everything that one transaction tells.

    `documents` and `members` are the directory as it is, kept without any of the code under test.
    """

    def __init__(self, rng: random.Random, commit: Callable[[Sequence[Told]], None]) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.members: dict[str, set[str]] = {}
        self.told: list[Told] = []
        self._random = rng
        self._commit = commit
        self._users: dict[str, int] = {}
        self._groups: dict[str, Group] = {}
        self._count = 0

    def change_something(self) -> None:
        choose = self._random.choice
        users = [user for user in self._users if user in self.documents]
        gone = [user for user in self._users if user not in self.documents]
        groups = list(self._groups)
        choices: list[Callable[[], None]] = [self._create_user, self._create_group]
        if users:
            choices += [lambda: self._change_user(choose(users))] * 3 + [lambda: self._delete_user(choose(users))]
        if gone:
            choices += [lambda: self._restore_user(choose(gone))]
        if groups:
            choices += [lambda: self._change_group(choose(groups)), lambda: self._delete_group(choose(groups))]
        if users and groups:
            choices += [lambda: self._toggle_members(choose(groups), users)] * 4
        choose(choices)()

    def _create_user(self) -> None:
        user = self._new_id("u")
        self._users[user] = 1
        self.documents[user] = self._document()
        self._tell_user(user, resource_created(self._cause(), "User", user, 1, self.documents[user]))

    def _change_user(self, user: str) -> None:
        before, after = self.documents[user], self._document()
        event = resource_changed(self._cause(), "User", user, self._users[user] + 1, before, after)
        if event is not None:
            self.documents[user] = after
            self._users[user] += 1
            self._tell_user(user, event)

    def _restore_user(self, user: str) -> None:
        self._users[user] += 1
        self.documents[user] = self._document()
        event = resource_restored(self._cause(), "User", user, self._users[user], self.documents[user])
        self._tell_user(user, event)

    def _delete_user(self, user: str) -> None:
        self._users[user] += 1
        document = self.documents.pop(user)
        self._tell_user(user, resource_deleted(self._cause(), "User", user, self._users[user], document))
        for group in [group for group, members in self.members.items() if user in members]:
            self._change_members(group, set(), {user})

    def _tell_user(self, user: str, event: ChangeEvent) -> None:
        self._tell([Told(change(event), user, self._users[user])])

    def _create_group(self) -> None:
        group = self._new_id("g")
        self._groups[group] = Group()
        self.documents[group] = self._document()
        self._tell([Told(change(resource_created(self._cause(), "Group", group, 1, self.documents[group])), group, 1)])

    def _change_group(self, group: str) -> None:
        state = self._groups[group]
        before, after = self.documents[group], self._document()
        event = resource_changed(self._cause(), "Group", group, state.version + 1, before, after)
        if event is not None:
            self.documents[group] = after
            state.head += 1
            self._tell([Told(change(event), group, state.head)])

    def _delete_group(self, group: str) -> None:
        state = self._groups.pop(group)
        cells = tuple((f"{group}.{cell}", count) for cell, count in state.cells.items())
        self.members.pop(group, None)
        event = resource_deleted(self._cause(), "Group", group, state.version + 1, self.documents.pop(group))
        self._tell([Told(change(event), group, state.head + 1, cells)])

    def _toggle_members(self, group: str, users: list[str]) -> None:
        members = self.members.get(group, set())
        chosen = set(self._random.sample(users, self._random.randint(1, min(3, len(users)))))
        self._change_members(group, chosen - members, chosen & members)

    def _change_members(self, group: str, added: set[str], removed: set[str]) -> None:
        state = self._groups[group]
        told = []
        for cell in range(CELLS):
            joins, leaves = ([user for user in users if int(user[1:]) % CELLS == cell] for users in (added, removed))
            if events := members_changed(self._cause(), group, state.version + 1, added=joins, removed=leaves):
                state.cells[cell] += 1
                told.append(Told(events, f"{group}.{cell}", state.cells[cell], ((group, state.head),)))
        now = (self.members.pop(group, set()) | added) - removed
        if now:
            self.members[group] = now
        self._tell(told)

    def _tell(self, told: Sequence[Told]) -> None:
        self.told.extend(told)
        self._commit(told)

    def _document(self) -> dict[str, Any]:
        attributes = {
            "userName": self._random.choice("abc"),
            "active": self._random.choice([True, False]),
            "title": self._random.choice(["x", "y"]),
            "emails": [{"value": self._random.choice("abc")}],
            "urn:example:Badge": {"floor": self._random.choice("12"), "room": self._random.choice("34")},
        }
        return {name: value for name, value in attributes.items() if self._random.random() < 0.7}

    def _cause(self) -> Cause:
        minute = self._random.randint(0, 9)
        return Cause(ORGANIZATION, "kid", f"req-{len(self.told)}", f"2026-01-31T12:{minute:02d}:00.000Z")

    def _new_id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"
