"""How many round trips an operation waits for, and which calls it makes: the goals of the design, as call lists.

Calls that are made at the same time are one round trip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.world import RoundTrips
from tests.support.directories import Desk
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable

GET, BATCH, QUERY, WRITE, PUT = "get_item", "batch_get_item", "query", "transact_write_items", "put_item"
TITLE = {"op": "add", "path": "title", "value": "Countess"}
INACTIVE = {"op": "replace", "path": "active", "value": False}
NO_MEMBERS = {"excluded_attributes": ("members",)}
NO_GROUPS = ("groups",)


class Counted:
    """A directory whose calls are counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = Desk()
        self.users, self.groups = Client(self.desk, "User"), Client(self.desk, "Group")
        self._trips = RoundTrips()
        self.desk.client.after = self._trips.call
        monkeypatch.setattr("gangway.storage.table._POOL", self._trips)

    def of(self, operation: Callable[[], Any]) -> tuple[int, list[str]]:
        """Round trips, and calls in the order of their names."""
        self._trips.number = 0
        self.desk.client.forget_calls()
        operation()
        return self._trips.number, sorted(self.desk.client.operations())


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def test_a_user_without_groups_is_read_in_one(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada"))["id"]
    assert counted.of(lambda: counted.users.read(ada)) == (1, [BATCH, QUERY])
    assert counted.of(lambda: counted.users.read(ada, excluded="groups")) == (1, [GET])


def test_a_user_with_groups_is_read_in_two(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada"))["id"]
    for name in ("one", "two", "three", "four"):
        counted.groups.create(group_body(name, [ada]))
    assert counted.of(lambda: counted.users.read(ada)) == (2, [BATCH, BATCH, QUERY])


def test_a_user_is_created_in_one(counted: Counted) -> None:
    assert counted.of(lambda: counted.users.create(user_body("ada", externalId="7"))) == (1, [WRITE])


def test_a_user_is_changed_in_two(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada"))["id"]
    assert counted.of(lambda: counted.users.patch(ada, TITLE)) == (2, [BATCH, QUERY, WRITE])
    rename = {"op": "replace", "path": "userName", "value": "adele"}
    assert counted.of(lambda: counted.users.patch(ada, rename, excluded="groups")) == (2, [GET, WRITE])
    assert counted.of(lambda: counted.users.replace(ada, user_body("adele"))) == (2, [BATCH, QUERY, WRITE])
    assert counted.of(lambda: counted.users.delete(ada)) == (2, [GET, WRITE])


def test_a_change_that_changes_nothing_is_one(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada", title="Countess"))["id"]
    assert counted.of(lambda: counted.users.patch(ada, TITLE)) == (1, [BATCH, QUERY])


@pytest.mark.parametrize("size", [0, 300])
def test_a_member_is_added_and_removed_in_two_whatever_the_size_of_the_group(counted: Counted, size: int) -> None:
    members = [counted.users.create(user_body(f"user{each}"))["id"] for each in range(size + 1)]
    group = counted.groups.create(group_body("all", members[1:]))["id"]
    counted.desk.store.work.roll_forward(group, lambda: True)
    assert counted.of(lambda: counted.groups.patch(group, add_members(members[0]))) == (2, [BATCH, WRITE])
    assert counted.of(lambda: counted.groups.patch(group, remove_member(members[0]))) == (2, [BATCH, WRITE])


def test_a_group_is_created_in_one_and_with_members_in_two(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada"))["id"]
    assert counted.of(lambda: counted.groups.create(group_body("empty"))) == (1, [WRITE])
    made = counted.of(lambda: counted.groups.create(group_body("all", [ada]), excluded="members"))
    assert made == (2, [BATCH, WRITE])


def test_a_group_is_read_in_one_without_its_members(counted: Counted) -> None:
    ada = counted.users.create(user_body("ada"))["id"]
    group = counted.groups.create(group_body("all", [ada]))["id"]
    assert counted.of(lambda: counted.groups.read(group, excluded="members")) == (1, [BATCH])
    assert counted.of(lambda: counted.groups.read(group)) == (3, [BATCH, BATCH, QUERY])


def test_a_user_name_is_looked_up_in_two(counted: Counted) -> None:
    counted.users.create(user_body("ada"))
    assert counted.of(lambda: counted.users.found('userName eq "ada"')) == (2, [BATCH, GET, QUERY])
    assert counted.of(lambda: counted.users.found('userName eq "bob"')) == (1, [GET])


def test_an_external_id_or_an_address_is_looked_up_in_two(counted: Counted) -> None:
    counted.users.create(user_body("ada", externalId="7", emails=[{"value": "ada@example.com"}]))
    assert counted.of(lambda: counted.users.found('externalId eq "7"')) == (2, [BATCH, QUERY, QUERY])
    assert counted.of(lambda: counted.users.found('emails.value eq "ada@example.com"')) == (2, [BATCH, QUERY, QUERY])


def test_a_page_by_cursor_is_one(counted: Counted) -> None:
    for each in range(12):
        counted.users.create(user_body(f"user{each}"))
    first = counted.users.search(cursor="", count=5, excluded_attributes=NO_GROUPS)
    page: Callable[[], Any] = lambda: counted.users.search(  # noqa: E731 - the operation, to be counted
        cursor=first["nextCursor"], count=5, excluded_attributes=NO_GROUPS
    )
    assert counted.of(page) == (1, [QUERY])


def test_a_page_by_offset_is_three_reads_and_a_bookmark(counted: Counted) -> None:
    for each in range(12):
        counted.users.create(user_body(f"user{each}"))
    counted.users.search(start_index=1, count=5, excluded_attributes=NO_GROUPS)
    page: Callable[[], Any] = lambda: counted.users.search(  # noqa: E731 - the operation, to be counted
        start_index=6, count=5, excluded_attributes=NO_GROUPS
    )
    assert counted.of(page) == (4, [PUT, QUERY, QUERY, QUERY])


def test_a_page_of_users_with_their_groups_is_three(counted: Counted) -> None:
    ids = [counted.users.create(user_body(f"user{each}"))["id"] for each in range(12)]
    counted.groups.create(group_body("all", ids))
    first = counted.users.search(cursor="", count=5)
    trips, calls = counted.of(lambda: counted.users.search(cursor=first["nextCursor"], count=5))
    assert (trips, calls) == (3, [BATCH, BATCH, *[QUERY] * 6])


class Staffed(Counted):
    """Ada, who is in two groups, and Bob, who is in none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.ada, self.bob = (self.users.create(user_body(name))["id"] for name in ("ada", "bob"))
        self.one, self.two = (self.groups.create(group_body(name, [self.ada]))["id"] for name in ("one", "two"))


BUDGET: dict[str, tuple[int, Callable[[Staffed], Any]]] = {
    "read a user with groups": (2, lambda on: on.users.read(on.ada)),
    "PATCH a user with groups": (3, lambda on: on.users.patch(on.ada, TITLE)),
    "PATCH a user with groups, answered without": (2, lambda on: on.users.patch(on.ada, TITLE, excluded="groups")),
    "PUT a user with groups": (3, lambda on: on.users.replace(on.ada, user_body("ada", title="Countess"))),
    "deactivate a user with groups": (3, lambda on: on.users.patch(on.ada, INACTIVE)),
    "DELETE a user with groups": (2, lambda on: on.users.delete(on.ada)),
    "rename a group": (2, lambda on: on.groups.patch(on.one, {"op": "replace", "path": "displayName", "value": "uno"})),
    "add a member": (2, lambda on: on.groups.patch(on.one, add_members(on.bob))),
    "remove a member": (2, lambda on: on.groups.patch(on.one, remove_member(on.ada))),
    "add many members": (2, lambda on: on.groups.patch(on.one, add_members(on.ada, on.bob, on.two))),
    "DELETE a group": (2, lambda on: on.groups.delete(on.one)),
    "look for one member": (3, lambda on: on.groups.found(f'id eq "{on.one}" and members eq "{on.ada}"', **NO_MEMBERS)),
    "look for somebody's groups": (4, lambda on: on.groups.found(f'members.value eq "{on.ada}"', **NO_MEMBERS)),
}
"""Round trips that an operation may take when the group memberships that it shows or changes are there."""


@pytest.mark.parametrize("operation", BUDGET)
def test_given_groups_then_an_operation_keeps_to_its_budget(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    most, act = BUDGET[operation]
    on = Staffed(monkeypatch)
    assert on.of(lambda: act(on))[0] == most
