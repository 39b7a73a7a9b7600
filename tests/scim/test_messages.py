"""Search requests, bulk requests, list answers, errors."""

from typing import Any

import pytest

from gangway.scim import errors
from gangway.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError
from gangway.scim.messages import SearchRequest, list_response, parse_query_parameters, parse_search_request
from gangway.scim.messages.bulk import BulkOperation, bulk_response, parse_bulk_request

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def query(**parameters: str) -> SearchRequest:
    return parse_query_parameters({name: [value] for name, value in parameters.items()})


def test_a_query_means_the_same_in_the_url_and_in_a_body() -> None:
    in_url = query(
        filter="title pr",
        attributes="userName, emails",
        sortBy="title",
        sortOrder="Descending",
        startIndex="3",
        count="7",
    )
    in_body = parse_search_request(
        {
            "schemas": [SEARCH],
            "filter": "title pr",
            "attributes": ["userName", "emails"],
            "sortBy": "title",
            "sortOrder": "descending",
            "startIndex": 3,
            "count": 7,
        }
    )
    assert in_url == in_body == SearchRequest("title pr", ("userName", "emails"), (), "title", "descending", 3, 7)


def test_nothing_asked_is_nothing_said() -> None:
    assert query() == query(foo="1", filtre="x") == parse_search_request({"schemas": [SEARCH]}) == SearchRequest()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"count": "-1"}, SearchRequest(count=0)),
        ({"count": "0"}, SearchRequest(count=0)),
        ({"count": "100000"}, SearchRequest(count=100000)),
        ({"count": "9" * 30, "startIndex": "-" + "9" * 30}, SearchRequest(count=10**18, start_index=1)),
        ({"startIndex": "0"}, SearchRequest(start_index=1)),
        ({"startIndex": "-5"}, SearchRequest(start_index=1)),
        ({"STARTINDEX": " 2 "}, SearchRequest(start_index=2)),
        ({"excludedAttributes": "members"}, SearchRequest(excluded_attributes=("members",))),
        ({"cursor": "abc"}, SearchRequest(cursor="abc")),
    ],
)
def test_numbers_out_of_range_count_as_the_nearest_possible(
    parameters: dict[str, str], expected: SearchRequest
) -> None:
    assert query(**parameters) == expected


@pytest.mark.parametrize(
    "parameters",
    [
        {"count": "abc"},
        {"count": ""},
        {"count": "1.5"},
        {"startIndex": "1e3"},
        {"count": "9" * 41},
        {"sortOrder": "up"},
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        query(**parameters)


def test_one_page_cannot_begin_in_two_ways() -> None:
    with pytest.raises(InvalidValue, match="either startIndex or cursor"):
        parse_query_parameters({"startIndex": ["1"], "cursor": [""]})
    with pytest.raises(InvalidValue, match="either startIndex or cursor"):
        parse_search_request({"schemas": [SEARCH], "startIndex": 1, "cursor": "abc"})


def test_a_repeated_parameter_must_not_contradict_itself() -> None:
    assert parse_query_parameters({"count": ["5", "5"]}).count == 5
    assert parse_query_parameters({"attributes": ["a", "b,c"]}).attributes == ("a", "b", "c")
    with pytest.raises(InvalidValue, match="filter is given more than once"):
        parse_query_parameters({"filter": ["title pr"], "FILTER": ["userName pr"]})


@pytest.mark.parametrize(
    "members",
    [
        {"schemas": [BULK]},
        {"schemas": None},
        {"filter": ["title pr"]},
        {"count": "5"},
        {"count": True},
        {"startIndex": 1.5},
        {"attributes": [1]},
        {"attributes": 1},
        {"filter": "a", "FILTER": "b"},
    ],
)
def test_a_body_that_is_no_search_request_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidSyntax):
        parse_search_request({"schemas": [SEARCH]} | members)
    with pytest.raises(InvalidSyntax):
        parse_search_request([members])


def test_a_list_answer_has_numbers_and_resources_even_if_there_are_none() -> None:
    assert list_response([], 0, start_index=1) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }


def test_a_page_by_cursor_has_no_start_index() -> None:
    answer = list_response([{"id": "1"}], 5, next_cursor="n", previous_cursor="p")
    assert (answer["nextCursor"], answer["previousCursor"], answer["itemsPerPage"]) == ("n", "p", 1)
    assert "startIndex" not in answer


def test_bulk_operations_keep_the_clients_order_and_their_own_mistakes() -> None:
    operations = [
        {"method": "post", "path": "/Users", "bulkId": "a", "data": {"userName": "x"}},
        {"method": "PATCH", "path": "/Users/1", "version": 'W/"1"'},
        {},
    ]
    parsed = parse_bulk_request({"schemas": [BULK], "failOnErrors": 1, "Operations": operations})
    assert parsed.fail_on_errors == 1
    assert parsed.operations == (
        BulkOperation("POST", "/Users", "a", {"userName": "x"}),
        BulkOperation("PATCH", "/Users/1", version='W/"1"'),
        BulkOperation("", ""),
    )


@pytest.mark.parametrize(
    "members",
    [
        {"Operations": []},
        {"Operations": None},
        {"Operations": ["x"]},
        {"Operations": [{"method": 1}]},
        {"failOnErrors": 0},
        {"failOnErrors": "1"},
        {"failOnErrors": True},
        {"schemas": [SEARCH]},
    ],
)
def test_a_body_that_is_no_bulk_request_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(InvalidSyntax):
        parse_bulk_request({"schemas": [BULK], "Operations": [{}]} | members)


def test_more_bulk_operations_than_allowed_are_too_many() -> None:
    assert len(parse_bulk_request({"schemas": [BULK], "Operations": [{}] * 250}).operations) == 250
    with pytest.raises(PayloadTooLarge, match="250"):
        parse_bulk_request({"schemas": [BULK], "Operations": [{}] * 251})


def test_a_bulk_answer_names_its_schema() -> None:
    assert bulk_response([{"status": "204"}]) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": [{"status": "204"}],
    }


def test_an_error_has_its_status_as_text_and_its_keyword() -> None:
    assert errors.Uniqueness("userName is taken.").to_message() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "409",
        "scimType": "uniqueness",
        "detail": "userName is taken.",
    }
    assert "scimType" not in errors.NotFound("No such user.").to_message()


def test_headers_that_belong_to_an_error_come_with_it() -> None:
    assert errors.MethodNotAllowed("No.", allow=["GET", "PUT"]).headers == {"Allow": "GET, PUT"}
    assert errors.Unauthorized("No.", challenge='Bearer realm="x"').headers == {"WWW-Authenticate": 'Bearer realm="x"'}
    assert errors.TooManyRequests("Slow.", retry_after=2).headers == {"Retry-After": "2"}
    assert errors.Unavailable("Later.", retry_after=3).headers == {"Retry-After": "3"}


def test_every_keyword_that_is_sent_has_one_class() -> None:
    keywords = [each.scim_type for each in ScimError.__subclasses__() if each.scim_type]
    filters = {"invalidFilter", "tooMany"}
    changes = {"uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue"}
    cursors = {"invalidCursor", "expiredCursor", "invalidCount"}
    assert sorted(keywords) == sorted(filters | changes | cursors)
