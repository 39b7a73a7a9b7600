"""The bodies of the two REST APIs: doors, what the gateway checks at them, and what it answers by itself.

The gateway knows doors, the functions know routes: under each door any method on any path goes to one function, so
that 404 and 405 are SCIM answers and there is one list of routes, in the code. Everything is in the body, gateway
responses too, because a deployment is a snapshot of the API: what is attached afterwards, as a resource of its own,
may miss it.

The bodies are OpenAPI 2.0. From OpenAPI 3 on, the specification says that a header parameter called Authorization
shall be ignored, and a request without that header would no longer be refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.stack import gateway_responses, iam

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCIM_DOORS = (
    "/scim/v2/{org}",
    "/scim/v2/{org}/{proxy+}",
    "/provisioning/{provider}/v2",
    "/provisioning/{provider}/v2/{proxy+}",
)
ADMIN_DOORS = ("/admin/v1/{proxy+}",)

INTEGRATION_TIMEOUT_MILLIS = 29_000
"""API Gateway's own limit; functions stop earlier, so that the answer to a slow request is theirs."""

_VALIDATOR = "headers"
_POLICY = "x-amazon-apigateway-policy"
_EVERYTHING = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}


def scim_api(title: str, function: str, vpc_endpoints: Sequence[str] = ()) -> dict[str, Any]:
    """Body of the SCIM API, whose callers bring a bearer token that the function checks.

    Args:
        title: name of the API.
        function: ARN under which API Gateway invokes the function.
        vpc_endpoints: ids of the VPC endpoints through which alone it is reached; none: over the internet.
    """
    token = {"in": "header", "name": "Authorization", "required": True, "type": "string"}
    doors = {path: _door(path, function, "NONE", token) for path in SCIM_DOORS}
    body = _body(title, doors, gateway_responses.to_openapi(gateway_responses.SCIM_API))
    if not vpc_endpoints:
        return body
    everybody = {"Effect": "Allow", **_EVERYTHING}  # a private API without a policy lets nobody in
    return {**body, _POLICY: iam.document([everybody, _only_through(vpc_endpoints)])}


def admin_api(title: str, function: str, account: str, vpc_endpoints: Sequence[str] = ()) -> dict[str, Any]:
    """Body of the admin API, whose callers sign their requests and belong to this account.

    Args:
        title: name of the API.
        function: ARN under which API Gateway invokes the function.
        account: id of the account; a policy of another one cannot open this API.
        vpc_endpoints: ids of the VPC endpoints through which alone it is reached; none: over the internet.
    """
    doors = {path: _door(path, function, "AWS_IAM") for path in ADMIN_DOORS}
    body = _body(title, doors, gateway_responses.to_openapi(gateway_responses.ADMIN_API))
    refusals = [_own_account_only(account), *([_only_through(vpc_endpoints)] if vpc_endpoints else [])]
    return {**body, _POLICY: iam.document(refusals)}


def _body(title: str, doors: Mapping[str, Any], responses: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": "1"},
        "paths": doors,
        "x-amazon-apigateway-request-validators": {
            _VALIDATOR: {"validateRequestParameters": True, "validateRequestBody": False}
        },
        "x-amazon-apigateway-request-validator": _VALIDATOR,
        "x-amazon-apigateway-gateway-responses": responses,
    }


def _door(path: str, function: str, authorization: str, *headers: Mapping[str, Any]) -> dict[str, Any]:
    variables = [part.strip("{}+") for part in path.split("/") if part.startswith("{")]
    in_path = [{"in": "path", "name": name, "required": True, "type": "string"} for name in variables]
    operation = {
        "parameters": [*headers, *in_path],
        "responses": {},
        "x-amazon-apigateway-auth": {"type": authorization},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",  # how Lambda is invoked, whatever the client's method
            "uri": function,
            "passthroughBehavior": "when_no_match",
            "timeoutInMillis": INTEGRATION_TIMEOUT_MILLIS,
        },
    }
    return {"x-amazon-apigateway-any-method": operation}


def _own_account_only(account: str) -> dict[str, Any]:
    return {"Effect": "Deny", **_EVERYTHING, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": account}}}


def _only_through(vpc_endpoints: Sequence[str]) -> dict[str, Any]:
    return {"Effect": "Deny", **_EVERYTHING, "Condition": {"StringNotEquals": {"aws:SourceVpce": list(vpc_endpoints)}}}
