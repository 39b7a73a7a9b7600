from __future__ import annotations

import pytest

from gangway.directory.identifiers import new_id
from gangway.scim.errors import InvalidValue, NotFound, PayloadTooLarge, PreconditionFailed, Uniqueness
from tests.support.directories import Desk
from tests.support.scim import Client, add_members, group_body, user_body


def events(desk: Desk) -> list[str]:
    """What the outbox tells, in order of the events' versions."""
    found = [item for item in desk.client.items() if item["k"]["S"] == "outbox"]
    return [item["e"]["S"] for item in found]


def test_a_created_user_comes_back_whole(users: Client) -> None:
    created = users.create(user_body("ada", name={"familyName": "Lovelace"}))
    meta = created["meta"]
    assert meta["resourceType"] == "User"
    assert meta["created"] == meta["lastModified"] == "2026-01-31T12:00:00.000Z"
    assert meta["version"] == 'W/"1"'
    assert meta["location"] == f"https://gangway.example/scim/v2/acme/Users/{created['id']}"
    answer = users.answer(created["id"])
    assert (answer.status, answer.body) == (200, created)
    assert (answer.etag, answer.location) == (meta["version"], meta["location"])


def test_a_user_name_is_taken_whatever_its_case(users: Client) -> None:
    users.create(user_body("ada"))
    with pytest.raises(Uniqueness):
        users.create(user_body("ADA"))
    assert users.search()["totalResults"] == 1


@pytest.mark.parametrize(
    "resource_id", ["0", "", "x" * 400, "00000000-0001-7c5d-a1dd-f02fb26b1000", "00000000-0001-7751-bd41-d5503ed77a80"]
)
def test_what_is_not_there_is_not_found(users: Client, resource_id: str) -> None:
    for attempt in (
        lambda: users.read(resource_id),
        lambda: users.replace(resource_id, user_body("ada")),
        lambda: users.patch(resource_id, {"op": "replace", "path": "active", "value": False}),
        lambda: users.delete(resource_id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_user_of_another_organization_costs_and_answers_the_same_as_nobody(users: Client, desk: Desk) -> None:
    foreign = Client(Desk(desk.client, "Org00002"), "User").create(user_body("ada"))["id"]
    calls = []
    for resource_id in (foreign, new_id("User", 1)):
        desk.client.forget_calls()
        with pytest.raises(NotFound):
            users.read(resource_id)
        calls.append(sorted(desk.client.calls, key=lambda call: call.operation))  # made at the same time
    assert calls[0] == calls[1]


def test_put_replaces_and_counts_the_version_up(users: Client, desk: Desk) -> None:
    created = users.create(user_body("ada", title="Countess"))
    desk.clock.advance(seconds=5)
    answer = users.replace(created["id"], user_body("ada", nickName="Ada"))
    assert answer.body is not None
    assert "title" not in answer.body
    assert answer.etag == 'W/"2"'
    assert answer.body["meta"]["created"] < answer.body["meta"]["lastModified"]


def test_a_change_that_changes_nothing_has_no_version_and_no_event(users: Client, desk: Desk) -> None:
    created = users.create(user_body("ada"))
    told = events(desk)
    answer = users.patch(created["id"], {"op": "replace", "path": "userName", "value": "ada"})
    assert (answer.status, answer.body) == (200, created)
    assert events(desk) == told


def test_deactivated_users_stay_readable_and_searchable(users: Client, desk: Desk) -> None:
    created = users.create(user_body("ada", active=True))
    users.patch(created["id"], {"op": "replace", "path": "active", "value": False})
    assert users.read(created["id"])["active"] is False
    assert users.found('userName eq "ada"') == [created["id"]]
    assert any("user.deactivated" in event for event in events(desk))
    users.patch(created["id"], {"op": "replace", "path": "active", "value": True})
    assert users.read(created["id"])["active"] is True
    assert any("user.reactivated" in event for event in events(desk))


@pytest.mark.row("REL-14")
def test_if_match_lets_one_of_two_changes_through(users: Client) -> None:
    created = users.create(user_body("ada"))
    seen = created["meta"]["version"]
    users.patch(created["id"], {"op": "add", "path": "title", "value": "Countess"}, if_match=seen)
    with pytest.raises(PreconditionFailed):
        users.patch(created["id"], {"op": "add", "path": "title", "value": "Lady"}, if_match=seen)
    with pytest.raises(PreconditionFailed):
        users.delete(created["id"], if_match=seen)
    users.delete(created["id"], if_match="*")


@pytest.mark.row("REL-15")
def test_if_none_match_answers_304_only_without_groups(users: Client, desk: Desk) -> None:
    created = users.create(user_body("ada"))
    seen = created["meta"]["version"]
    assert users.answer(created["id"], seen, excluded="groups").status == 304
    assert users.answer(created["id"], seen).status == 200
    assert users.answer(created["id"], 'W/"9"', excluded="groups").status == 200


def test_a_rename_moves_the_name_and_frees_the_old_one(users: Client) -> None:
    first = users.create(user_body("ada"))
    users.patch(first["id"], {"op": "replace", "path": "userName", "value": "lovelace"})
    assert users.found('userName eq "ada"') == []
    assert users.found('userName eq "LOVELACE"') == [first["id"]]
    second = users.create(user_body("ada"))
    with pytest.raises(Uniqueness):
        users.patch(second["id"], {"op": "replace", "path": "userName", "value": "lovelace"})


def test_a_deleted_user_is_gone_from_every_door(users: Client, desk: Desk) -> None:
    ada = users.create(user_body("ada", externalId="7", emails=[{"value": "a@example.com"}]))
    groups = Client(desk, "Group")
    group = groups.create(group_body("all", [ada["id"]]))
    assert users.delete(ada["id"]).status == 204
    with pytest.raises(NotFound):
        users.read(ada["id"])
    for text in ('userName eq "ada"', 'externalId eq "7"', 'emails eq "a@example.com"', f'id eq "{ada["id"]}"'):
        assert users.found(text) == []
    assert users.search()["totalResults"] == 0
    assert "members" not in groups.read(group["id"])
    with pytest.raises(NotFound):
        users.delete(ada["id"])


def test_the_same_person_gets_the_same_id_back_without_memberships(users: Client, desk: Desk) -> None:
    ada = users.create(user_body("ada", externalId="7"))
    groups = Client(desk, "Group")
    group = groups.create(group_body("all", [ada["id"]]))
    users.delete(ada["id"])
    returned = users.create(user_body("Ada", externalId="7"))
    assert returned["id"] == ada["id"]
    assert returned["meta"]["version"] == 'W/"3"'
    assert returned["meta"]["created"] == ada["meta"]["created"]
    assert "members" not in groups.read(group["id"])
    assert "groups" not in users.read(ada["id"])
    assert any("user.restored" in event for event in events(desk))


@pytest.mark.parametrize(("before", "after"), [("7", "8"), ("7", None), (None, "7"), (None, None)])
def test_anybody_else_gets_a_new_id(users: Client, before: str | None, after: str | None) -> None:
    ada = users.create(user_body("ada", **({"externalId": before} if before else {})))
    users.delete(ada["id"])
    returned = users.create(user_body("ada", **({"externalId": after} if after else {})))
    assert returned["id"] != ada["id"]
    assert users.found('userName eq "ada"') == [returned["id"]]


def test_nobody_returns_after_the_tombstone_has_expired(users: Client, desk: Desk) -> None:
    ada = users.create(user_body("ada", externalId="7"))
    users.delete(ada["id"])
    desk.clock.advance(days=31)
    assert users.create(user_body("ada", externalId="7"))["id"] != ada["id"]


def test_a_user_shows_its_groups_with_their_present_names(users: Client, desk: Desk) -> None:
    ada = users.create(user_body("ada"))
    groups = Client(desk, "Group")
    group = groups.create(group_body("all"))
    groups.patch(group["id"], add_members(ada["id"]))
    groups.patch(group["id"], {"op": "replace", "path": "displayName", "value": "Everybody"})
    shown = users.read(ada["id"])
    assert shown["groups"] == [
        {
            "value": group["id"],
            "$ref": f"https://gangway.example/scim/v2/acme/Groups/{group['id']}",
            "display": "Everybody",
            "type": "direct",
        }
    ]
    assert shown["meta"]["version"] == ada["meta"]["version"]


def test_required_attributes_of_the_organization_are_insisted_on(desk: Desk) -> None:
    users = Client(desk, "User", required_attributes=("emails",))
    with pytest.raises(InvalidValue, match="emails"):
        users.create(user_body("ada"))
    created = users.create(user_body("ada", emails=[{"value": "a@example.com"}]))
    with pytest.raises(InvalidValue, match="emails"):
        users.patch(created["id"], {"op": "remove", "path": "emails"})


def test_a_document_beyond_the_limit_is_refused(users: Client) -> None:
    with pytest.raises(PayloadTooLarge):
        users.create(user_body("ada", title="x" * 60_000))


def test_what_an_operation_costs(users: Client, desk: Desk) -> None:
    def calls() -> list[str]:
        made: list[str] = desk.client.operations()
        desk.client.forget_calls()
        return made

    ada = users.create(user_body("ada"))
    assert calls() == ["transact_write_items"]
    users.read(ada["id"], excluded="groups")
    assert calls() == ["get_item"]
    users.read(ada["id"])
    assert calls() == ["batch_get_item", "query"]
    users.patch(ada["id"], {"op": "add", "path": "title", "value": "Countess"}, excluded="groups")
    assert calls() == ["get_item", "transact_write_items"]
    users.found('userName eq "ada"', excluded_attributes=("groups",))
    assert calls() == ["get_item", "batch_get_item"]
