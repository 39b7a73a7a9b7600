"""What finding out who is asking costs in calls of AWS, whoever it is, and what floods of wrong tokens cost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from gangway.access.token import compose, new_key_id, new_secret
from gangway.settings.base import SettingsError
from gangway.settings.scim_api import ScimApiSettings
from tests.security.account import Gangway, Tenant, variables_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ORGANIZATIONS = 5
FLOOD = 2_000
PATH = "/ServiceProviderConfig"
"""Needs nothing beyond authentication."""


@pytest.fixture
def tenants() -> list[Tenant]:
    """Organizations that share two secrets, each known to the warm function."""
    gangway = Gangway()
    tenants = [gangway.tenant(f"organization-{number}") for number in range(ORGANIZATIONS)]
    for tenant in tenants:
        assert tenant.send("GET", PATH).status == 200
    gangway.account.dynamodb.forget_calls()
    gangway.account.secrets.calls.clear()
    return tenants


def test_given_a_warm_function_then_each_request_makes_one_call_to_the_table_and_none_to_the_vault(
    tenants: list[Tenant],
) -> None:
    account = tenants[0].gangway.account
    for _ in range(20):
        for tenant in tenants:
            assert tenant.send("GET", PATH).status == 200
        account.advance(seconds=1)
    assert account.dynamodb.operations() == ["batch_get_item"] * 20 * ORGANIZATIONS
    assert account.secrets.calls == []


def test_given_a_cold_function_then_the_first_request_of_each_secret_reads_it_once(tenants: list[Tenant]) -> None:
    account = tenants[0].gangway.account
    cold = account.function("scim_api")
    for _ in range(3):
        for tenant in tenants:
            assert tenant.send("GET", PATH, handler=cold).status == 200
        account.advance(seconds=1)
    assert set(account.secrets.calls) == {"get_secret_value"}
    assert len(account.secrets.calls) <= len(account.secrets.secrets)


@pytest.mark.row("TOK-33")
@pytest.mark.parametrize("whose", ["nobody's", "an organization's, unknown", "a live one's"])
def test_given_a_flood_of_wrong_tokens_then_each_costs_one_read_and_few_are_written_down(
    tenants: list[Tenant], whose: str
) -> None:
    victim, account = tenants[0], tenants[0].gangway.account
    for number in range(FLOOD):
        key_id = {
            "nobody's": f"{number:08d}{number:08d}",
            "an organization's, unknown": new_key_id(victim.id),
            "a live one's": victim.token.split("_")[1],
        }[whose]
        answer = victim.gangway.send(compose("gangway", key_id, new_secret()), "GET", f"/scim/v2/{victim.name}/Users")
        assert answer.status == 401
    calls = Counter(account.dynamodb.operations())
    assert calls.pop("batch_get_item") == FLOOD
    assert account.secrets.calls == []
    assert sum(calls.values()) < FLOOD / 4  # writes about refusals thin out, whatever key ids are made up
    kept = [item for item in account.dynamodb.items() if item["k"]["S"] == "refusal"]
    assert len(kept) <= 64
    assert victim.send("GET", PATH).status == 200  # and nobody is locked out


@pytest.mark.row("TOK-19", "TOK-20")
def test_given_the_vault_is_down_then_warm_functions_go_on_and_cold_ones_answer_503(tenants: list[Tenant]) -> None:
    account = tenants[0].gangway.account

    def down(_operation: str, _request: Mapping[str, Any]) -> None:
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager.example")

    account.secrets.before = down
    assert {tenant.send("GET", PATH).status for tenant in tenants} == {200}
    cold = account.function("scim_api")
    refused = tenants[0].send("GET", PATH, handler=cold)
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.row("TOK-32")
def test_given_a_table_restored_to_before_a_revocation_then_the_token_opens_nothing(tenants: list[Tenant]) -> None:
    lost, account = tenants[0], tenants[0].gangway.account
    (record,) = (item for item in account.dynamodb.items() if item["sk"]["S"] == lost.token.split("_")[1])
    revoked = lost.gangway.administer("POST", f"/orgs/{lost.name}/tokens/{lost.token.split('_')[1]}/revoke")
    assert revoked.status == 200
    account.dynamodb.put_item(TableName=account.dynamodb.table, Item=record)
    # A restored table is a new one, so its functions are deployed anew: they are cold.
    assert lost.send("GET", PATH, handler=account.function("scim_api")).status == 503


@pytest.mark.row("SCM-06")
def test_given_the_environment_of_another_function_then_a_function_does_not_start() -> None:
    with pytest.raises(SettingsError):
        ScimApiSettings.from_environment(variables_of("change_relay"))
