from __future__ import annotations

import random
from typing import Any

import pytest

from gangway.scim.errors import ExpiredCursor, InvalidCount, InvalidCursor, InvalidFilter, TooMany
from gangway.scim.messages import SearchRequest
from tests.support.directories import Desk
from tests.support.scim import Client, group_body, user_body


def people(users: Client, number: int) -> list[str]:
    return [
        users.create(user_body(f"user{each:04d}", active=bool(each % 2), title=f"title {each % 3}"))["id"]
        for each in range(number)
    ]


def names(page: dict[str, Any]) -> list[str]:
    return [each["userName"] for each in page["Resources"]]


def walk(users: Client, count: int, between: Any = None, **request: Any) -> list[str]:
    """All names that a client sees who asks page after page by offset, and stops after totalResults."""
    seen: list[str] = []
    total = 1
    while len(seen) < total:
        page = users.search(start_index=len(seen) + 1, count=count, **request)
        assert page["itemsPerPage"] == len(page["Resources"])
        if not page["Resources"]:
            break
        seen += names(page)
        total = page["totalResults"]
        if between:
            between()
    return seen


def cursor_walk(users: Client, count: int, **request: Any) -> list[str]:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = users.search(cursor=cursor, count=count, **request)
        seen += names(page)
        cursor = page.get("nextCursor")
    return seen


def test_a_search_without_a_hit_is_an_empty_list(users: Client) -> None:
    found = users.search(filter='userName eq "nobody"')
    assert (found["totalResults"], found["Resources"]) == (0, [])


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ADA"',
        'externalId eq "7"',
        'emails eq "ada@example.com"',
        'emails.value eq "ADA@example.com"',
        'emails[type eq "work" and value eq "ada@example.com"]',
        'displayName eq "ada lovelace"',
        'userName eq "ada" and active eq true',
        'title co "unt" and userName eq "ada"',
        'title sw "Count"',
    ],
)
def test_people_are_found(users: Client, text: str) -> None:
    ada = users.create(
        user_body(
            "ada",
            externalId="7",
            displayName="Ada Lovelace",
            title="Countess",
            active=True,
            emails=[{"value": "ada@example.com", "type": "work"}],
        )
    )
    users.create(user_body("bob", externalId="8", displayName="Bob", title="Sir", active=False))
    assert users.found(text) == [ada["id"]]
    assert users.found(f'id eq "{ada["id"]}" and {text}') == [ada["id"]]
    assert users.found(f"not ({text})") != [ada["id"]]


def test_external_ids_compare_by_case(users: Client) -> None:
    users.create(user_body("ada", externalId="Seven"))
    assert users.found('externalId eq "seven"') == []


def test_memberships_are_found_by_key(users: Client, groups: Client, desk: Desk) -> None:
    ada, bob = people(users, 2)
    both = groups.create(group_body("both", [ada, bob]))["id"]
    one = groups.create(group_body("one", [ada]))["id"]
    desk.client.forget_calls()
    assert sorted(groups.found(f'members eq "{ada}"', excluded_attributes=("members",))) == sorted([both, one])
    assert "query count" not in desk.client.operations()
    assert groups.found(f'members[value eq "{bob}"]') == [both]
    assert groups.found(f'id eq "{one}" and members eq "{bob}"') == []
    assert groups.found(f'displayName eq "one" and members.value eq "{ada}"') == [one]
    assert users.found(f'groups.value eq "{one}"') == [ada]
    assert sorted(users.found(f'groups.value eq "{both}"')) == sorted([ada, bob])
    assert users.found(f'groups.value eq "{both}" and userName eq "user0001"') == [bob]
    assert users.found(f'groups.value eq "{both}" and active eq true') == [bob]
    assert users.found('groups.display eq "one"') == [ada]
    assert groups.found(f'members.value eq "{ada}" and not (members.value eq "{bob}")') == [one]


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 35])
def test_a_walk_sees_everybody_once_in_order_of_creation(users: Client, size: int) -> None:
    people(users, size)
    expected = [f"user{each:04d}" for each in range(size)]
    assert sorted(walk(users, 10)) == expected
    assert sorted(cursor_walk(users, 10)) == expected
    assert sorted(walk(users, 10, filter="title pr")) == expected
    assert sorted(cursor_walk(users, 10, filter="title pr")) == expected
    assert walk(users, 10, sort_by="userName") == expected
    assert cursor_walk(users, 10, sort_by="userName", sort_order="descending") == expected[::-1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.row("REL-19")
def test_a_walk_loses_nobody_while_others_are_deleted_and_created(users: Client, desk: Desk, seed: int) -> None:
    ids = people(users, 120)
    chance = random.Random(seed)
    victims = chance.sample(ids, 30)
    gone: set[str] = set()

    def change() -> None:
        for _each in range(3):
            if victims:
                gone.add(users.read(victims[-1])["userName"])
                users.delete(victims.pop())
        users.create(user_body(f"newcomer {chance.random()}"))

    seen = walk(users, 10, change)
    stayed = {f"user{each:04d}" for each in range(120)} - gone
    assert stayed <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("way", [walk, cursor_walk])
def test_nobody_who_matches_is_lost_when_others_are_deleted_between_pages(users: Client, way: Any) -> None:
    ids = people(users, 30)

    class Deleting(Client):
        def search(self, **request: Any) -> dict[str, Any]:
            page = super().search(**request)
            users.delete(ids.pop(0))
            return page

    seen = way(Deleting(users._desk, "User"), 4, filter="title pr")
    assert {f"user{each:04d}" for each in range(10, 30)} <= set(seen)
    assert len(seen) == len(set(seen))


def test_sorted_results_are_paged_by_rank(users: Client) -> None:
    people(users, 7)
    expected = [f"user{each:04d}" for each in range(6, -1, -1)]
    request = {"sort_by": "userName", "sort_order": "descending"}
    assert walk(users, 3, **request) == expected
    assert cursor_walk(users, 3, **request) == expected


def test_two_walkers_do_not_disturb_each_other(users: Client, desk: Desk) -> None:
    people(users, 40)
    other = Client(desk, "User", actor=f"{desk.organization}kid00002")
    first = walk(users, 7, lambda: walk(other, 11))
    assert len(first) == len(set(first)) == 40


def test_a_jump_to_the_middle_finds_its_place(users: Client) -> None:
    people(users, 25)
    everybody = cursor_walk(users, 100)
    assert names(users.search(start_index=21, count=10)) == everybody[20:]
    assert names(users.search(start_index=400, count=10)) == []
    assert users.search(start_index=400, count=10)["totalResults"] == 25


def test_a_walk_is_linear(users: Client, desk: Desk) -> None:
    people(users, 60)
    desk.client.forget_calls()
    walk(users, 10, excluded_attributes=("groups",))
    first, others = 3, 4
    assert len(desk.client.calls) == first + 5 * others - 1
    assert "query count" not in desk.client.operations()


def test_a_page_by_cursor_is_one_read(users: Client, desk: Desk) -> None:
    people(users, 30)
    first = users.search(cursor="", count=10, excluded_attributes=("groups",))
    desk.client.forget_calls()
    second = users.search(cursor=first["nextCursor"], count=10, excluded_attributes=("groups",))
    assert desk.client.operations() == ["query"]
    assert (second["totalResults"], second["itemsPerPage"]) == (30, 10)
    assert "startIndex" not in second


def test_count_zero_tells_only_the_number(users: Client) -> None:
    people(users, 3)
    for request in ({}, {"cursor": ""}, {"filter": "title pr"}):
        page = users.search(count=0, **request)
        assert (page["totalResults"], page["Resources"]) == (3, [])


def test_no_page_is_longer_than_a_hundred(users: Client) -> None:
    people(users, 101)
    assert users.search(count=1000)["itemsPerPage"] == 100
    assert users.search()["itemsPerPage"] == 100


def test_a_cursor_is_worth_nothing_to_others_and_for_other_questions(users: Client, desk: Desk) -> None:
    people(users, 20)
    cursor = users.search(cursor="", count=10)["nextCursor"]
    strangers = [
        Client(desk, "User", actor="somebody else"),
        Client(Desk(desk.client, "Org00002"), "User"),
        Client(desk, "User", cursor_key=b"another key"),
        Client(desk, "Group"),
    ]
    for stranger in strangers:
        with pytest.raises(InvalidCursor):
            stranger.search(cursor=cursor, count=10)
    for request in ({"filter": "title pr"}, {"sort_by": "userName"}):
        with pytest.raises(InvalidCursor):
            users.search(cursor=cursor, count=10, **request)
    for nonsense in ("x", "ä", cursor[:-2], cursor + "AA", "A" * 5000):
        with pytest.raises(InvalidCursor):
            users.search(cursor=nonsense, count=10)
    with pytest.raises(InvalidCount):
        users.search(cursor=cursor, count=11)
    desk.clock.advance(hours=2)
    with pytest.raises(ExpiredCursor):
        users.search(cursor=cursor, count=10)


def test_an_empty_filter_is_none_and_never_means_everybody(users: Client) -> None:
    people(users, 2)
    with pytest.raises(InvalidFilter):
        users.search(filter="")


def test_too_much_to_look_at_is_said_to_be_too_much(users: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    people(users, 5)
    monkeypatch.setattr("gangway.directory.evaluation.MAX_EVALUATED", 4)
    with pytest.raises(TooMany):
        users.search(filter="title pr")
    with pytest.raises(TooMany):
        users.search(sort_by="userName")
    assert len(users.found('userName eq "user0001" and title pr')) == 1


def test_a_page_ends_early_when_its_members_exceed_the_budget(
    users: Client, groups: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = people(users, 4)
    made = [groups.create(group_body(f"group {each}", everybody))["id"] for each in range(3)]
    monkeypatch.setattr("gangway.directory.listing.MEMBER_BUDGET", 9)
    first = groups.search()
    assert (first["totalResults"], first["itemsPerPage"]) == (3, 2)
    second = groups.search(start_index=3)
    shown = [each["id"] for each in first["Resources"] + second["Resources"]]
    assert sorted(shown) == sorted(made)
    assert all(len(each["members"]) == 4 for each in first["Resources"])
    by_cursor = groups.search(cursor="")
    assert by_cursor["itemsPerPage"] == 2
    rest = groups.search(cursor=by_cursor["nextCursor"])
    assert (rest["itemsPerPage"], "nextCursor" in rest) == (1, False)


def test_the_root_searches_users_and_groups(users: Client, groups: Client, desk: Desk) -> None:
    (ada,) = people(users, 1)
    group = groups.create(group_body("all", [ada]))
    directory = desk.directory()
    both = directory.search(SearchRequest())
    assert [each["id"] for each in both["Resources"]] == [ada, group["id"]]
    assert both["totalResults"] == 2
    only = desk.directory().search(SearchRequest(filter='meta.resourceType eq "Group"'))
    assert [each["id"] for each in only["Resources"]] == [group["id"]]
    named = desk.directory().search(SearchRequest(filter='displayName eq "all"'))
    assert [each["id"] for each in named["Resources"]] == [group["id"]]
