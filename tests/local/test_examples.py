"""The files in `events/` are what the gateway makes today, and handlers answer them as the names promise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.examples import EVENTS, GROUP_ID, TOKEN, USER_ID, examples

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


def test_every_file_is_what_the_gateway_makes() -> None:
    made = {example.file.relative_to(EVENTS): example.text() for example in examples()}
    kept = {file.relative_to(EVENTS): file.read_text(encoding="utf-8") for file in EVENTS.rglob("*.json")}

    assert kept == made, "run: uv run python -m tests.local.examples"


def example(name: str, **replaced: str) -> Any:
    """An event from its file, with ids and token of a running stack in place of the file's own."""
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace({"token": TOKEN, "user": USER_ID, "group": GROUP_ID}[old], new)
    return json.loads(text)


@pytest.fixture(scope="module")
def ids(moto_stack: LocalStack) -> dict[str, str]:
    """Token, user and group that the other examples are about, made by the examples that create them."""
    known = {"token": moto_stack.organizations[0].token}
    for kind in ("user", "group"):
        answer = moto_stack.function("scim-api").invoke(example(f"scim_api/{kind}_create", **known))
        assert answer["statusCode"] == 201, answer
        known[kind] = json.loads(answer["body"])["id"]
    return known


@pytest.mark.parametrize(
    ("case", "statuses"),
    [
        ("service_provider_config", {200}),
        ("schemas", {200}),
        ("resource_types", {200}),
        ("user_create", {409}),
        ("user_read", {200}),
        ("users_by_user_name", {200}),
        ("users_page", {200}),
        ("users_by_provisioning_door", {200}),
        ("users_search", {200}),
        ("user_replace", {200}),
        ("user_patch_entra", {200}),
        ("user_deactivate_entra", {200}),
        ("user_deactivate_okta", {200}),
        ("user_deactivate_jumpcloud", {200}),
        ("group_add_member", {200, 204}),
        ("group_remove_member", {200, 204}),
        ("group_replace", {200}),
        ("bulk", {200, 501}),
        ("unknown_route", {404}),
        ("wrong_token", {401}),
        ("no_token", {401}),
        ("group_delete", {204}),
        ("user_delete", {204}),
    ],
)
def test_the_scim_function_answers_each_example(
    moto_stack: LocalStack, ids: dict[str, str], case: str, statuses: set[int]
) -> None:
    answer = moto_stack.function("scim-api").invoke(example(f"scim_api/{case}", **ids))

    assert answer["statusCode"] in statuses, answer


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("organization_create", 201),
        ("organizations_list", 200),
        ("organization_read", 200),
        ("token_mint", 201),
        ("tokens_list", 200),
        ("organization_unknown", 404),
    ],
)
def test_the_admin_function_answers_each_example(moto_stack: LocalStack, case: str, status: int) -> None:
    answer = moto_stack.function("admin-api").invoke(example(f"admin_api/{case}"))

    assert answer["statusCode"] == status, answer


@pytest.mark.parametrize("service", ["change-relay", "housekeeper"])
@pytest.mark.parametrize("case", ["stream", "schedule"])
def test_the_functions_behind_the_stream_take_their_examples(moto_stack: LocalStack, service: str, case: str) -> None:
    result = moto_stack.function(service).invoke(example(f"{service.replace('-', '_')}/{case}"))

    assert not (result or {}).get("batchItemFailures")


def test_the_compactor_rotates_a_secret_by_its_examples(moto_stack: LocalStack) -> None:
    compactor = moto_stack.function("token-compactor")
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret", "schedule"):
        event = example(f"token_compactor/{step}")
        if "SecretId" in event:
            event["SecretId"] = f"{compactor.spec.environment['GANGWAY_TOKEN_SECRETS']}00"
        assert compactor.invoke(event) == {}


@pytest.mark.parametrize("case", ["endpoint", "schedule"])
def test_the_dispatcher_takes_its_examples(moto_stack: LocalStack, case: str) -> None:
    assert moto_stack.function("webhook-dispatcher").invoke(example(f"webhook_dispatcher/{case}")) is not None


def test_the_sender_answers_for_each_of_its_posts(moto_stack: LocalStack) -> None:
    posts = example("webhook_sender/posts")
    posts["posts"][0]["url"] = "https://127.0.0.1:9/nobody-listens-there"

    (answer,) = moto_stack.function("webhook-sender").invoke(posts)["answers"]

    assert (answer["status"], answer["failure"]) == (None, "ConnectionRefusedError")
