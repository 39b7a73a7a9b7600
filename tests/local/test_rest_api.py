"""Which method a request means, and which bodies the local gateway refuses to play."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.rest_api import RestApi, read_rest_api

URI = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-central-1:123456789012:function:{}/invocations"
)


def operation(function: str, **more: Any) -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI.format(function)}
    return {"x-amazon-apigateway-integration": integration, **more}


def any_method(function: str, **more: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-any-method": operation(function, **more)}


def api(paths: dict[str, Any], **more: Any) -> RestApi:
    return read_rest_api("abcdefghij", "live", {"swagger": "2.0", "paths": paths, **more})


DOORS = api(
    {
        "/scim/v2/{org}": any_method("door"),
        "/scim/v2/{org}/{proxy+}": any_method("routes"),
        "/scim/v2/{org}/special": {"get": operation("special")},
        "/provisioning/{provider}/v2/{proxy+}": any_method("routes"),
    }
)


@pytest.mark.parametrize(
    ("verb", "path", "function", "parameters"),
    [
        ("GET", "/scim/v2/acme", "door", {"org": "acme"}),
        ("GET", "/scim/v2/acme/", "door", {"org": "acme"}),
        ("PATCH", "/scim/v2/acme/Users/1", "routes", {"org": "acme", "proxy": "Users/1"}),
        ("GET", "/scim/v2/a%20b/Users/%C3%A9", "routes", {"org": "a b", "proxy": "Users/é"}),
        ("GET", "/provisioning/okta/v2/Users", "routes", {"provider": "okta", "proxy": "Users"}),
        ("GET", "/scim/v2/acme/special", "special", {"org": "acme"}),
        ("POST", "/scim/v2/acme/special", "routes", {"org": "acme", "proxy": "special"}),
    ],
)
def test_the_most_specific_resource_with_the_method_answers(
    verb: str, path: str, function: str, parameters: dict[str, str]
) -> None:
    match = DOORS.match(verb, path)

    assert match is not None
    assert (match.method.function, match.path_parameters) == (function, parameters)


@pytest.mark.parametrize("path", ["/", "", "/scim", "/scim/v2", "/scim/v2/", "/scim/v3/acme", "/SCIM/v2/acme"])
def test_a_path_that_no_resource_has_matches_nothing(path: str) -> None:
    assert DOORS.match("GET", path) is None


def test_an_api_serves_paths_that_begin_like_its_own() -> None:
    assert DOORS.serves("/scim/v3/acme")
    assert not DOORS.serves("/admin/v1")


def test_headers_are_required_only_if_a_validator_checks_them() -> None:
    parameters = [{"in": "header", "name": "Authorization", "required": True}, {"in": "path", "name": "x"}]
    validators = {"headers": {"validateRequestParameters": True}, "none": {"validateRequestParameters": False}}

    def required(**body: Any) -> tuple[str, ...]:
        match = api({"/x": any_method("f", parameters=parameters)}, **body).match("GET", "/x")
        assert match
        return match.method.required_headers

    checked = {"x-amazon-apigateway-request-validators": validators}
    assert required() == ()
    assert required(**checked) == ()
    assert required(**checked, **{"x-amazon-apigateway-request-validator": "none"}) == ()
    assert required(**checked, **{"x-amazon-apigateway-request-validator": "headers"}) == ("Authorization",)


def test_methods_with_iam_authorization_are_signed_and_a_policy_gets_full_arns() -> None:
    signed = {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}
    policy = {"Statement": [{"Effect": "Deny", "Resource": "execute-api:/*"}]}

    read = api({"/admin": any_method("f", **signed)}, **{"x-amazon-apigateway-policy": policy})

    match = read.match("GET", "/admin")
    assert match
    assert match.method.signed
    assert read.policy == {
        "Statement": [{"Effect": "Deny", "Resource": "arn:aws:execute-api:eu-central-1:123456789012:abcdefghij/*"}]
    }


@pytest.mark.parametrize(
    ("paths", "more"),
    [
        ({"/x": any_method("f", security=[{"key": []}])}, {}),
        ({"/x": any_method("f")}, {"security": [{"key": []}]}),
        ({"/x": any_method("f", **{"x-amazon-apigateway-auth": {"type": "CUSTOM"}})}, {}),
        ({"/x": any_method("f")}, {"x-amazon-apigateway-policy": {"Statement": []}}),
        ({"/x": {"get": {"x-amazon-apigateway-integration": {"type": "mock", "uri": URI.format("f")}}}}, {}),
    ],
)
def test_what_decides_who_gets_in_and_is_not_played_is_an_error(paths: dict[str, Any], more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="local gateway"):
        api(paths, **more)
