"""The admin API's client, against a server that answers what the test says."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from infra.cli.admin import AdminClient, path
from infra.cli.errors import CliError, Exit
from infra.cli.target import Target
from tests.cli.fakes import admin_api


def client(url: str) -> AdminClient:
    return AdminClient(Target(url, "eu-central-1", None, {}))


def refusal(status: int, body: Any) -> CliError:
    with admin_api({"GET /orgs": (status, body)}) as api, pytest.raises(CliError) as raised:
        client(api.url).get("/orgs")
    return raised.value


def test_a_request_is_signed_for_api_gateway_over_what_is_sent() -> None:
    with admin_api({"POST /orgs": (201, {"name": "acme"})}) as api:
        assert client(api.url).post("/orgs", {"name": "acme"}) == {"name": "acme"}

        assert api.asked == [("POST /orgs", {"name": "acme"})]
        authorization = api.headers[0]["Authorization"]
        assert authorization.startswith("AWS4-HMAC-SHA256 ")
        assert "/eu-central-1/execute-api/aws4_request" in authorization


def test_a_path_takes_any_value_and_a_query_leaves_out_what_is_not_given() -> None:
    with admin_api({"GET /orgs/a%2Fb%20c?limit=2&state=x&state=y": (200, {})}) as api:
        assert client(api.url).get(path("orgs", "a/b c"), limit=2, cursor=None, state=["x", "y"]) == {}


def test_a_paged_list_is_read_to_its_end() -> None:
    pages: dict[str, tuple[int, Any]] = {
        "GET /orgs": (200, {"organizations": [{"name": "a"}, {"name": "b"}], "nextCursor": "n+1"}),
        "GET /orgs?cursor=n%2B1": (200, {"organizations": [{"name": "c"}]}),
    }
    with admin_api(pages) as api:
        assert [each["name"] for each in client(api.url).items("/orgs", "organizations")] == ["a", "b", "c"]


def test_no_content_is_nothing() -> None:
    with admin_api({"DELETE /orgs/acme": (204, "")}) as api:
        assert client(api.url).delete("/orgs/acme") == {}


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, Exit.REFUSED), (404, Exit.NOT_FOUND), (409, Exit.REFUSED), (429, Exit.REFUSED), (503, Exit.FAILED)],
)
def test_a_problem_is_told_in_its_own_words_with_a_code_for_scripts(status: int, code: Exit) -> None:
    error = refusal(status, {"type": "about:blank", "detail": "The reason."})

    assert (str(error), error.code) == ("The reason.", code)


def test_a_body_that_does_not_fit_is_told_member_by_member() -> None:
    wrong = [{"pointer": "/name", "detail": "too long"}, {"pointer": "/provider", "detail": "unknown"}]

    error = refusal(400, {"detail": "The body does not fit.", "errors": wrong})

    assert str(error) == "The body does not fit.\n  /name: too long\n  /provider: unknown"


def test_an_unknown_organization_leads_to_the_list_of_those_there_are() -> None:
    error = refusal(404, {"type": "unknown-organization", "detail": "There is no organization acme."})

    assert "gangway org list" in error.next_step


def test_a_refusal_of_the_gateway_speaks_about_credentials_and_policies() -> None:
    error = refusal(403, {"message": "User: arn:aws:iam::1:user/x is not authorized to perform: execute-api:Invoke"})

    assert error.code is Exit.NOT_PERMITTED
    assert "aws sts get-caller-identity" in error.next_step


@pytest.mark.parametrize("body", ["<html>", "[]"])
def test_an_answer_that_is_no_json_object_is_a_failure_with_its_status(body: str) -> None:
    error = refusal(502, body)

    assert error.code is Exit.FAILED
    assert "502" in str(error)


def test_given_nobody_listens_then_it_asks_whether_the_local_stack_runs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/admin/v1"

    with pytest.raises(CliError, match="cannot be reached") as raised:
        client(url).get("/orgs")

    assert raised.value.code is Exit.FAILED
    assert "gangway local" in raised.value.next_step


def test_given_no_credentials_then_it_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(CliError, match="no AWS credentials") as raised:
        AdminClient(Target("https://admin.example.com/admin/v1", "eu-west-1", None, {})).get("/orgs")

    assert raised.value.code is Exit.NOT_PERMITTED


def test_given_an_unknown_profile_then_it_is_named() -> None:
    with pytest.raises(CliError, match="nobody") as raised:
        AdminClient(Target("https://admin.example.com/admin/v1", "eu-west-1", "nobody", {})).get("/orgs")

    assert raised.value.code is Exit.NOT_PERMITTED


def test_given_no_region_anywhere_then_it_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")

    with pytest.raises(CliError, match="region") as raised:
        AdminClient(Target("https://admin.example.com/admin/v1", None, None, {})).get("/orgs")

    assert "--region" in raised.value.next_step
