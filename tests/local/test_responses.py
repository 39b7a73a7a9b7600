"""What API Gateway makes of a function's answer, and what it says by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.responses import MalformedResponseError, function_response, gateway_response
from tests.local.test_rest_api import any_method, api

if TYPE_CHECKING:
    from infra.local.rest_api import RestApi


def declared(**responses: Any) -> RestApi:
    return api({"/x": any_method("f")}, **{"x-amazon-apigateway-gateway-responses": responses})


def test_given_nothing_declared_then_the_answer_is_awss_own() -> None:
    response = gateway_response(declared(), "MISSING_AUTHENTICATION_TOKEN", "id-1")

    assert response.status == 403
    assert response.header("Content-Type") == "application/json"
    assert response.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert json.loads(response.body) == {"message": "Missing Authentication Token"}


def test_given_a_declared_response_then_status_headers_and_body_are_its_own() -> None:
    response = gateway_response(
        declared(
            BAD_REQUEST_PARAMETERS={
                "statusCode": "401",
                "responseParameters": {
                    "gatewayresponse.header.Content-Type": "'application/scim+json'",
                    "gatewayresponse.header.WWW-Authenticate": "'Bearer realm=\"gangway\"'",
                },
                "responseTemplates": {
                    "application/json": '{"detail":$context.error.messageString,"id":"$context.requestId"}'
                },
            }
        ),
        "BAD_REQUEST_PARAMETERS",
        "id-1",
    )

    assert response.status == 401
    assert response.header("content-type") == "application/scim+json"
    assert response.header("WWW-Authenticate") == 'Bearer realm="gangway"'
    assert json.loads(response.body) == {"detail": "Missing required request parameters", "id": "id-1"}


def test_given_only_a_default_then_it_answers_for_its_class() -> None:
    responses = declared(DEFAULT_5XX={"statusCode": "503", "responseTemplates": {"application/json": "{}"}})

    assert gateway_response(responses, "INTEGRATION_TIMEOUT", "id").status == 503
    assert gateway_response(responses, "REQUEST_TOO_LARGE", "id").status == 413


def test_a_function_answer_is_passed_on() -> None:
    response = function_response(
        {"statusCode": 201, "headers": {"ETag": 'W/"1"', "Content-Type": "application/scim+json"}, "body": "é"}, "id-1"
    )

    assert (response.status, response.body) == (201, "é".encode())
    assert response.headers == (
        ("ETag", 'W/"1"'),
        ("Content-Type", "application/scim+json"),
        ("x-amzn-RequestId", "id-1"),
    )


def test_given_one_header_in_both_maps_then_the_multi_value_one_wins() -> None:
    response = function_response(
        {"statusCode": 200, "headers": {"allow": "GET"}, "multiValueHeaders": {"Allow": ["PUT", "POST"]}}, "id"
    )

    assert [value for name, value in response.headers if name.lower() == "allow"] == ["PUT", "POST"]


@pytest.mark.parametrize("name", ["WWW-Authenticate", "www-authenticate", "Server", "Date"])
def test_some_headers_of_a_function_are_renamed(name: str) -> None:
    response = function_response({"statusCode": 401, "headers": {name: "x"}}, "id")

    assert response.header(name) is None
    assert (f"x-amzn-Remapped-{name}", "x") in response.headers


def test_a_base64_body_is_decoded_and_content_type_has_a_default() -> None:
    response = function_response({"statusCode": "200", "body": "/wA=", "isBase64Encoded": True}, "id")

    assert response.body == b"\xff\x00"
    assert response.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        {},
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "cookies": []},
        {"statusCode": 200, "headers": {"A": ["b"]}},
    ],
)
def test_a_malformed_answer_is_told_apart(result: Any) -> None:
    with pytest.raises(MalformedResponseError):
        function_response(result, "id")
