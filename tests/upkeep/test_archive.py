"""The archive of an organization has everything that is kept of it, and no secret."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gangway.access.organizations import Organizations
from gangway.access.tokens import Tokens
from gangway.directory.upkeep.export import Export
from gangway.http.admin import archive
from gangway.http.admin.api import AdminApi
from gangway.http.admin.archive import archive_area
from gangway.http.admin.archive_sections import Kept
from gangway.http.admin.areas import AreaOnDemand
from gangway.http.admin.directory import DirectoryDoor
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.deleted_users import DeletedUserTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.failures import FailureTable
from gangway.storage.organizations import OrganizationTable
from gangway.storage.unnumbered import UnnumberedTable
from tests.support.directories import REGISTRY, TABLE
from tests.support.invariants import items_of
from tests.support.proxy import LambdaContext, Reply, proxy_event
from tests.upkeep.furnished import furnished

if TYPE_CHECKING:
    from tests.upkeep.scene import Scene

OPERATOR = "arn:aws:iam::123456789012:user/operator"
SHOWN_AS = {
    "meta": "organization",
    "token": "token",
    "user": "user",
    "group": "group",
    "member": "members",
    "tombstone": "tombstone",
    "endpoint": "endpoint",
    "delivery": "delivery",
    "log": "event",
    "values": "event",
    "outbox": "waitingEvent",
    "failure": "failure",
    "refusal": "refusedToken",
}
"""Kinds of items, and the kind of line that shows them."""
DERIVED = {
    "mirror": "the other half of a membership",
    "lookup": "follows from a user or group",
    "counter": "follows from users and groups",
    "version": "counts a group's changes and members",
    "bookmark": "saves a read for an hour",
    "rate": "counts requests of one second",
    "name": "of the stack: it keeps the login name from being given to another",
    "head": "counts the events",
    "cursor": "how far the event bus has come",
    "intent": "a change of members under way, which `members` shows as done",
    "header": "the same",
    "pending": "lists them",
    "work": "what is left to clean up",
    "note": "an id, and when its person was erased",
    "dead": "shown as waitingEvent and deadLetter; one that the bus refused is shown as event",
}
"""Kinds of items that no line shows, and why."""


@dataclass
class Office:
    """The admin API over the furnished directory."""

    scene: Scene = field(default_factory=furnished)
    context: LambdaContext = field(default_factory=LambdaContext)

    def __post_init__(self) -> None:
        client: Any = self.scene.desk.client
        clock = self.scene.desk.clock
        records = OrganizationTable(client, TABLE)
        organizations = Organizations(records, clock)
        kept = Kept(
            tokens=Tokens(records, self.scene.hashes(), clock, token_prefix="gangway"),
            open_export=lambda _context: Export(self.scene.desk.store),
            deleted_users_of=lambda organization: DeletedUserTable(client, TABLE, organization),
            endpoints=EndpointTable(client, TABLE, clock),
            log=ChangeLogTable(client, TABLE, clock),
            waiting=UnnumberedTable(client, TABLE),
            failures=FailureTable(client, TABLE, clock),
            clock=clock,
        )
        door = DirectoryDoor(organizations, REGISTRY, lambda _context: self.scene.desk.directory())
        self.api = AdminApi([AreaOnDemand("archive", lambda: archive_area(door, kept))])

    def piece(self, cursor: str | None = None) -> Reply:
        path = "/admin/v1/orgs/acme/archive" + (f"?cursor={cursor}" if cursor else "")
        return Reply(self.api.handle(proxy_event("GET", path, None, {}, userArn=OPERATOR), self.context))

    def archive(self) -> tuple[list[dict[str, Any]], int]:
        """All lines, and in how many pieces they came."""
        lines: list[dict[str, Any]] = []
        pieces, cursor = 0, None
        while True:
            answer = self.piece(cursor)
            assert answer.status == 200, answer.text
            lines += answer.json()["lines"]
            pieces, cursor = pieces + 1, answer.json()["nextCursor"]
            if cursor is None:
                return lines, pieces


@pytest.fixture
def office() -> Office:
    return Office()


def test_given_every_kind_of_item_then_the_archive_shows_it_or_it_says_nothing_of_its_own(office: Office) -> None:
    stored = {item["k"]["S"] for item in items_of(office.scene.desk.client)}
    assert stored == SHOWN_AS.keys() | DERIVED.keys()

    lines, _ = office.archive()
    assert {line["kind"] for line in lines} == {*SHOWN_AS.values(), "deadLetter"}


def test_the_lines_are_as_many_as_the_things(office: Office) -> None:
    scene = office.scene
    stored = Counter(item["k"]["S"] for item in items_of(scene.desk.client))
    counts = Counter(line["kind"] for line in office.archive()[0])

    for kind in ("user", "group", "tombstone", "endpoint", "delivery", "failure", "refusal", "token"):
        assert counts[SHOWN_AS[kind]] == stored[kind], kind
    assert counts["event"] == ChangeLogTable(scene.desk.client, TABLE, scene.desk.clock).last_number("Org00001")
    assert counts["waitingEvent"] >= stored["outbox"]
    lines = office.archive()[0]
    assert [line["setAside"] for line in lines if line["kind"] == "waitingEvent" and line["setAside"]] == ["too large"]


def test_the_archive_holds_no_secret(office: Office) -> None:
    text = json.dumps(office.archive()[0])
    for secret in ("whsec_", "MfKQ9r8G", "tokens/0", "shard", "hash"):
        assert secret not in text
    token = next(line for line in office.archive()[0] if line["kind"] == "token" and line["state"] == "revoked")
    assert token["keyId"] == office.scene.ids["revoked"]
    assert not {"token", "shard", "revision"} & token.keys()


def test_given_little_time_or_small_pieces_then_the_lines_are_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, pieces = office.archive()
    monkeypatch.setattr(archive, "ENOUGH_BYTES", 500)
    in_small_pieces = office.archive()
    office.context.remaining_ms = 0
    in_haste = office.archive()

    assert in_small_pieces[0] == in_haste[0] == whole
    assert pieces < in_small_pieces[1] <= in_haste[1]


@pytest.mark.parametrize("cursor", ["c2V0dGluZ3M6eA", "bm9uZTo", "*", "ZXZlbnRzOi0x", "d2FpdGluZzo5L3g"])
def test_given_a_cursor_that_somebody_made_up_then_400(office: Office, cursor: str) -> None:
    answer = office.piece(cursor)
    assert answer.status == 400, answer.text
    assert "begin without" in answer.json()["detail"]
