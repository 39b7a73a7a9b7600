"""Every call of every operation fails in every way, and the answer that was given is still true.

Faults enter where botocore sends (`tests.fakes.wire`). A clean run finds out which calls an operation makes. Then each
of them meets each fault. If the operation can go on, it must answer exactly as in the clean run and leave exactly what
that left. If the fault does not pass, the answer is 503 and nothing is half done. If the process ends, the directory is
as before or as after, what is begun is finished by the housekeeper, and the client may simply repeat its request.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gangway.directory.housekeeping import Housekeeper
from gangway.scim.errors import NotFound, PreconditionFailed, ScimError, Unavailable, Uniqueness
from tests.fakes.wire import Fault, Killed, Wire, killed, refused, throttled, timed_out, unanswered
from tests.fakes.world import Inline, World
from tests.support.directories import Desk
from tests.support.invariants import findings, fsck
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes.dynamodb import FakeDynamoDB
    from tests.fakes.wire import Send

    type Act = Callable[[Scene], Any]

CHANCE = random.Random()
"""Where ids come from, so that two runs make the same ones."""


@dataclass(frozen=True)
class Scene:
    """A directory with some people and groups, over a wire."""

    desk: Desk
    ids: dict[str, str]
    many: tuple[str, ...]

    @property
    def users(self) -> Client:
        return Client(self.desk, "User")

    @property
    def groups(self) -> Client:
        return Client(self.desk, "Group")


@cache
def beginning(*, pending: bool) -> Scene:
    """The directory in which operations begin, with or without work that waits for the housekeeper."""
    CHANCE.seed(7)
    desk = Desk()
    users, groups = Client(desk, "User"), Client(desk, "Group")
    ids = {name: users.create(user_body(name, externalId=f"x-{name}"))["id"] for name in ("ada", "bob", "cy")}
    many = tuple(users.create(user_body(f"one of many {each}"))["id"] for each in range(40))
    ids["all"] = groups.create(group_body("all", [ids["ada"], ids["bob"]]))["id"]
    gone = users.create(user_body("dee", externalId="x-dee"))["id"]
    groups.patch(ids["all"], add_members(gone))
    users.delete(gone)
    ids["waiting"] = groups.create(group_body("waiting", list(many)))["id"]
    if not pending:
        tidy(desk)
        desk.clock.advance(minutes=1)
    return Scene(desk, ids, many)


def tidy(desk: Desk) -> None:
    keeper = Housekeeper(lambda _id: desk.store, None, lambda: 60_000)  # type: ignore[arg-type]  # no round is made
    tended = keeper.tend([desk.organization])
    assert (tended.unfinished, tended.failures) == ([], {})


def title(what: str) -> dict[str, Any]:
    return {"op": "add", "path": "title", "value": what}


@dataclass(frozen=True)
class Operation:
    """What is done, the calls it makes, and whether something is pending when it begins."""

    act: Act
    calls: Counter[str]
    pending: bool = False


READ_WITH_GROUPS = Counter(batch_get_item=2, query=1)
READ_AND_WRITE = Counter(batch_get_item=1, transact_write_items=1)

OPERATIONS = {
    "create a user": Operation(
        lambda on: on.users.create(user_body("eve", emails=[{"value": "eve@example.com"}])),
        Counter(transact_write_items=1),
    ),
    "restore a user": Operation(
        lambda on: on.users.create(user_body("dee", externalId="x-dee")),
        Counter(transact_write_items=2, get_item=1),
    ),
    "restore a user who is still a member": Operation(
        lambda on: on.users.create(user_body("dee", externalId="x-dee")),
        Counter(transact_write_items=13, query=3, batch_get_item=10, get_item=1),
        pending=True,
    ),
    "take a deleted user's name": Operation(
        lambda on: on.users.create(user_body("dee")),
        Counter(transact_write_items=2),
    ),
    "read a user": Operation(lambda on: on.users.read(on.ids["ada"]), READ_WITH_GROUPS),
    "find a user": Operation(
        lambda on: on.users.search(filter='userName eq "ada"'), READ_WITH_GROUPS + Counter(get_item=1)
    ),
    "list users": Operation(
        lambda on: on.users.search(start_index=1, count=2, excluded_attributes=("groups",)),
        Counter(query=2, put_item=1),
    ),
    "rename a user": Operation(
        lambda on: on.users.patch(on.ids["ada"], {"op": "replace", "path": "userName", "value": "adele"}),
        READ_WITH_GROUPS + Counter(transact_write_items=1),
    ),
    "replace a user": Operation(
        lambda on: on.users.replace(on.ids["ada"], user_body("ada", title="Countess")),
        READ_WITH_GROUPS + Counter(transact_write_items=1),
    ),
    "change a user under If-Match": Operation(
        lambda on: on.users.patch(on.ids["cy"], title("Countess"), if_match='W/"1"', excluded="groups"),
        Counter(get_item=1, transact_write_items=1),
    ),
    "delete a user": Operation(lambda on: on.users.delete(on.ids["ada"]), Counter(get_item=1, transact_write_items=1)),
    "create a group": Operation(
        lambda on: on.groups.create(group_body("new", [on.ids["cy"]])),
        Counter(batch_get_item=2, query=1, transact_write_items=1),
    ),
    "add a member": Operation(lambda on: on.groups.patch(on.ids["all"], add_members(on.ids["cy"])), READ_AND_WRITE),
    "add a member under If-Match": Operation(
        lambda on: on.groups.patch(on.ids["all"], add_members(on.ids["cy"]), if_match=tag(on, "all")), READ_AND_WRITE
    ),
    "remove a member": Operation(
        lambda on: on.groups.patch(on.ids["all"], remove_member(on.ids["ada"])), READ_AND_WRITE
    ),
    "add many members": Operation(lambda on: on.groups.patch(on.ids["all"], add_members(*on.many)), READ_AND_WRITE),
    "add many members under If-Match": Operation(
        lambda on: on.groups.patch(on.ids["all"], add_members(*on.many), if_match=tag(on, "all")), READ_AND_WRITE
    ),
    "add a member to a group with a pending change": Operation(
        lambda on: on.groups.patch(on.ids["waiting"], add_members(on.ids["cy"])),
        Counter(batch_get_item=11, query=1, transact_write_items=10),
        pending=True,
    ),
    "replace members": Operation(
        lambda on: on.groups.replace(on.ids["all"], group_body("every", [on.ids["cy"]])),
        Counter(batch_get_item=3, query=2, transact_write_items=1),
    ),
    "delete a group": Operation(lambda on: on.groups.delete(on.ids["all"]), READ_AND_WRITE),
    "delete a group with a pending change": Operation(
        lambda on: on.groups.delete(on.ids["waiting"]), READ_AND_WRITE, pending=True
    ),
    "keep house": Operation(
        lambda on: keep_house(on.desk),
        Counter(batch_get_item=10, query=4, transact_write_items=11, get_item=1),
        pending=True,
    ),
}


def keep_house(desk: Desk) -> None:
    """As `tidy`, but what is unfinished is said in the way the other operations say it."""
    try:
        tidy(desk)
    except AssertionError as error:
        raise Unavailable(str(error), retry_after=1) from error


def tag(on: Scene, name: str) -> str:
    record = beginning(pending=False).desk.store.heads.record(on.ids[name])
    assert record is not None
    return f'W/"{record.version}"'


PASSING = {
    "refused": (Fault(arrives=False, fails=refused), 99),
    "throttled": (Fault(arrives=False, fails=throttled), 99),
    "timed out": (Fault(arrives=False, fails=timed_out), 99),
    "applied and answer lost": (Fault(arrives=True, fails=unanswered), 99),
    "applied and first answer lost": (Fault(arrives=True, fails=unanswered), 1),
}
"""Faults that one call meets, and how many of its attempts do."""

KILLED = {
    "killed before": Fault(arrives=False, fails=killed),
    "killed after": Fault(arrives=True, fails=killed),
}


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: what was answered, what is in the table, what went over the wire."""

    answer: Any
    desk: Desk
    wire: Wire


def play(
    operation: Operation,
    fault: Callable[[Send], Fault | None] = lambda _send: None,
    table: FakeDynamoDB | None = None,
) -> Outcome:
    """Play an operation on a copy of the beginning, or on a table that is already there."""
    start = beginning(pending=operation.pending)
    # Ids that are taken are not made again.
    CHANCE.seed(12 if table and len(heads(table)) > len(heads(start.desk.client)) else 11)
    table = table or start.desk.client.copy()
    wire = Wire(table, fault)
    desk = Desk(wire.client(SESSION), start.desk.organization, start.desk.clock)
    try:
        answer = operation.act(replace(start, desk=desk))
    except (ScimError, Killed) as error:
        answer = error
    return Outcome(answer, Desk(table, start.desk.organization, start.desk.clock), wire)


def heads(table: FakeDynamoDB) -> list[Any]:
    return [item for item in table.items() if item["k"]["S"] in ("user", "group")]


SESSION = boto3.session.Session()


def picture(desk: Desk) -> list[Any]:
    """What the directory holds when all is done, without what differs from run to run: who wrote it, and when."""
    tidy(desk)
    assert findings(desk.client, desk.organization, settled=True) == []
    kept = [item for item in desk.client.items() if item["k"]["S"] not in ("counter", "pending")]
    return [
        {name: value for name, value in item.items() if name not in ("q", "e", "ttl")}
        for item in sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    ]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pauses take virtual time only; calls that are made at the same time are made one after the other."""
    monkeypatch.setattr("gangway.directory.identifiers.secrets.randbits", CHANCE.getrandbits)
    monkeypatch.setattr("gangway.directory.persistence.time", World())
    monkeypatch.setattr("botocore.endpoint.time", World())
    monkeypatch.setattr("gangway.storage.table._POOL", Inline())
    beginning.cache_clear()
    yield
    beginning.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.row("REL-01", "REL-02", "REL-03", "REL-04", "REL-06", "REL-07", "REL-17")
@pytest.mark.row("SEC-12")
def test_every_fault_at_every_call(name: str) -> None:
    operation = OPERATIONS[name]
    clean = play(operation)
    calls = len(clean.wire.calls())
    assert Counter(clean.wire.calls()) == operation.calls
    assert findings(clean.desk.client, clean.desk.organization) == []
    after, runs = picture(clean.desk), 0
    # Every other run must come to the same picture, so what fsck says of this one it says of all.
    assert fsck(clean.desk.client, clean.desk.organization) == []
    for call in range(1, calls + 1):
        for fault, attempts in PASSING.values():
            passes_over(operation, clean.answer, after, at(call, fault, attempts))
            runs += 1
        for fault in KILLED.values():
            ends(operation, clean.answer, after, at(call, fault))
            runs += 1
        lasts(operation, clean.answer, after, at(call, PASSING["refused"][0], calls=99))
        runs += 1
    print(f"{name}: {calls} calls x {len(PASSING) + len(KILLED) + 1} faults = {runs} runs")
    assert runs == calls * 8


def at(call: int, fault: Fault, attempts: int = 99, calls: int = 1) -> Callable[[Send], Fault | None]:
    """A fault that so many calls meet from this one on, and so many attempts of each."""
    return lambda send: fault if call <= send.call < call + calls and send.attempt <= attempts else None


def passes_over(operation: Operation, answer: Any, after: list[Any], fault: Callable[[Send], Fault | None]) -> None:
    """The operation succeeds all the same."""
    outcome = play(operation, fault)
    assert findings(outcome.desk.client, outcome.desk.organization) == []
    assert outcome.answer == answer
    assert picture(outcome.desk) == after


def lasts(operation: Operation, answer: Any, after: list[Any], fault: Callable[[Send], Fault | None]) -> None:
    """It is 503, nothing is half done, and it can be repeated."""
    outcome = play(operation, fault)
    assert isinstance(outcome.answer, Unavailable)
    repeated(operation, answer, after, outcome)


def ends(operation: Operation, answer: Any, after: list[Any], fault: Callable[[Send], Fault | None]) -> None:
    """The process is gone; what it left is whole."""
    outcome = play(operation, fault)
    assert isinstance(outcome.answer, Killed)
    repeated(operation, answer, after, outcome)


def repeated(operation: Operation, answer: Any, after: list[Any], outcome: Outcome) -> None:
    """The client repeats the request, and is told the truth: the same, or that it has been done already."""
    assert findings(outcome.desk.client, outcome.desk.organization) == []
    again = play(operation, table=outcome.desk.client.copy())
    assert findings(again.desk.client, again.desk.organization) == []
    tidy(outcome.desk)
    assert findings(outcome.desk.client, outcome.desk.organization, settled=True) == []
    if isinstance(again.answer, (Uniqueness, NotFound, PreconditionFailed)):
        assert picture(outcome.desk) == after
    else:
        assert again.answer == answer
        assert picture(again.desk) == after
