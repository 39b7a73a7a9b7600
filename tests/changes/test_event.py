"""Telling changes: which event a change becomes, what it holds, and that nothing changed is nothing told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.changes.event import MEMBERS_PER_EVENT, Cause, ChangeEvent, UnreadableEventError, dump_change, load_change
from gangway.changes.tell import (
    change,
    identified,
    members_changed,
    resource_changed,
    resource_created,
    resource_deleted,
    resource_restored,
)

CAUSE = Cause("T0000001", actor="T0000001kid00001", request_id="req-1", time="2026-01-31T12:00:00.000Z")
ADA = {"userName": "ada", "externalId": "42", "active": True}
GROUP = "0199c0de-0000-7000-8000-0000000000aa"


def told(before: dict[str, Any], after: dict[str, Any]) -> ChangeEvent | None:
    return resource_changed(CAUSE, "User", "u1", 2, before, after)


def test_a_new_user_is_told_with_everything_but_secrets() -> None:
    event = resource_created(CAUSE, "User", "u1", 1, ADA | {"password": "hunter2"})

    assert (event.type, event.before, event.after, event.external_id) == ("user.created", None, ADA, "42")
    assert "hunter2" not in dump_change([event])


def test_a_change_of_nothing_but_a_secret_is_not_told() -> None:
    assert told(ADA, ADA | {"password": "hunter2"}) is None


def test_secrets_are_found_at_any_depth_by_their_path() -> None:
    badge = "urn:example:params:Badge"
    user = ADA | {badge: {"pin": "1234", "number": "7"}, "keys": [{"value": "k", "secret": "s"}]}

    event = resource_created(CAUSE, "User", "u1", 1, user, secret_attributes=[f"{badge}:pin", "keys.secret"])

    assert event.after == ADA | {badge: {"number": "7"}, "keys": [{"value": "k"}]}


def test_nothing_changed_is_nothing_told() -> None:
    assert told(ADA, dict(ADA)) is None
    assert members_changed(CAUSE, GROUP, 3) == ()
    assert change(None, ()) == ()


@pytest.mark.parametrize(
    ("was", "is_now", "event_type"),
    [
        ({"active": True}, {"active": False}, "user.deactivated"),
        ({}, {"active": False}, "user.deactivated"),
        ({"active": False}, {"active": True}, "user.reactivated"),
        ({"active": False}, {}, "user.reactivated"),
        ({"active": True}, {}, "user.updated"),
        ({"active": False, "title": "Ms"}, {"active": False}, "user.updated"),
    ],
)
def test_the_type_of_a_users_change_follows_active(
    was: dict[str, Any], is_now: dict[str, Any], event_type: str
) -> None:
    event = told({"userName": "ada"} | was, {"userName": "ada"} | is_now)

    assert event is not None
    assert event.type == event_type


def test_active_of_a_group_is_an_attribute_like_any_other() -> None:
    event = resource_changed(CAUSE, "Group", GROUP, 2, {"active": True}, {"active": False})

    assert event is not None
    assert event.type == "group.updated"


def test_a_deleted_user_is_told_with_the_last_state_and_a_returning_one_with_the_new() -> None:
    deleted = resource_deleted(CAUSE, "User", "u1", 5, ADA)
    restored = resource_restored(CAUSE, "User", "u1", 6, ADA)

    assert (deleted.type, deleted.before, deleted.after, deleted.external_id) == ("user.deleted", ADA, None, "42")
    assert (restored.type, restored.before, restored.after) == ("user.restored", None, ADA)


def test_the_external_id_is_the_one_after_the_change() -> None:
    event = told(ADA, ADA | {"externalId": "43"})

    assert event is not None
    assert event.external_id == "43"


@given(st.sets(st.integers(0, 3000)), st.sets(st.integers(3001, 6000)))
def test_many_members_are_told_in_events_of_bounded_size_that_lose_and_double_nobody(
    added: set[int], removed: set[int]
) -> None:
    events = members_changed(CAUSE, GROUP, 4, added=map(str, added), removed=map(str, removed))

    assert all(0 < len(e.members_added) + len(e.members_removed) <= MEMBERS_PER_EVENT for e in events)
    assert sorted(int(m) for e in events for m in e.members_added) == sorted(added)
    assert sorted(int(m) for e in events for m in e.members_removed) == sorted(removed)
    assert len({e.id for e in identified(events, f"{GROUP}.3", 7)}) == len(events)


def test_one_change_may_take_several_events_with_ids_of_their_own() -> None:
    renamed = resource_changed(CAUSE, "Group", GROUP, 4, {"displayName": "a"}, {"displayName": "b"})
    joined = members_changed(CAUSE, GROUP, 4, added=["u1"])

    events = identified(change(renamed, joined), f"{GROUP}.3", 7)

    assert [e.type for e in events] == ["group.updated", "group.members_changed"]
    assert [e.id for e in events] == [f"{GROUP}-3-7", f"{GROUP}-3-7-1"]


def test_events_of_different_resources_are_not_one_change() -> None:
    with pytest.raises(ValueError, match="one resource"):
        change(members_changed(CAUSE, GROUP, 4, added=["u1"]), members_changed(CAUSE, "g2", 4, added=["u1"]))


def test_events_come_back_from_json_as_they_were() -> None:
    told_of_group = change(
        resource_changed(CAUSE, "Group", GROUP, 4, {"displayName": "a"}, {"displayName": "é"}),
        members_changed(CAUSE, GROUP, 4, added=["u1"], removed=["u2"]),
    )
    events = identified(told_of_group, GROUP, 4)

    assert load_change(dump_change(events)) == events


@pytest.mark.parametrize("text", ["", "[", "[[]]", "[7]", "[null]", "[{}]", '[{"schemaVersion":1}]'])
def test_text_that_is_no_event_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UnreadableEventError, match="not a change event"):
        load_change(text)


@pytest.mark.parametrize("changed", [{"schemaVersion": 2}, {"type": "user.teleported"}])
def test_an_event_of_the_future_is_refused_rather_than_guessed_at(changed: dict[str, Any]) -> None:
    document = resource_created(CAUSE, "User", "u1", 1, ADA).to_document() | changed

    with pytest.raises(UnreadableEventError):
        ChangeEvent.from_document(document)
