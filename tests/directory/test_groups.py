from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.directory.housekeeping import Housekeeper
from gangway.directory.identifiers import new_id
from gangway.scim.errors import InvalidValue, NotFound, PayloadTooLarge, PreconditionFailed, Uniqueness
from tests.support.directories import Desk
from tests.support.invariants import findings
from tests.support.scim import Client, add_members, group_body, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable


def people(users: Client, number: int) -> list[str]:
    return [users.create(user_body(f"user{each}"))["id"] for each in range(number)]


def members(group: dict[str, Any]) -> list[str]:
    return [each["value"] for each in group.get("members", ())]


class NoOrganizations:
    def ids_after(self, name: str, limit: int) -> list[tuple[str, str]]:
        return []

    def bookmark(self) -> str:
        return ""

    def set_bookmark(self, name: str) -> None:
        pass


def housekeeping(desk: Desk) -> None:
    tended = Housekeeper(lambda _id: desk.store, NoOrganizations(), lambda: 60_000).tend([desk.organization])
    assert tended.failures == {}
    assert tended.unfinished == []


def test_a_group_shows_its_members_with_their_names(users: Client, groups: Client) -> None:
    ada = users.create(user_body("ada", displayName="Ada Lovelace"))
    created = groups.create(group_body("all", [ada["id"]]))
    assert created["members"] == [
        {
            "value": ada["id"],
            "$ref": f"https://gangway.example/scim/v2/acme/Users/{ada['id']}",
            "type": "User",
            "display": "Ada Lovelace",
        }
    ]
    assert groups.read(created["id"]) == created


def test_members_are_known_by_their_ids_exactly_as_the_schema_says(users: Client, groups: Client) -> None:
    (ada,) = people(users, 1)
    group = groups.create(group_body("all", [ada]))
    assert groups.found(f'members.value eq "{ada}"') == [group["id"]]
    assert groups.found(f'members.value eq "{ada.upper()}"') == []
    groups.patch(group["id"], remove_member(ada.upper()))
    assert members(groups.read(group["id"])) == [ada]
    with pytest.raises(InvalidValue, match="cannot be found"):
        groups.patch(group["id"], add_members(ada.upper()))


def test_adding_and_removing_members_answers_204_and_moves_version_and_time(
    users: Client, groups: Client, desk: Desk
) -> None:
    ada, bob = people(users, 2)
    group = groups.create(group_body("all"))
    desk.clock.advance(seconds=1)
    answer = groups.patch(group["id"], add_members(ada, bob))
    assert (answer.status, answer.body) == (204, None)
    seen = groups.read(group["id"])
    assert sorted(members(seen)) == sorted([ada, bob])
    assert answer.etag == seen["meta"]["version"] != group["meta"]["version"]
    assert seen["meta"]["lastModified"] > group["meta"]["lastModified"]
    groups.patch(group["id"], remove_member(ada))
    assert members(groups.read(group["id"])) == [bob]


def test_repeating_what_is_so_is_no_change(users: Client, groups: Client) -> None:
    ada, bob = people(users, 2)
    group = groups.create(group_body("all", [ada]))
    for operation in (add_members(ada), remove_member(bob), remove_member(new_id("User", 1))):
        assert groups.patch(group["id"], operation).etag == group["meta"]["version"]


def test_attributes_bring_the_group_back(users: Client, groups: Client) -> None:
    (ada,) = people(users, 1)
    group = groups.create(group_body("all"))
    answer = groups.patch(group["id"], add_members(ada), attributes="members")
    assert answer.status == 200
    assert answer.body is not None
    assert members(answer.body) == [ada]


def test_put_without_members_leaves_them_and_an_empty_list_empties(users: Client, groups: Client) -> None:
    (ada,) = people(users, 1)
    group = groups.create(group_body("all", [ada]))
    renamed = groups.replace(group["id"], group_body("everybody")).body
    assert renamed is not None
    assert members(renamed) == [ada]
    emptied = groups.replace(group["id"], group_body("everybody", [])).body
    assert emptied is not None
    assert members(emptied) == []


def test_strangers_are_named_or_skipped_as_the_organization_wishes(users: Client, groups: Client, desk: Desk) -> None:
    (ada,) = people(users, 1)
    stranger = new_id("User", 1)
    group = groups.create(group_body("all"))
    with pytest.raises(InvalidValue, match=stranger):
        groups.patch(group["id"], add_members(ada, stranger))
    assert members(groups.read(group["id"])) == []

    skipped: list[int] = []
    tolerant = Client(desk, "Group", unknown_members="skip", skipped_members=skipped.append)
    tolerant.patch(group["id"], add_members(ada, stranger, "no id at all"))
    assert members(groups.read(group["id"])) == [ada]
    assert skipped == [2]


def test_groups_can_be_members_but_not_of_themselves(groups: Client) -> None:
    inner = groups.create(group_body("inner"))["id"]
    outer = groups.create(group_body("outer", [inner]))
    assert outer["members"][0]["type"] == "Group"
    with pytest.raises(InvalidValue):
        groups.patch(inner, add_members(inner))
    groups.delete(inner)
    assert members(groups.read(outer["id"])) == []


def test_groups_within_groups_show_whom_they_hold_indirectly(users: Client, groups: Client) -> None:
    (ada,) = people(users, 1)
    inner = groups.create(group_body("inner", [ada]))["id"]
    middle = groups.create(group_body("middle", [inner]))["id"]
    outer = groups.create(group_body("outer", [middle, inner]))["id"]
    groups.patch(inner, add_members(outer))  # round in a circle

    def shown(user: dict[str, Any]) -> list[tuple[str, str]]:
        return [(group["value"], group["type"]) for group in user.get("groups", ())]

    assert shown(users.read(ada))[0] == (inner, "direct")
    assert set(shown(users.read(ada))[1:]) == {(middle, "indirect"), (outer, "indirect")}
    (listed,) = users.search()["Resources"]
    assert shown(listed) == shown(users.read(ada))
    assert users.found(f'groups.value eq "{outer}"') == []
    groups.delete(middle)
    assert shown(users.read(ada)) == [(inner, "direct"), (outer, "indirect")]
    groups.delete(outer)
    assert shown(users.read(ada)) == [(inner, "direct")]


def test_too_many_indirect_groups_are_not_shown_by_halves(
    users: Client, groups: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = people(users, 1)
    inner = groups.create(group_body("inner", [ada]))["id"]
    for each in range(3):
        groups.create(group_body(f"outer {each}", [inner]))
    assert len(users.read(ada)["groups"]) == 4
    monkeypatch.setattr("gangway.directory.nesting.MAX_GROUPS", 3)
    assert [group["value"] for group in users.read(ada)["groups"]] == [inner]


def test_nobody_looks_for_nesting_where_nobody_nests(users: Client, groups: Client, desk: Desk) -> None:
    (ada,) = people(users, 1)
    groups.create(group_body("all", [ada]))
    desk.client.forget_calls()
    users.read(ada)
    assert sorted(desk.client.operations()) == ["batch_get_item", "batch_get_item", "query"]


def test_the_number_of_a_groups_users_leaves_out_groups_and_those_just_deleted(
    users: Client, groups: Client, desk: Desk
) -> None:
    ids = sorted(people(users, 5))
    inner = groups.create(group_body("inner"))["id"]
    group = groups.create(group_body("all", [*ids, inner]))["id"]
    text = f'groups.value eq "{group}"'
    users.delete(ids[0])
    groups.delete(inner)
    for _each in range(2):
        assert users.search(filter=text, count=2)["totalResults"] == 4
        assert len(users.found(text)) == 4
        assert [each["id"] for each in users.search(filter=text, start_index=4)["Resources"]] == [ids[4]]
        housekeeping(desk)


def test_a_jump_among_a_groups_users_does_not_count_groups(users: Client, groups: Client) -> None:
    first = groups.create(group_body("first"))["id"]
    ids = people(users, 6)
    last = groups.create(group_body("last"))["id"]
    group = groups.create(group_body("all", [first, *ids, last]))["id"]
    page = users.search(filter=f'groups.value eq "{group}"', start_index=4)
    assert [each["id"] for each in page["Resources"]] == sorted(ids)[3:]


def test_members_beyond_what_one_change_may_hold_are_refused(
    users: Client, groups: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gangway.directory.groups.MAX_CHANGED", 3)
    ids = people(users, 4)
    group = groups.create(group_body("all", ids[:3]))["id"]
    with pytest.raises(PayloadTooLarge):
        groups.replace(group, group_body("all", ids[3:]))
    groups.patch(group, add_members(ids[3]))


def test_two_groups_cannot_share_a_name_unless_twins_are_allowed(groups: Client, desk: Desk) -> None:
    groups.create(group_body("all"))
    with pytest.raises(Uniqueness):
        groups.create(group_body("ALL"))
    lenient = Client(Desk(desk.client, "Org00002"), "Group", unique_group_names=False)
    twins = {lenient.create(group_body("all"))["id"] for _each in range(2)}
    assert set(lenient.found('displayName eq "all"')) == twins


def test_if_match_on_a_group_covers_its_members(users: Client, groups: Client) -> None:
    ada, bob = people(users, 2)
    group = groups.create(group_body("all"))
    seen = group["meta"]["version"]
    groups.patch(group["id"], add_members(ada), if_match=seen)
    attempts: list[Callable[[], object]] = [
        lambda: groups.patch(group["id"], add_members(bob), if_match=seen),
        lambda: groups.replace(group["id"], group_body("everybody"), if_match=seen),
        lambda: groups.delete(group["id"], if_match=seen),
    ]
    for attempt in attempts:
        with pytest.raises(PreconditionFailed):
            attempt()
    assert members(groups.read(group["id"])) == [ada]


def test_a_deleted_group_is_gone_from_its_members_at_once(users: Client, groups: Client, desk: Desk) -> None:
    (ada,) = people(users, 1)
    group = groups.create(group_body("all", [ada]))
    groups.delete(group["id"])
    assert "groups" not in users.read(ada)
    assert groups.found(f'members eq "{ada}"') == []
    with pytest.raises(NotFound):
        groups.patch(group["id"], add_members(ada))
    housekeeping(desk)
    kinds = {item["k"]["S"] for item in desk.client.items()}
    assert kinds.isdisjoint({"member", "mirror", "version", "group", "work"})


@pytest.mark.row("GRP-11")
def test_one_member_costs_the_same_whatever_the_size(users: Client, groups: Client, desk: Desk) -> None:
    costs = []
    for size in (0, 300):
        everybody = people_of(desk, size)
        group = groups.create(group_body(f"group of {size}", everybody))
        housekeeping(desk)
        newcomer = users.create(user_body(f"newcomer to {size}"))["id"]
        desk.client.forget_calls()
        groups.patch(group["id"], add_members(newcomer))
        costs.append([(call.operation, call.read, call.write) for call in desk.client.calls])
    assert costs[0] == costs[1]
    assert [operation for operation, _read, _write in costs[0]] == ["batch_get_item", "transact_write_items"]


def people_of(desk: Desk, number: int) -> list[str]:
    users = Client(desk, "User")
    return [users.create(user_body(f"one of {number}: {each}"))["id"] for each in range(number)]


def test_a_list_of_many_members_is_a_fact_at_once_and_stays_one(users: Client, groups: Client, desk: Desk) -> None:
    everybody = people(users, 260)
    group = groups.create(group_body("all"))
    answer = groups.patch(group["id"], add_members(*everybody))
    assert answer.status == 204

    def check() -> None:
        seen = groups.read(group["id"])
        assert sorted(members(seen)) == sorted(everybody)
        assert seen["meta"]["version"] == answer.etag
        assert [each["value"] for each in users.read(everybody[9])["groups"]] == [group["id"]]
        assert groups.found(f'id eq "{group["id"]}" and members eq "{everybody[7]}"') == [group["id"]]
        page = users.search(filter=f'groups.value eq "{group["id"]}"', count=100)
        assert len(page["Resources"]) == 100

    check()
    housekeeping(desk)
    check()
    assert users.search(filter=f'groups.value eq "{group["id"]}"', count=0)["totalResults"] == 260
    told = [item["e"]["S"] for item in desk.client.items() if item["k"]["S"] == "outbox"]
    assert all(sum(member in event for event in told) >= 1 for member in everybody)


def test_the_next_writer_applies_what_is_pending_first(users: Client, groups: Client) -> None:
    everybody = people(users, 60)
    group = groups.create(group_body("all", everybody[:50]))
    groups.patch(group["id"], remove_member(everybody[0]))
    assert sorted(members(groups.read(group["id"]))) == sorted(everybody[1:50])
    groups.replace(group["id"], group_body("all", everybody[40:]))
    groups.patch(group["id"], add_members(everybody[0]))
    assert sorted(members(groups.read(group["id"]))) == sorted([everybody[0], *everybody[40:]])


def test_a_group_too_large_to_show_comes_without_members_who_can_be_paged_through(
    users: Client, groups: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gangway.directory.representation.MAX_MEMBERS", 5)
    everybody = people(users, 6)
    group = groups.create(group_body("all", everybody))
    housekeeping(desk)
    shown = groups.read(group["id"])
    assert shown == groups.read(group["id"], excluded="members")
    of_group = users.search(filter=f'groups.value eq "{group["id"]}"', count=4)
    assert (of_group["totalResults"], len(of_group["Resources"])) == (6, 4)


@pytest.mark.row("ATT-15", "GRP-11")
def test_members_that_are_not_asked_for_are_not_read(users: Client, groups: Client, desk: Desk) -> None:
    group = groups.create(group_body("all", people(users, 3)))
    desk.client.forget_calls()
    groups.read(group["id"], excluded="members")
    assert desk.client.operations() == ["batch_get_item"]
    desk.client.forget_calls()
    groups.search(excluded_attributes=("members",))
    assert desk.client.operations() == ["query", "query", "query"]


def test_304_is_true_only_without_names(users: Client, groups: Client) -> None:
    group = groups.create(group_body("all", people(users, 1)))
    seen = group["meta"]["version"]
    assert groups.answer(group["id"], seen).status == 200
    assert groups.answer(group["id"], seen, excluded="members").status == 304
    assert groups.answer(group["id"], seen, attributes="members.value").status == 304


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "put", "delete user"]), st.sets(st.integers(0, 44), max_size=45)),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(operations=OPERATIONS, tidy=st.sets(st.integers(0, 8)))
def test_any_sequence_of_member_changes_leaves_what_a_set_would_hold(
    operations: list[tuple[str, set[int]]], tidy: set[int]
) -> None:
    desk = Desk()
    users, groups = Client(desk, "User"), Client(desk, "Group")
    ids = people(users, 45)
    group = groups.create(group_body("all"))["id"]
    alive, model = set(ids), set[str]()
    for step, (what, numbers) in enumerate(operations):
        chosen = {ids[number] for number in numbers} & alive
        if what == "add" and chosen:
            groups.patch(group, add_members(*chosen))
            model |= chosen
        elif what == "remove" and chosen:
            groups.patch(group, *(remove_member(member) for member in chosen))
            model -= chosen
        elif what == "put":
            groups.replace(group, group_body("all", sorted(chosen)))
            model = chosen
        elif what == "delete user" and chosen:
            gone = min(chosen)
            users.delete(gone)
            alive.discard(gone)
            model.discard(gone)
        if step in tidy:
            housekeeping(desk)
        assert set(members(groups.read(group))) == model
        assert findings(desk.client, desk.organization) == []
    housekeeping(desk)
    assert set(members(groups.read(group))) == model
    assert findings(desk.client, desk.organization, settled=True) == []
