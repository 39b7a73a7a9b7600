"""Every call of every operation fails in every way, and the answer is still true.

A clean run finds out which calls an operation makes. Then each of them is refused, throttled, or carried out with its
answer lost, once; the operation must succeed all the same, and leave exactly what the clean run left. If the failure
does not pass, the answer is 503 and the directory is as before, or as after.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gangway.directory.housekeeping import Housekeeper
from gangway.scim.errors import Unavailable
from tests.support.directories import Desk
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass
class Scene:
    """A directory with some people and groups, and one operation on it."""

    desk: Desk
    users: Client
    groups: Client
    ids: dict[str, str]


CHANCE = random.Random()
"""Where ids come from, so that the members of two runs fall into the same cells."""


def scene() -> Scene:
    CHANCE.seed(7)
    desk = Desk()
    users, groups = Client(desk, "User"), Client(desk, "Group")
    ids = {name: users.create(user_body(name, externalId=f"x-{name}"))["id"] for name in ("ada", "bob", "cy")}
    ids["many"] = json.dumps([users.create(user_body(f"one of many {each}"))["id"] for each in range(40)])
    ids["all"] = groups.create(group_body("all", [ids["ada"], ids["bob"]]))["id"]
    ids["deleted"] = users.create(user_body("dee", externalId="x-dee"))["id"]
    users.delete(ids["deleted"])
    tidy(desk)
    return Scene(desk, users, groups, ids)


def tidy(desk: Desk) -> None:
    keeper = Housekeeper(lambda _id: desk.store, None, lambda: 60_000)  # type: ignore[arg-type]  # no round is made
    assert keeper.tend([desk.organization]).unfinished == []


OPERATIONS: dict[str, Callable[[Scene], Any]] = {
    "create a user": lambda on: on.users.create(user_body("eve", emails=[{"value": "eve@example.com"}])),
    "restore a user": lambda on: on.users.create(user_body("dee", externalId="x-dee")),
    "rename a user": lambda on: on.users.patch(on.ids["ada"], {"op": "replace", "path": "userName", "value": "adele"}),
    "replace a user": lambda on: on.users.replace(on.ids["ada"], user_body("ada", title="Countess")),
    "change under If-Match": lambda on: on.users.patch(
        on.ids["ada"], {"op": "add", "path": "title", "value": "Countess"}, if_match='W/"1"'
    ),
    "delete a user": lambda on: on.users.delete(on.ids["ada"]),
    "create a group": lambda on: on.groups.create(group_body("new", [on.ids["cy"]])),
    "add a member": lambda on: on.groups.patch(on.ids["all"], add_members(on.ids["cy"])),
    "remove a member": lambda on: on.groups.patch(on.ids["all"], remove_member(on.ids["ada"])),
    "add many members": lambda on: on.groups.patch(on.ids["all"], add_members(*json.loads(on.ids["many"]))),
    "replace members": lambda on: on.groups.replace(on.ids["all"], group_body("every", [on.ids["cy"]])),
    "delete a group": lambda on: on.groups.delete(on.ids["all"]),
}


def refused() -> Exception:
    conflict: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    }
    return ClientError(conflict, "TransactWriteItems")


def throttled() -> Exception:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "any")


def lost() -> Exception:
    return ReadTimeoutError(endpoint_url="https://dynamodb")


MODES: dict[str, tuple[str, Callable[[], Exception]]] = {
    "refused": ("before", refused),
    "throttled": ("before", throttled),
    "not sent": ("before", lost),
    "answer lost": ("after", lost),
}


def picture(desk: Desk) -> list[Any]:
    """What the directory holds when all is done, without what differs from run to run: time, and who wrote it."""
    tidy(desk)
    ids = {item["i"]["S"] for item in desk.client.items() if item["k"]["S"] in ("user", "group", "tombstone")}
    kinds = Counter(item["k"]["S"] for item in desk.client.items() if item["k"]["S"] != "counter")
    counters: Counter[str] = Counter()
    heads = []
    for item in desk.client.items():
        if item["k"]["S"] == "counter":
            counters[item["sk"]["S"][0]] += int(item["n"]["N"])
        if item["k"]["S"] in ("user", "group"):
            heads.append((item["d"]["S"], item["v"]["N"]))
    cells = [
        tuple(item[name]["N"] for name in ("v", "n", "mu", "mg"))
        for item in desk.client.items()
        if item["k"]["S"] == "version"
    ]
    changed = sum(int(cell[0]) for cell in cells), sum(int(cell[2]) for cell in cells)
    return [len(ids), kinds, counters, sorted(heads), changed, sum("p" in item for item in desk.client.items())]


def run(name: str, fault: Callable[[int, str, Mapping[str, Any]], None] | None = None, *, after: bool = False) -> Scene:
    """Play one operation; `fault` is called with the number of each call it makes."""
    on = scene()
    on.desk.client.forget_calls()
    number = 0

    def hook(operation: str, request: Mapping[str, Any]) -> None:
        nonlocal number
        number += 1
        if fault:
            fault(number, operation, request)

    if after:
        on.desk.client.after = hook
    else:
        on.desk.client.before = hook
    try:
        OPERATIONS[name](on)
    finally:
        on.desk.client.before = on.desk.client.after = lambda _operation, _request: None
    return on


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gangway.directory.identifiers.secrets.randbits", CHANCE.getrandbits)
    monkeypatch.setattr("gangway.directory.persistence._FIRST_PAUSE", 0.0001)
    monkeypatch.setattr("gangway.directory.persistence._LONGEST_PAUSE", 0.001)
    monkeypatch.setattr("gangway.directory.persistence.BUDGET_SECONDS", 0.1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failure_that_passes_is_not_noticed(name: str, mode: str) -> None:
    clean = run(name)
    calls, expected = len(clean.desk.client.calls), picture(clean.desk)
    assert calls > 0
    where, failure = MODES[mode]
    for chosen in range(1, calls + 1):

        def fail(number: int, operation: str, _request: Mapping[str, Any], chosen: int = chosen) -> None:
            if number == chosen and (mode != "refused" or operation == "transact_write_items"):
                raise failure()

        after = run(name, fail, after=where == "after")
        assert picture(after.desk) == expected, f"call {chosen} of {calls}"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failure_that_does_not_pass_is_503_and_leaves_nothing_half_done(name: str, mode: str) -> None:
    before, clean = picture(scene().desk), run(name)
    where, failure = MODES[mode]
    writes = [
        at for at, call in enumerate(clean.desk.client.calls, start=1) if call.operation == "transact_write_items"
    ]
    first_write = writes[0]
    on: list[Scene] = []

    def fail(number: int, operation: str, _request: Mapping[str, Any]) -> None:
        if number >= first_write and operation == "transact_write_items":
            raise failure()

    kept = scene

    def remember() -> Scene:
        on.append(kept())
        return on[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.directory.test_faults.scene", remember)
        if where == "after":
            # The write is done; when its answer is lost, reading tells so, and the operation succeeds.
            run(name, fail, after=True)
            assert picture(on[-1].desk) == picture(clean.desk)
        else:
            with pytest.raises(Unavailable):
                run(name, fail)
            assert picture(on[-1].desk) == before
