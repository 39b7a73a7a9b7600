"""The real directory, relay and dispatcher on one table, with deaths, repetitions and refusals: all fold alike.

Users and groups change at random. Relay and dispatcher run now and then, and any of their calls may be their last; what
they had posted by then is heard all the same. The receiver refuses some messages, and hears some twice.
"""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.event import Cause, ChangeEvent
from gangway.changes.fold import Picture, fold
from gangway.changes.relay import Relay
from gangway.changes.security_event import TokenMaker
from gangway.changes.snapshot import Place, read_slice
from gangway.changes.webhooks.dispatcher import Dispatcher
from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.posting import Answer
from gangway.directory.housekeeping import Housekeeper
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.keys import OUTBOX_LANES
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.snapshot_reader import SnapshotReader
from tests.changes.test_relay import always
from tests.changes.turns import Killed
from tests.changes.webhooks.fakes import SECRET
from tests.changes.webhooks.test_dispatcher import NoSigner
from tests.support.clocks import StoppedClock
from tests.support.directories import ORGANIZATION, TABLE, Desk
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gangway.changes.webhooks.ports import Post

ENDPOINT = Endpoint("ep1", ORGANIZATION, "https://hooks.example/in", (SECRET,), form="full")


@dataclass
class Scene:
    """One organization's table and all who work on it; `deaths` is how likely a call is the last of its worker."""

    rng: random.Random
    deaths: float
    desk: Desk = field(default_factory=Desk)
    heard: list[dict[str, Any]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = StoppedClock()
        self.clock = clock
        self.log = ChangeLogTable(self.desk.client, TABLE, clock)
        outbox = OutboxTable(self.desk.client, TABLE)
        self.relay = Relay(outbox, self.log, clock, timedelta(days=90), lambda _seconds: None)
        self.endpoints = EndpointTable(self.desk.client, TABLE, clock)
        self.endpoints.add(ENDPOINT, Progress())
        messages = Messages(TokenMaker("https://gangway.example", NoSigner(), clock))
        self.dispatcher = Dispatcher(self.endpoints, self.log, self, clock, messages)

    def post_all(self, posts: Sequence[Post]) -> list[Answer]:
        """The receiver: what it accepts it has heard, even if whoever posted dies before it knows."""
        statuses = [self.rng.choice([204, 204, 204, 500]) for _ in posts]
        for post, status in zip(posts, statuses, strict=True):
            if status == 204:
                self.heard.append(json.loads(post.body))
        return [Answer(status, None, None, 1) for status in statuses]

    def change(self) -> None:
        users, groups = Client(self.desk, "User"), Client(self.desk, "Group")
        name = f"n{self.rng.randrange(10**9)}"
        what = self.rng.choice(["user", "user", "group", "title", "title", "join", "join", "join", "leave", "gone"])
        if what == "user" or not self.users:
            self.users.append(users.create(user_body(name, title="x"))["id"])
        elif what == "group" or not self.groups:
            self.groups.append(groups.create(group_body(name, self.some()))["id"])
        elif what == "title":
            users.patch(self.one(self.users), {"op": "replace", "path": "title", "value": self.rng.choice("xyz")})
        elif what == "join":
            groups.patch(self.one(self.groups), add_members(*self.some()))
        elif what == "leave":
            groups.patch(self.one(self.groups), remove_member(self.one(self.users)))
        else:
            kind, ids = self.rng.choice([(users, self.users), (groups, self.groups)])
            kind.delete(ids.pop(self.rng.randrange(len(ids))))

    def work(self) -> None:
        """Let relay and dispatcher do something; each may die at any call, and others go on."""
        self.desk.client.after = self.perhaps_die
        for job in (self.move, self.dispatch):
            with contextlib.suppress(Killed):
                job()
        self.desk.client.after = lambda _operation, _request: None

    def finish(self) -> None:
        """Do all that is left to do."""
        housekeeper = Housekeeper(lambda _organization: self.desk.store, Nobody(), lambda: 25_000)
        housekeeper.tend({ORGANIZATION: "1"})
        self.move()
        while (done := self.dispatcher.dispatch(ORGANIZATION, ENDPOINT.id, always)).again_at is not None:
            assert done.disabled is None
            self.clock.advance(seconds=(done.again_at - self.clock.now()).total_seconds())

    def move(self) -> None:
        self.relay.move(ORGANIZATION, range(OUTBOX_LANES), always)

    def dispatch(self) -> None:
        self.dispatcher.dispatch(ORGANIZATION, ENDPOINT.id, always)

    def perhaps_die(self, _operation: str, _request: Mapping[str, Any]) -> None:
        if self.rng.random() < self.deaths:
            raise Killed

    def snapshot(self) -> list[ChangeEvent]:
        cause = Cause(ORGANIZATION, "operator", "snap", "2026-01-31T12:00:00.000Z")
        reader, place = SnapshotReader(self.desk.client, TABLE, self.clock), Place("snap", 0)
        events: list[ChangeEvent] = []
        while True:
            part = read_slice(reader, cause, place, 7)
            events += part.events
            if part.next is None:
                return events
            place = part.next

    def directory(self) -> Picture:
        """The directory as its own code reads it."""
        store, picture = self.desk.store, Picture()
        for resource_id in [*self.users, *self.groups]:
            record = store.heads.record(resource_id)
            assert record is not None
            picture.resources[resource_id] = dict(record.document)
            if record.resource_type == "Group" and (members := store.members.of(record)):
                picture.members[resource_id] = set(members)
        return picture

    def one(self, ids: Sequence[str]) -> str:
        return self.rng.choice(ids)

    def some(self) -> list[str]:
        return self.rng.sample(self.users, min(len(self.users), self.rng.randint(1, 3)))


class Nobody:
    """There are no other organizations."""

    def ids_after(self, _name: str, _limit: int) -> list[tuple[str, str]]:
        return []

    def bookmark(self) -> str:
        return ""

    def set_bookmark(self, name: str) -> None:
        """Nothing to remember."""


@pytest.mark.slow
@pytest.mark.row("STR-10", "WHK-02")
@given(st.integers(0, 10**6), st.sampled_from([0, 0.02, 0.1]))
@settings(max_examples=25)
@pytest.mark.row("EVT-19")
def test_what_a_receiver_hears_the_log_and_a_snapshot_all_fold_to_the_directory(seed: int, deaths: float) -> None:
    scene = Scene(random.Random(seed), deaths)
    for _ in range(40):
        scene.change()
        if scene.rng.random() < 0.5:
            scene.work()

    scene.finish()

    entries = scene.log.read(ORGANIZATION, 0, 1000, with_values=True)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    directory = scene.directory()
    assert fold(entry.event() for entry in entries) == directory
    assert fold(scene.snapshot()) == directory
    assert fold(ChangeEvent.from_document(document) for document in scene.heard) == directory
    assert {document["id"] for document in scene.heard} == {entry.event().id for entry in entries}
