"""From proxy event to request, from reply to proxy answer."""

import json
from typing import Any

import pytest

from gangway.http.reply import Reply, error_reply
from gangway.http.request import Request
from gangway.scim.errors import NotFound


def event(**members: Any) -> dict[str, Any]:
    return {"httpMethod": "get", "path": "/x", "requestContext": {"requestId": "r-1"}, **members}


def test_given_headers_in_two_spellings_then_both_values_are_seen() -> None:
    request = Request.from_event(event(multiValueHeaders={"Authorization": ["a"], "authorization": ["b"]}))
    assert request.headers["authorization"] == ("a", "b")


def test_given_single_headers_only_then_they_are_used() -> None:
    assert Request.from_event(event(headers={"If-Match": 'W/"1"'})).header("if-match") == 'W/"1"'


def test_given_a_header_twice_then_its_values_are_joined_by_commas() -> None:
    assert Request.from_event(event(multiValueHeaders={"If-Match": ["a", "b"]})).header("if-match") == "a, b"


def test_given_an_event_with_nulls_then_they_are_empty() -> None:
    request = Request.from_event(
        event(headers=None, multiValueHeaders=None, multiValueQueryStringParameters=None, body=None)
    )
    assert (request.method, request.headers, request.query, request.body) == ("GET", {}, {}, None)


def test_given_a_plus_sign_in_the_query_then_it_is_not_decoded_again() -> None:
    request = Request.from_event(event(multiValueQueryStringParameters={"filter": ['userName eq "a+b%41@x"']}))
    assert request.query["filter"] == ('userName eq "a+b%41@x"',)


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("abc.execute-api.eu-west-1.amazonaws.com", "https://abc.execute-api.eu-west-1.amazonaws.com/live"),
        ("scim.example.com", "https://scim.example.com"),
    ],
)
def test_TEN_07_given_a_gateway_domain_then_the_url_comes_from_it_and_not_from_host(domain: str, url: str) -> None:
    request = Request.from_event(
        event(
            headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
            requestContext={"requestId": "r", "domainName": domain, "stage": "live"},
        )
    )
    assert request.gateway_url == url


def test_given_a_reply_then_its_body_is_text_and_it_is_never_cached() -> None:
    answer = Reply(200, {"a": "é"}, {"ETag": 'W/"1"'}).to_proxy("r-1")
    assert answer == {
        "statusCode": 200,
        "headers": {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": "r-1",
            "ETag": 'W/"1"',
            "Content-Type": "application/scim+json",
        },
        "body": '{"a":"é"}',
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("status", [204, 304])
def test_given_a_status_without_content_then_there_is_no_body_and_no_type(status: int) -> None:
    answer = Reply(status, {"a": 1}).to_proxy("r")
    assert answer["body"] == ""
    assert "Content-Type" not in answer["headers"]


def test_given_head_then_headers_are_those_of_get_and_the_body_is_empty() -> None:
    get, head = Reply(200, {"a": 1}).to_proxy("r"), Reply(200, {"a": 1}).to_proxy("r", with_body=False)
    assert (get["headers"], head["body"]) == (head["headers"], "")


def test_ERR_01_ERR_02_given_an_error_then_both_statuses_agree_and_the_one_in_the_body_is_text() -> None:
    answer = error_reply(NotFound("There is none.")).to_proxy("r")
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"]) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "404",
        "detail": "There is none.",
    }
