"""Mistakes sown into the program, one at a time, and the rule that finds each.

Whoever deletes a door, a gateway response, a variable, a key or a right, or makes one of the mistakes that neither
Python nor Pulumi's mocks notice, must learn of it here and not from AWS or an identity provider.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.program import OPTIONS, Path, Program, gangway
from tests.infra.rules import broken


def pieces(wanted: Callable[[Path], bool]) -> list[Path]:
    return [piece for piece in gangway().pieces() if wanted(piece)]


def is_door(piece: Path) -> bool:
    return len(piece) == 4 and piece[1:3] == ("body", "paths")


def is_gateway_response(piece: Path) -> bool:
    return len(piece) == 4 and piece[2] == "x-amazon-apigateway-gateway-responses"


def is_variable(piece: Path) -> bool:
    return len(piece) == 4 and piece[1:3] == ("environment", "variables")


def is_key_attribute(piece: Path) -> bool:
    of_table = piece[0] == "directory-table"
    return of_table and (piece[1:] in (("hashKey",), ("rangeKey",)) or (len(piece) == 3 and piece[1] == "attributes"))


@pytest.mark.parametrize(
    ("kind", "least", "finder"),
    [
        (is_door, 5, "the_doors_are_those_that_were_promised"),
        (is_gateway_response, 42, "there_is_a_gateway_response_of_every_type"),
        (is_variable, 20, "every_function_is_told_what_it_asks_for_and_nothing_else"),
        (is_key_attribute, 4, "the_table_keeps_items_by_partition_and_sort_key"),
    ],
    ids=["door", "gateway response", "environment variable", "key attribute"],
)
def test_when_one_is_deleted_then_its_rule_says_so(kind: Callable[[Path], bool], least: int, finder: str) -> None:
    """The fifth kind, IAM actions, is deleted one by one in test_rights."""
    seeds = pieces(kind)
    assert len(seeds) >= least
    for seed in seeds:
        found = [fault for fault in broken(gangway().without(seed)) if fault.startswith(f"{finder}:")]
        assert found, f"nobody misses {seed}"


SCIM_BODY = ("scim-api", "body")
RESPONSES = (*SCIM_BODY, "x-amazon-apigateway-gateway-responses")
INDEX = {"name": "byName", "hashKey": "name", "projectionType": "ALL"}
TRUST = ("scim-api-role", "assumeRolePolicy", "Statement", 0, "Principal", "Service")
FUNCTION = ("scim-api-function",)


def everything() -> Program:
    return gangway(**OPTIONS["everything"])


@pytest.mark.parametrize(
    ("place", "value", "finder"),
    [
        (("directory-table", "ttl"), {"attribute": "ttl", "enabled": True}, "stream_expiry_and_a_way_back"),
        (("directory-table", "streamViewType"), "NEW_IMAGES", "stream_expiry_and_a_way_back"),
        (("directory-table", "globalSecondaryIndexes"), [INDEX], "by_partition_and_sort_key"),
        (("scim-permission", "function"), "gangway-local-scim", "the_gateway_may_invoke_the_function"),
        ((*FUNCTION, "handler"), "handlers.scim_api.main", "every_handler_exists"),
        ((*FUNCTION, "environment", "variables", "GANGWAY_RATE_LIMITS"), "50", "told_what_it_asks_for"),
        (TRUST, "apigateway.amazonaws.com", "every_role_trusts_the_service"),
        (("scim-deployment", "triggers"), {}, "every_change_of_a_body_is_deployed"),
        ((*RESPONSES, "REQUEST_TOO_BIG"), {"statusCode": "413"}, "a_gateway_response_of_every_type"),
        (("firewall-acl", "ruleJson", 0, "Action"), {}, "every_rule_of_the_firewall_acts"),
        (("scim-limits", "settings", "cachingEnabled"), True, "the_apis_are_throttled_and_keep_nothing"),
        (("alarm-outbox-age", "metricName"), "OutboxAges", "metrics_that_somebody_writes"),
    ],
    ids=[
        "misspelt nested key",
        "bad enum",
        "index without attribute",
        "permission for a missing function",
        "handler that does not exist",
        "misspelt variable",
        "wrong principal",
        "missing deployment trigger",
        "unknown gateway response type",
        "firewall rule without action",
        "answers kept for others",
        "alarm over a metric nobody writes",
    ],
)
def test_when_a_mistake_is_made_then_its_rule_says_so(place: Path, value: Any, finder: str) -> None:
    """Unknown IAM actions are found in test_rights, by what nothing uses and what is then missing."""
    assert not [fault for fault in broken(everything()) if finder in fault.partition(":")[0]]
    found = broken(everything().changed(place, value))
    assert [fault for fault in found if finder in fault.partition(":")[0]], found
