"""A request on its way through the gateway, with functions that are objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.emulator import Credentials
from infra.local.exchange import Headers, Request, Response
from infra.local.functions import FunctionError, IntegrationTimeoutError
from infra.local.gateway import Gateway, Principal
from infra.local.rest_api import read_rest_api
from tests.local.test_rest_api import any_method
from tests.local.test_sigv4 import sign

AUTHORIZATION = {"in": "header", "name": "Authorization", "required": True, "type": "string"}
OTHER_ACCOUNTS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/*",
    "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
}


class FakeFunction:
    """Answers with what it was made with, and remembers what it was asked."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.event: Any = None

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        self.event = event
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def responses(name: str, *kinds: str) -> dict[str, Any]:
    """Declared gateway responses that say which API and type they are."""
    return {kind: {"responseTemplates": {"application/json": json.dumps([name, kind])}} for kind in kinds}


def gateway(function: FakeFunction | None = None, **principal: Any) -> Gateway:
    scim = read_rest_api(
        "scimscimsc",
        "live",
        {
            "paths": {"/scim/v2/{org}/{proxy+}": any_method("scim", parameters=[AUTHORIZATION])},
            "x-amazon-apigateway-request-validators": {"all": {"validateRequestParameters": True}},
            "x-amazon-apigateway-request-validator": "all",
            "x-amazon-apigateway-gateway-responses": responses(
                "scim",
                "MISSING_AUTHENTICATION_TOKEN",
                "BAD_REQUEST_PARAMETERS",
                "DEFAULT_5XX",
                "INTEGRATION_TIMEOUT",
                "API_CONFIGURATION_ERROR",
                "REQUEST_TOO_LARGE",
            ),
        },
    )
    admin = read_rest_api(
        "adminadmin",
        "live",
        {
            "paths": {"/admin/v1/{proxy+}": any_method("admin", **{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}})},
            "x-amazon-apigateway-policy": {"Statement": [OTHER_ACCOUNTS]},
            "x-amazon-apigateway-gateway-responses": responses(
                "admin", "MISSING_AUTHENTICATION_TOKEN", "INVALID_SIGNATURE", "ACCESS_DENIED"
            ),
        },
    )
    functions = {"scim": function, "admin": function} if function else {}
    credentials = Credentials()
    principals = {credentials.access_key_id: Principal(credentials, **principal)}
    return Gateway([scim, admin], functions, "127.0.0.1", principals)


def get(gateway: Gateway, path: str, **more: Any) -> Response:
    headers = (("Authorization", "Bearer t"),)
    return gateway.handle(Request("GET", path, **{"headers": headers, **more}))


def said_by(response: Response) -> Any:
    return json.loads(response.body)


def test_the_function_gets_the_event_and_its_answer_comes_back() -> None:
    function = FakeFunction({"statusCode": 200, "body": "hello"})

    response = get(gateway(function), "/scim/v2/acme/Users")

    assert (response.status, response.body) == (200, b"hello")
    assert function.event["pathParameters"] == {"org": "acme", "proxy": "Users"}
    assert response.header("x-amzn-RequestId") == function.event["requestContext"]["requestId"]


@pytest.mark.parametrize("headers", [(), (("Authorization", " "),), (("X-Authorization", "Bearer t"),)])
def test_given_no_authorization_then_the_gateway_answers_and_the_function_is_not_called(headers: Headers) -> None:
    function = FakeFunction({"statusCode": 200})

    response = get(gateway(function), "/scim/v2/acme/Users", headers=headers)

    assert (response.status, said_by(response)) == (400, ["scim", "BAD_REQUEST_PARAMETERS"])
    assert function.event is None


def test_given_an_unknown_path_then_the_api_whose_paths_begin_so_answers() -> None:
    assert said_by(get(gateway(), "/scim/v3"))[0] == "scim"
    assert said_by(get(gateway(), "/admin/v1"))[0] == "admin"
    assert said_by(get(gateway(), "/"))[0] == "scim"


def test_given_a_function_that_fails_is_slow_or_answers_nonsense_then_the_gateway_says_so() -> None:
    def said(result: Any) -> Any:
        response = get(gateway(FakeFunction(result)), "/scim/v2/acme/Users")
        return response.status, said_by(response)[1]

    assert said(FunctionError("scim", {"errorType": "ValueError"})) == (502, "DEFAULT_5XX")
    assert said(IntegrationTimeoutError("scim")) == (504, "INTEGRATION_TIMEOUT")
    assert said({"body": "no status"}) == (502, "DEFAULT_5XX")


def test_given_a_function_that_does_not_exist_then_the_api_is_configured_wrongly() -> None:
    response = get(gateway(), "/scim/v2/acme/Users")

    assert (response.status, said_by(response)[1]) == (500, "API_CONFIGURATION_ERROR")


def test_given_a_body_over_lambdas_limit_then_the_request_is_too_large() -> None:
    response = get(gateway(FakeFunction({"statusCode": 200})), "/scim/v2/acme/Users", body=b"x" * (6 * 2**20 + 1))

    assert (response.status, said_by(response)[1]) == (413, "REQUEST_TOO_LARGE")


def test_given_a_signed_admin_request_then_the_function_learns_who_signed_it() -> None:
    function = FakeFunction({"statusCode": 204})

    response = gateway(function).handle(sign("GET", "http://127.0.0.1/admin/v1/organizations"))

    assert response.status == 204
    assert function.event["requestContext"]["identity"]["userArn"] == "arn:aws:iam::123456789012:user/local"
    assert function.event["requestContext"]["identity"]["accountId"] == "123456789012"


def test_given_an_unsigned_or_wrongly_signed_admin_request_then_it_is_refused() -> None:
    function = FakeFunction({"statusCode": 204})
    unsigned = get(gateway(function), "/admin/v1/organizations")
    forged = gateway(function).handle(sign("GET", "http://127.0.0.1/admin/v1/organizations", secret="guess"))

    assert (unsigned.status, said_by(unsigned)[1]) == (403, "MISSING_AUTHENTICATION_TOKEN")
    assert (forged.status, said_by(forged)[1]) == (403, "INVALID_SIGNATURE")
    assert function.event is None


def test_given_policies_then_only_what_they_allow_gets_through() -> None:
    only_reading = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "execute-api:Invoke",
                "Resource": "arn:aws:execute-api:*:*:adminadmin/live/GET/admin/v1/organizations/*",
            }
        ]
    }
    door = gateway(FakeFunction({"statusCode": 200}), policies=(only_reading,))

    assert door.handle(sign("GET", "http://h/admin/v1/organizations/acme")).status == 200
    denied = door.handle(sign("POST", "http://h/admin/v1/organizations/acme"))
    assert (denied.status, said_by(denied)[1]) == (403, "ACCESS_DENIED")
