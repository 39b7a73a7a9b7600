"""The program's policies decide at the door of a local stack, as IAM would."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningKeys

from infra.local.emulator import Credentials
from infra.local.exchange import Request
from infra.local.gateway import Gateway
from infra.local.made_up import REGION, arn
from infra.local.principals import principals
from infra.local.rest_api import read_rest_api
from infra.stack.callers import policy

API = arn("execute-api", "adminadmin")
POLICIES = {
    "operator": policy("operator", API),
    "support": policy("support", API),
    "application": policy("application", API, ["acme"]),
}
ROLES = principals(POLICIES, Credentials())


class Answers:
    """A function that answers 200 with the caller's ARN."""

    def invoke(self, event: Any, **_more: Any) -> Any:
        return {"statusCode": 200, "body": event["requestContext"]["identity"]["userArn"]}


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    signed = {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}
    integration = {"x-amazon-apigateway-integration": {"uri": arn("lambda", "function:admin"), "type": "aws_proxy"}}
    door = {"x-amazon-apigateway-any-method": {**signed, **integration}}
    api = read_rest_api("adminadmin", "live", {"paths": {"/admin/v1/{proxy+}": door}})
    known = {principal.credentials.access_key_id: principal for principal in ROLES.values()}
    return Gateway([api], {"admin": Answers()}, "127.0.0.1", known)


def send(gateway: Gateway, method: str, path: str, role: str | None) -> int:
    """The status of a request, signed by a role or not at all."""
    request = AWSRequest(method, f"http://127.0.0.1/admin/v1{path}", headers={"Host": "127.0.0.1"}, data=b"")
    if role is not None:
        keys = ROLES[role].credentials
        signing = SigningKeys(keys.access_key_id, keys.secret_access_key)
        SigV4Auth(signing, "execute-api", REGION).add_auth(request)
    headers = tuple(request.headers.items())
    answer = gateway.handle(Request(method, f"/admin/v1{path}", "", headers, b"", "127.0.0.1"))
    return answer.status


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (None, "GET", "/orgs", 403),
        ("operator", "POST", "/orgs/acme/tokens", 200),
        ("support", "GET", "/orgs/acme/tokens", 200),
        ("support", "POST", "/orgs/acme/tokens", 403),
        ("application", "GET", "/orgs/acme/events", 200),
        ("application", "GET", "/orgs/globex/events", 403),
        ("application", "POST", "/orgs/acme/tokens", 403),
    ],
)
def test_given_a_signed_request_then_the_policy_of_its_principal_decides(
    gateway: Gateway, role: str | None, method: str, path: str, status: int
) -> None:
    assert send(gateway, method, path, role) == status


def test_given_a_program_without_policies_then_its_one_principal_may_do_everything() -> None:
    assert list(principals({}, Credentials())) == ["operator"]
