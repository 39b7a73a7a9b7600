"""What the directory relies on, whatever runs behind the client: one suite for the fake and for moto."""

from __future__ import annotations

from typing import Any

import pytest

from gangway.changes.event import Cause
from gangway.changes.tell import change as tell
from gangway.changes.tell import resource_created
from gangway.directory.identifiers import new_id
from gangway.directory.ports import Collision, IntentPending, LookupTaken, MemberGone, VersionChanged
from gangway.directory.records import Change, Lookup, Position, Record
from gangway.storage.directory_store import DirectoryTable, open_directory
from tests.support.clocks import StoppedClock
from tests.support.directories import ORGANIZATION, TABLE

CAUSE = Cause(ORGANIZATION, "kid", "request", "2026-01-31T12:00:00.000Z")


@pytest.fixture
def store(client: Any) -> DirectoryTable:
    return open_directory(client, TABLE, ORGANIZATION, StoppedClock())


def record(kind: str, name: str, at: int = 1) -> Record:
    return Record(kind, new_id(kind, at), 1, at, at, {"displayName": name}, f"operation-{name}")


def creation(of: Record, *lookups: Lookup, members: tuple[str, ...] = ()) -> Change:
    told = tell(resource_created(CAUSE, of.resource_type, of.id, 1, of.document))
    return Change(None, of, CAUSE, of.operation, 1, lookups_after=frozenset(lookups), told=told, added=members)


def members_change(group: Record, operation: str, **changes: Any) -> Change:
    return Change(group, group, CAUSE, operation, 2, **changes)


def people(store: DirectoryTable, number: int) -> list[str]:
    users = [record("User", f"user{each}", each + 1) for each in range(number)]
    for user in users:
        store.changes.commit(creation(user))
    return sorted(user.id for user in users)


def group_of(store: DirectoryTable, members: list[str], name: str = "group") -> Record:
    return store.changes.commit(creation(record("Group", name), members=tuple(members)))


def test_a_created_user_is_read_back_and_counted(store: DirectoryTable) -> None:
    user = record("User", "ada")
    store.changes.commit(creation(user))
    assert store.heads.record(user.id) == user
    assert (store.heads.count("User"), store.heads.count("Group")) == (1, 0)


def test_a_group_begins_with_cells_and_counts_its_members(store: DirectoryTable) -> None:
    users = people(store, 3)
    created = group_of(store, users)
    found = store.heads.record(created.id)
    assert found == created
    assert (found.members, len(found.cells)) == (3, 8)
    assert store.members.of(found) == tuple(users)


def test_a_unique_value_belongs_to_one_and_its_owner_is_found(store: DirectoryTable) -> None:
    name = Lookup("userName", "ada", unique=True)
    first, second = record("User", "ada"), record("User", "lovelace")
    store.changes.commit(creation(first, name))
    with pytest.raises(LookupTaken) as refusal:
        store.changes.commit(creation(second, name))
    assert refusal.value.tombstone is None
    assert store.heads.find("User", name) == (first.id,)
    assert store.heads.record(second.id) is None
    assert store.heads.count("User") == 1


@pytest.mark.row("REL-04")
def test_the_echo_of_ones_own_lost_write_is_success(store: DirectoryTable) -> None:
    change = creation(record("User", "ada"), Lookup("userName", "ada", unique=True))
    store.changes.commit(change)
    store.changes.commit(change)
    assert store.heads.count("User") == 1


def test_values_that_need_not_be_unique_find_all_who_have_them(store: DirectoryTable) -> None:
    shared = Lookup("emails.value", "a@example.com", unique=False)
    users = [record("User", "ada"), record("User", "bob")]
    for user in users:
        store.changes.commit(creation(user, shared))
    assert set(store.heads.find("User", shared)) == {user.id for user in users}


def test_a_write_on_a_version_that_is_gone_changes_nothing(store: DirectoryTable) -> None:
    user = record("User", "ada")
    store.changes.commit(creation(user))
    newer = user._replace(own_version=2, operation="second")
    store.changes.commit(Change(user, newer, CAUSE, "second", 2))
    late = Change(user, user._replace(own_version=2, operation="late"), CAUSE, "late", 3)
    with pytest.raises(Collision):
        store.changes.commit(late)
    with pytest.raises(VersionChanged):
        store.changes.commit(late._replace(exactly=True))
    assert store.heads.record(user.id) == newer


def test_a_member_is_seen_from_both_sides_and_moves_the_version(store: DirectoryTable) -> None:
    (user,) = people(store, 1)
    group = group_of(store, [])
    joined = store.changes.commit(members_change(group, "join", added=(user,)))
    assert joined.version == group.version + 1
    assert store.heads.record(group.id) == joined
    assert store.members.users_with_groups([user])[1].direct == {user: (group.id,)}
    assert store.members.among([(group.id, user)]) == {(group.id, user)}

    left = store.changes.commit(members_change(joined, "leave", removed=(user,)))
    assert (left.version, left.members) == (group.version + 2, 0)
    assert store.members.of(left) == ()
    assert store.members.groups_of([user]).direct == {user: ()}


def test_two_changes_of_one_member_cannot_both_happen(store: DirectoryTable) -> None:
    (user,) = people(store, 1)
    group = group_of(store, [])
    store.changes.commit(members_change(group, "first", added=(user,)))
    with pytest.raises(Collision):
        store.changes.commit(members_change(group, "second", added=(user,)))
    assert store.members.of(group) == (user,)


def test_somebody_who_is_gone_cannot_become_a_member(store: DirectoryTable) -> None:
    group = group_of(store, [])
    with pytest.raises(MemberGone):
        store.changes.commit(members_change(group, "join", added=(new_id("User", 9),)))
    assert store.members.of(group) == ()


def test_under_if_match_a_change_of_another_member_is_a_change_of_the_group(store: DirectoryTable) -> None:
    users = people(store, 2)
    group = group_of(store, [])
    store.changes.commit(members_change(group, "first", added=(users[0],)))
    with pytest.raises(VersionChanged):
        store.changes.commit(members_change(group, "second", added=(users[1],), exactly=True))


def test_a_deleted_user_is_gone_at_once_and_its_memberships_after_the_clean_up(store: DirectoryTable) -> None:
    users = people(store, 2)
    group = group_of(store, users)
    gone = store.heads.record(users[0])
    assert gone is not None
    store.changes.commit(Change(gone, None, CAUSE, "delete", 2))
    assert store.heads.record(gone.id) is None
    assert store.members.deleted() == {gone.id}
    assert store.work.unfinished() == (("gone", gone.id),)

    assert store.work.clean_up(gone.id, lambda: True)
    after = store.heads.record(group.id)
    assert after is not None
    assert store.members.of(after) == (users[1],)
    assert (after.members, after.version) == (1, group.version + 1)
    assert store.work.unfinished() == ()
    assert store.members.deleted() == frozenset()


def test_a_deleted_group_takes_its_cells_along_and_its_members_follow(store: DirectoryTable) -> None:
    users = people(store, 3)
    group = group_of(store, users)
    store.changes.commit(Change(group, None, CAUSE, "delete", 2))
    assert store.heads.record(group.id) is None
    with pytest.raises(Collision):
        store.changes.commit(members_change(group, "late", removed=(users[0],)))
    assert store.work.clean_up(group.id, lambda: True)
    assert store.members.groups_of(users).direct == dict.fromkeys(users, ())
    assert store.members.of(group) == ()


def test_a_clean_up_without_time_is_taken_up_again(store: DirectoryTable) -> None:
    users = people(store, 2)
    group_of(store, users)
    gone = store.heads.record(users[0])
    assert gone is not None
    store.changes.commit(Change(gone, None, CAUSE, "delete", 2))
    assert not store.work.clean_up(gone.id, lambda: False)
    assert store.work.unfinished() == (("gone", gone.id),)
    assert store.work.clean_up(gone.id, lambda: True)


def test_many_members_are_a_fact_before_they_are_applied(store: DirectoryTable) -> None:
    users = people(store, 60)
    group = group_of(store, [])
    committed = store.changes.commit(members_change(group, "many", added=tuple(users)))
    assert committed.version == group.version + 1
    assert committed.intent is not None
    assert store.members.of(committed) == tuple(users)
    assert store.members.users_with_groups([users[7]])[1].direct == {users[7]: (group.id,)}
    assert store.members.among([(group.id, users[3])]) == {(group.id, users[3])}
    with pytest.raises(IntentPending):
        store.changes.commit(members_change(group, "late", removed=(users[0],)))

    assert not store.work.roll_forward(group.id, lambda: False)
    assert store.work.roll_forward(group.id, lambda: True)
    applied = store.heads.record(group.id)
    assert applied is not None
    assert (applied.members, applied.version, applied.intent) == (60, committed.version, None)
    assert store.members.of(applied) == tuple(users)
    assert store.work.unfinished() == ()


def test_pages_follow_the_order_of_creation(store: DirectoryTable) -> None:
    users = people(store, 5)
    first = store.heads.page(["User"], Position(), 2)
    assert [each.id for each in first.records] == users[:2]
    assert first.next is not None
    rest = store.heads.page(["User"], first.next, 10)
    assert [each.id for each in rest.records] == users[2:]
    assert rest.next is None
    assert store.heads.skip(["User"], Position(), 3) == (Position(0, users[2]), 3)


def test_a_page_of_groups_comes_with_their_versions(store: DirectoryTable) -> None:
    users = people(store, 1)
    groups = [group_of(store, users, f"group{each}") for each in range(3)]
    page = store.heads.page(["User", "Group"], Position(), 10, cells=True)
    by_id = {each.id: each for each in page.records}
    assert [by_id[group.id] for group in groups] == groups


def test_a_bookmark_is_found_at_or_before_its_rank_until_it_expires(client: Any) -> None:
    clock = StoppedClock()
    store = open_directory(client, TABLE, ORGANIZATION, clock)
    store.bookmarks.set("U", "kid", 100, Position(0, "some id"))
    assert store.bookmarks.last("U", "kid", 100) == (100, Position(0, "some id"))
    assert store.bookmarks.last("U", "kid", 150) == (100, Position(0, "some id"))
    assert store.bookmarks.last("U", "kid", 99) is None
    assert store.bookmarks.last("U", "other kid", 100) is None
    clock.advance(hours=2)
    assert store.bookmarks.last("U", "kid", 100) is None
