"""A directory in which every kind of item occurs, and the means to damage one of them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gangway.changes.relay import Relay
from gangway.directory.upkeep.fsck import Finding, Fsck
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.fsck.inspector import open_inspector
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.token_vault import TokenVault
from tests.fakes.secrets_manager import FakeSecretsManager
from tests.support.clocks import StoppedClock
from tests.support.directories import REGISTRY, TABLE, Desk
from tests.support.invariants import items_of
from tests.support.scim import Client, add_members, group_body, user_body

if TYPE_CHECKING:
    from collections.abc import Callable

type Item = dict[str, Any]

SHARDS = ("tokens/00", "tokens/01")


@dataclass
class Scene:
    """The directory, and those in it by name."""

    desk: Desk
    users: Client
    groups: Client
    ids: dict[str, str]
    vault: Any = field(default_factory=lambda: FakeSecretsManager(SHARDS))

    @classmethod
    def new(cls, client: Any = None) -> Scene:
        """Three people, one deleted, two groups; some changes numbered, some still waiting; an intent pending."""
        desk = Desk(client)
        users, groups = Client(desk, "User"), Client(desk, "Group")
        names = ("ada", "bob", "cy")
        ids = {
            name: users.create(
                user_body(name, externalId=f"x-{name}", displayName=name, emails=[{"value": f"{name}@example.com"}])
            )["id"]
            for name in names
        }
        ids["all"] = groups.create(group_body("all", [ids["ada"], ids["bob"]], externalId="x-all"))["id"]
        ids["gone"] = users.create(user_body("gone", externalId="x-gone"))["id"]
        users.delete(ids["gone"])
        desk.store.work.clean_up(ids["gone"], lambda: True)
        scene = cls(desk, users, groups, ids)
        scene.relay()
        users.patch(ids["ada"], {"op": "replace", "path": "title", "value": "Countess"})
        ids["big"] = groups.create(group_body("big"))["id"]
        many = [users.create(user_body(f"one of many {each}"))["id"] for each in range(30)]
        groups.patch(ids["big"], add_members(*many))
        users.search(count=2)
        return scene

    def copy(self) -> Scene:
        """The same directory once more; what happens to one does not happen to the other."""
        desk = Desk(self.desk.client.copy(), self.desk.organization, StoppedClock(self.desk.clock.now()))
        return Scene(desk, Client(desk, "User"), Client(desk, "Group"), self.ids, self.vault.copy())

    def relay(self) -> None:
        """Number what waits."""
        relay = Relay(
            OutboxTable(self.desk.client, TABLE),
            ChangeLogTable(self.desk.client, TABLE, self.desk.clock),
            self.desk.clock,
            timedelta(days=90),
        )
        relay.move(self.desk.organization, range(4), lambda: True)

    def fsck(self, *, repair: bool = False) -> list[Finding]:
        """A whole check."""
        table = (self.desk.client, TABLE, self.desk.organization)
        inspector = open_inspector(*table, REGISTRY, self.desk.clock, self.hashes())
        fsck, cursor = Fsck(inspector), None
        findings: list[Finding] = []
        while True:
            piece = fsck.run(cursor, lambda: False, repair=repair)
            findings += piece.findings
            cursor = piece.cursor
            if cursor is None:
                return findings

    def hashes(self) -> TokenVault:
        """The vault, as a function that has just started sees it."""
        return TokenVault(self.vault, secret_prefix="tokens/", shards=len(SHARDS), sleep=lambda _seconds: None)

    def items(self, kind: str) -> list[Item]:
        """All items of a kind."""
        prefix = f"{self.desk.organization}#"
        found = [item for item in items_of(self.desk.client) if item["pk"]["S"].startswith(prefix)]
        return [deepcopy(item) for item in found if item["k"]["S"] == kind]

    def ids_of(self, resource_type: str) -> list[str]:
        """The ids of those named in `ids` who are there."""
        there = {item["i"]["S"] for item in self.items(resource_type.lower())}
        return [each for each in self.ids.values() if each in there]

    def put(self, item: Item) -> None:
        self.desk.client.put_item(TableName=TABLE, Item=item)

    def drop(self, item: Item) -> None:
        self.desk.client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})

    def damage(self, item: Item, change: Callable[[Item], Item]) -> None:
        """Put another item in its place."""
        self.put(change(deepcopy(item)))


def where(item: Item, organization: str) -> str:
    """How a finding names an item."""
    return f"{item['pk']['S'].removeprefix(organization + '#')} / {item['sk']['S']}"
