"""Sorting, paging by index and search by POST (RFC 7644 sections 3.4.2.3, 3.4.2.4 and 3.4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import ENTERPRISE, ERROR, LAB, LIST, SEARCH, Client, scim_type

row = pytest.mark.row


def sorted_by(client: Client, sort_by: str, **more: Any) -> list[str]:
    answer = client.get("/Users", sortBy=sort_by, **more)
    assert answer.status == 200, answer.text
    return [each["userName"] for each in answer.json()["Resources"]]


@pytest.fixture
def people(acme: Client) -> Client:
    acme.user("B", title="x", emails=[{"value": "z@x"}, {"value": "a@x", "primary": True}], **{LAB: {"loginCount": 9}})
    acme.user("a", name={"givenName": "Zoe"}, emails=[{"value": "c@x"}, {"value": "a@x"}])
    acme.user("C", name={"givenName": "ann"}, **{LAB: {"loginCount": 30}, ENTERPRISE: {"employeeNumber": "1"}})
    return acme


@row("SRT-01", "SRT-02", "SRT-04")
def test_given_sort_by_then_ascending_without_case_unless_said_otherwise(people: Client) -> None:
    assert sorted_by(people, "userName") == sorted_by(people, "userName", sortOrder="ascending") == ["a", "B", "C"]
    assert sorted_by(people, "userName", sortOrder="DESCENDING") == ["C", "B", "a"]


@row("SRT-03", "SRT-06", "SRT-10")
@pytest.mark.parametrize(
    "query", [{"sortBy": "userName", "sortOrder": "up"}, {"sortBy": "name"}, {"sortBy": "password"}, {"sortBy": "foo"}]
)
def test_given_an_order_without_sense_then_invalid_value(people: Client, query: dict[str, str]) -> None:
    assert scim_type(people.get("/Users", **query)) == "invalidValue"


@row("SRT-04", "SRT-07")
def test_given_numbers_and_missing_values_then_by_size_and_missing_last_or_first(people: Client) -> None:
    assert sorted_by(people, f"{LAB}:loginCount") == ["B", "C", "a"]
    assert sorted_by(people, f"{LAB}:loginCount", sortOrder="descending") == ["a", "C", "B"]


@row("SRT-05")
def test_given_several_values_then_the_primary_else_the_first_counts(people: Client) -> None:
    assert sorted_by(people, "emails") == sorted_by(people, "emails.value") == ["B", "a", "C"]


@row("SRT-06", "SRT-08")
def test_given_sub_attributes_and_urns_in_any_case_then_they_are_understood(people: Client) -> None:
    assert sorted_by(people, "NAME.givenName") == ["C", "a", "B"]
    assert sorted_by(people, f"{ENTERPRISE.upper()}:EMPLOYEENUMBER")[0] == "C"


@row("SRT-09", "PAG-10")
@pytest.mark.parametrize("count", [1, 2, 7, 100])
@pytest.mark.parametrize("query", [{}, {"sortBy": "title"}, {"filter": "userName pr"}])
def test_given_equal_keys_then_pages_neither_overlap_nor_skip(acme: Client, count: int, query: dict[str, str]) -> None:
    names = [acme.user(f"u{number}")["userName"] for number in range(9)]
    walked: list[str] = []
    while len(walked) < len(names):
        page = acme.get("/Users", startIndex=len(walked) + 1, count=count, **query).json()["Resources"]
        assert page
        walked += [each["userName"] for each in page]
    assert sorted(walked) == names


@row("PAG-01", "PAG-02", "PAG-03", "PAG-04", "PAG-05", "PAG-06", "PAG-07", "PAG-08", "PAG-11")
@pytest.mark.parametrize(
    ("query", "total", "start", "items"),
    [
        ({"startIndex": "0"}, 5, 1, 5),
        ({"startIndex": "-5", "count": "2"}, 5, 1, 2),
        ({"count": "-1"}, 5, 1, 0),
        ({"count": "0"}, 5, 1, 0),
        ({"count": "0", "filter": 'userName sw "u1"'}, 1, 1, 0),
        ({"count": "1", "filter": "userName pr"}, 5, 1, 1),
        ({"count": "2", "startIndex": "5"}, 5, 5, 1),
        ({"startIndex": "9999"}, 5, 9999, 0),
        ({"count": "100000"}, 5, 1, 5),
        ({"startIndex": "2", "count": "2", "sortBy": "userName"}, 5, 2, 2),
    ],
)
def test_given_start_and_count_then_numbers_are_those_of_the_rfc(
    acme: Client, query: dict[str, str], total: int, start: int, items: int
) -> None:
    for number in range(5):
        acme.user(f"u{number}")
    page = acme.get("/Users", **query).json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (total, start, items)
    assert len(page["Resources"]) == items


@row("PAG-08", "DIS-05")
def test_given_more_resources_than_max_results_then_a_page_has_no_more(acme: Client) -> None:
    limit = acme.get("/ServiceProviderConfig").json()["filter"]["maxResults"]
    for number in range(limit + 1):
        acme.user(f"u{number}")
    page = acme.get("/Users", count=limit + 1).json()
    assert (page["totalResults"], page["itemsPerPage"], limit) == (limit + 1, limit, 100)


@row("PAG-09")
@pytest.mark.parametrize("query", [{"count": "abc"}, {"startIndex": "1.5"}, {"count": ""}])
def test_given_a_number_that_is_none_then_invalid_value(acme: Client, query: dict[str, str]) -> None:
    assert scim_type(acme.get("/Users", **query)) == "invalidValue"


@row("SEA-01", "SEA-02", "SEA-03")
@pytest.mark.parametrize("endpoint", ["/Users", "/Groups", ""])
def test_given_all_parameters_in_a_body_then_the_answer_is_that_of_get(people: Client, endpoint: str) -> None:
    people.group("crew")
    searched = people.send(
        "POST",
        f"{endpoint}/.search",
        {
            "schemas": [SEARCH],
            "attributes": ["userName", "displayName"],
            "filter": "meta.created pr",
            "sortBy": "id" if not endpoint else "meta.created",
            "sortOrder": "descending",
            "startIndex": 1,
            "count": 2,
        },
    )
    got = people.get(
        endpoint or "/",
        attributes="userName,displayName",
        filter="meta.created pr",
        sortBy="id" if not endpoint else "meta.created",
        sortOrder="descending",
        startIndex=1,
        count=2,
    )
    assert searched.status == 200
    assert searched.json()["schemas"] == [LIST]
    assert searched.json() == got.json()
    assert searched.json()["Resources"]


@row("SEA-05")
@pytest.mark.parametrize(
    "members",
    [{"filter": ["a"]}, {"count": "1"}, {"startIndex": 1.5}, {"attributes": 7}, {"sortBy": {}}, {"schemas": [ERROR]}],
)
def test_given_a_body_of_the_wrong_kind_then_invalid_syntax(acme: Client, members: dict[str, Any]) -> None:
    assert scim_type(acme.send("POST", "/Users/.search", {"schemas": [SEARCH], **members})) == "invalidSyntax"


@row("SEA-06")
def test_given_only_schemas_then_everything(people: Client) -> None:
    assert people.send("POST", "/Users/.search", {"schemas": [SEARCH]}).json() == people.get("/Users").json()


@row("SEA-07", "SEC-03")
def test_given_a_search_by_post_then_no_log_line_has_what_was_searched_for(people: Client) -> None:
    people.send("POST", "/Users/.search", {"schemas": [SEARCH], "filter": 'userName eq "very.private"'})
    people.get("/Users", filter='userName eq "very.private"')
    people.get("/Users", filter='userName equals "very.private"')
    assert "very.private" not in people.tenant.gangway.account.printed.getvalue()
