"""Answers that identity providers act upon, and must be able to: what is said is so, whatever went before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.security.account import Gangway, Tenant
from tests.support.client import GROUP, PATCH, USER
from tests.support.proxy import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def gangway() -> Gangway:
    return Gangway()


@pytest.fixture
def acme(gangway: Gangway) -> Tenant:
    return gangway.tenant("acme")


@pytest.mark.row("REL-24")
@pytest.mark.parametrize("attribute", ["userName", "externalId", "emails.value", "displayName"])
def test_given_nobody_of_that_name_then_200_and_an_empty_list(acme: Tenant, attribute: str) -> None:
    """Entra counts a 404 as a fault of the server."""
    answer = acme.send("GET", f"/Users?filter={attribute}%20eq%20%22nobody%22")
    assert (answer.status, answer.json()["totalResults"]) == (200, 0)


@pytest.mark.row("REL-05")
def test_given_a_creation_whose_answer_was_lost_when_repeated_then_409_and_the_filter_finds_what_was_made(
    acme: Tenant,
) -> None:
    body = {"schemas": [USER], "userName": "ann", "externalId": "1", "title": "Boss"}
    made = acme.create("/Users", body)
    repeated = acme.send("POST", "/Users", {**body, "title": "Changed"})
    assert (repeated.status, repeated.json()["scimType"]) == (409, "uniqueness")
    (found,) = acme.send("GET", "/Users?filter=userName%20eq%20%22ann%22").json()["Resources"]
    assert found == made
    patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Changed"}]}
    assert acme.send("PATCH", f"/Users/{found['id']}", patch).json()["title"] == "Changed"


@pytest.mark.row("REL-27")
def test_given_a_clock_that_jumps_then_versions_go_on_and_events_keep_their_order(
    gangway: Gangway, acme: Tenant
) -> None:
    user = acme.create("/Users", {"schemas": [USER], "userName": "ann"})
    tags = [user["meta"]["version"]]
    for number, hours in enumerate((-1, 1, -2, 2)):
        gangway.account.advance(hours=hours)
        patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": str(number)}]}
        answer = acme.send("PATCH", f"/Users/{user['id']}", patch, headers={"If-Match": tags[-1]})
        assert answer.status == 200
        tags.append(answer.headers["ETag"])
    assert tags == sorted(set(tags))
    gangway.sweep()
    told = [
        json.loads(entry["Detail"]) for entry in gangway.account.bus.entries if entry["DetailType"] == "user.updated"
    ]
    assert [each["data"]["version"] for each in told] == [2, 3, 4, 5]


@pytest.mark.row("REL-16", "REL-23")
def test_given_a_function_about_to_be_stopped_then_503_and_nothing_is_begun(gangway: Gangway, acme: Tenant) -> None:
    before = list(gangway.account.dynamodb.items())
    handler = gangway.handler("scim_api")
    late = LambdaContext(remaining_ms=2_500)
    answer = gangway.send(
        acme.token,
        "POST",
        "/scim/v2/acme/Users",
        {"schemas": [USER], "userName": "late"},
        handler=lambda event, _context: handler(event, late),
    )
    assert answer.status == 503
    kept = [item for item in gangway.account.dynamodb.items() if item["k"]["S"] not in ("failure", "token")]
    assert kept == [item for item in before if item["k"]["S"] != "token"]


@pytest.mark.row("INP-16")
@pytest.mark.row("PAT-44")
def test_given_a_thousand_members_at_once_then_every_write_is_small_and_all_of_them_are_members(
    gangway: Gangway, acme: Tenant
) -> None:
    people = _people(acme, 1_000)
    group = acme.create("/Groups", {"schemas": [GROUP], "displayName": "Everyone"})
    largest: list[int] = []

    def look(operation: str, request: Mapping[str, Any]) -> None:
        if operation == "transact_write_items":
            largest.append(len(request["TransactItems"]))

    gangway.account.dynamodb.before = look
    add = {"op": "add", "path": "members", "value": [{"value": person} for person in people]}
    assert acme.send("PATCH", f"/Groups/{group['id']}", {"schemas": [PATCH], "Operations": [add]}).status == 204
    assert largest
    assert max(largest) <= 100
    gangway.account.advance(seconds=1)
    shown = acme.send("GET", f"/Groups/{group['id']}").json()["members"]
    assert {each["value"] for each in shown} == set(people)
    gangway.sweep()
    gangway.account.advance(seconds=1)
    assert len(acme.send("GET", f"/Groups/{group['id']}").json()["members"]) == len(people)


def _people(acme: Tenant, number: int) -> list[str]:
    bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    found: list[str] = []
    for start in range(0, number, 250):
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"schemas": [USER], "userName": f"u{n}"}}
            for n in range(start, start + 250)
        ]
        acme.gangway.account.advance(seconds=1)
        answer = acme.send("POST", "/Bulk", {"schemas": [bulk], "Operations": operations}).json()
        found += [result["location"].rpartition("/")[2] for result in answer["Operations"]]
    return found


@pytest.mark.row("BAK-06")
def test_given_a_document_of_a_later_release_then_500_and_it_is_left_as_it_is(gangway: Gangway, acme: Tenant) -> None:
    user = acme.create("/Users", {"schemas": [USER], "userName": "ann"})
    table = gangway.account.dynamodb
    (head,) = (item for item in table.items() if item["sk"]["S"] == user["id"] and item["k"]["S"] == "user")
    later = {**head, "c": {"N": "99"}}
    table.put_item(TableName=table.table, Item=later)
    for method, body in (("GET", None), ("PUT", {"schemas": [USER], "userName": "bob"})):
        assert acme.send(method, f"/Users/{user['id']}", body).status == 500
    assert later in list(table.items())
