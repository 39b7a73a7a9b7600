"""Paging by cursor (RFC 9865)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.standards.scene import SEARCH, Client, Server, scim_type

row = pytest.mark.row


@pytest.fixture
def people(acme: Client) -> Client:
    for number in range(5):
        acme.user(f"u{number}", title="abcde"[4 - number])
    return acme


def walk(client: Client, **query: Any) -> list[dict[str, Any]]:
    pages, cursor = [], ""
    while True:
        page: dict[str, Any] = client.get("/Users", cursor=cursor, **query).json()
        pages.append(page)
        if "nextCursor" not in page:
            return pages
        cursor = page["nextCursor"]


def names(pages: list[dict[str, Any]]) -> list[str]:
    return [each["userName"] for page in pages for each in page["Resources"]]


@row("CUR-01", "CUR-02", "CUR-03", "CUR-04", "CUR-07", "CUR-08")
@pytest.mark.parametrize("query", [{}, {"filter": "userName pr"}, {"sortBy": "userName"}])
def test_given_a_walk_then_every_page_but_the_last_names_the_next(people: Client, query: dict[str, str]) -> None:
    pages = walk(people, count=2, **query)
    assert names(pages) == [f"u{number}" for number in range(5)]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1]
    assert {page["totalResults"] for page in pages} == {5}
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", page["nextCursor"]) for page in pages[:-1])
    assert not any({"previousCursor", "startIndex"} & page.keys() for page in pages)


@row("CUR-01")
@pytest.mark.parametrize("query", ["?cursor", "?cursor=", "?count=2&cursor="])
def test_given_a_cursor_without_a_value_then_a_walk_begins(people: Client, query: str) -> None:
    assert "startIndex" not in people.send("GET", f"/Users{query}").json()


@row("CUR-05")
@pytest.mark.parametrize("count", [0, -3])
def test_given_count_zero_or_less_then_only_the_number(people: Client, count: int) -> None:
    page = people.get("/Users", cursor="", count=count).json()
    assert (page["totalResults"], page["Resources"]) == (5, [])
    assert "nextCursor" not in page


@row("CUR-06", "CUR-09", "CUR-10", "CUR-18", "ERR-05")
def test_given_another_question_or_a_forged_cursor_then_invalid_cursor(people: Client) -> None:
    cursor = people.get("/Users", cursor="", count=2).json()["nextCursor"]
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for query in ({"filter": "title pr"}, {"sortBy": "title"}, {"attributes": "userName"}):
        assert scim_type(people.get("/Users", cursor=cursor, count=2, **query)) == "invalidCursor"
    for forged in ("garbage", flipped, cursor[:-1], cursor * 2):
        assert scim_type(people.get("/Users", cursor=forged, count=2)) == "invalidCursor"
    assert scim_type(people.get("/Users", cursor=cursor, count=3)) == "invalidCount"
    assert scim_type(people.get("/Groups", cursor=cursor, count=2)) == "invalidCursor"


@row("CUR-09", "CUR-16", "ERR-05")
def test_given_a_cursor_older_than_advertised_then_expired_cursor(server: Server, people: Client) -> None:
    timeout = people.get("/ServiceProviderConfig").json()["pagination"]["cursorTimeout"]
    cursor = people.get("/Users", cursor="", count=2).json()["nextCursor"]
    server.account.advance(seconds=timeout - 1)
    assert people.get("/Users", cursor=cursor, count=2).status == 200
    server.account.advance(seconds=2)
    assert scim_type(people.get("/Users", cursor=cursor, count=2)) == "expiredCursor"


@row("CUR-10", "CUR-16")
def test_given_a_count_above_the_page_size_then_it_is_capped(people: Client) -> None:
    limit = people.get("/ServiceProviderConfig").json()["pagination"]["maxPageSize"]
    assert people.get("/Users", cursor="", count=limit + 1).json()["itemsPerPage"] == 5


@row("CUR-11")
def test_given_cursor_and_start_index_then_invalid_value(people: Client) -> None:
    assert scim_type(people.get("/Users", cursor="", startIndex=1)) == "invalidValue"


@row("CUR-12")
@pytest.mark.parametrize(("order", "expected"), [("ascending", "u4 u3 u2 u1 u0"), ("descending", "u0 u1 u2 u3 u4")])
def test_given_an_order_then_pages_follow_it(people: Client, order: str, expected: str) -> None:
    assert names(walk(people, count=2, sortBy="title", sortOrder=order)) == expected.split()


@row("CUR-13", "CUR-14", "CUR-16", "DIS-26")
def test_given_no_cursor_then_paging_is_by_index_as_advertised(people: Client) -> None:
    assert people.get("/ServiceProviderConfig").json()["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 100,
        "cursorTimeout": 3600,
    }
    page = people.get("/Users", count=2).json()
    assert page["startIndex"] == 1
    assert "nextCursor" not in page


@row("CUR-15", "CUR-01")
def test_given_a_walk_by_post_then_it_is_that_by_get(people: Client) -> None:
    walked, cursor = [], ""
    while cursor is not None:
        page = people.send("POST", "/Users/.search", {"schemas": [SEARCH], "cursor": cursor, "count": 2}).json()
        walked.append(page)
        cursor = page.get("nextCursor")
    assert names(walked) == names(walk(people, count=2))


@row("CUR-17", "CUR-19", "TEN-05")
def test_given_a_cursor_of_somebody_else_then_the_answer_is_that_for_garbage(people: Client, strict: Client) -> None:
    cursor = people.get("/Users", cursor="", count=2).json()["nextCursor"]
    foreign = strict.get("/Users", cursor=cursor, count=2)
    assert scim_type(foreign) == "invalidCursor"
    assert foreign.anonymous() == strict.get("/Users", cursor="garbage", count=2).anonymous()


@row("CUR-17", "CUR-18")
def test_given_a_revoked_token_then_its_cursor_opens_nothing(server: Server, people: Client) -> None:
    cursor = people.get("/Users", cursor="", count=2).json()["nextCursor"]
    (token,) = server.administer("GET", "/orgs/acme/tokens").json()["tokens"]
    assert server.administer("POST", f"/orgs/acme/tokens/{token['keyId']}/revoke").status == 200
    assert people.get("/Users", cursor=cursor, count=2).status == 401


@row("CUR-20")
def test_given_many_cursors_then_none_of_them_is_kept_anywhere(server: Server, people: Client) -> None:
    people.get("/Users", cursor="", count=2)
    before = len(list(server.account.dynamodb.items()))
    for _ in range(100):
        people.get("/Users", cursor="", count=2)
    assert len(list(server.account.dynamodb.items())) == before


@row("CUR-21")
@pytest.mark.parametrize("query", [{}, {"filter": "userName pr"}])
def test_given_resources_that_come_and_go_then_no_survivor_is_skipped_or_repeated(
    people: Client, query: dict[str, str]
) -> None:
    first = people.get("/Users", cursor="", count=2, **query).json()
    for gone in first["Resources"]:
        assert people.send("DELETE", people.path(gone)).status == 204
    people.user("v9")
    rest, cursor = [], first["nextCursor"]
    while cursor:
        page = people.get("/Users", cursor=cursor, count=2, **query).json()
        rest += [each["userName"] for each in page["Resources"]]
        cursor = page.get("nextCursor")
    assert [name for name in rest if name != "v9"] == ["u2", "u3", "u4"]
