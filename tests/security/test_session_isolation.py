"""With `isolation: session`, IAM keeps organizations apart too: the whole SCIM function, with policies decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from gangway.storage import table
from gangway.storage.data_sessions import DataSessions
from gangway.storage.guard import ForeignItem
from gangway.storage.keys import Key
from gangway.storage.table import Table
from tests.security.account import Account, Gangway, Tenant, variables_of
from tests.support.client import GROUP, PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = variables_of("scim_api", "session")["GANGWAY_DATA_ROLE"]


@pytest.fixture
def gangway() -> Gangway:
    return Gangway(Account(isolation="session"))


def use(tenant: Tenant) -> list[int]:
    """A bit of everything, good and bad; the statuses of the answers."""
    user = tenant.create("/Users", {"schemas": [USER], "userName": "ann", "externalId": "1"})
    members = [{"value": user["id"]}]
    group = tenant.create("/Groups", {"schemas": [GROUP], "displayName": "Staff", "members": members})
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": False}]}
    answers = [
        tenant.send("GET", '/Users?filter=userName eq "ANN"'),
        tenant.send("GET", "/Users?startIndex=1&count=1"),
        tenant.send("PATCH", f"/Users/{user['id']}", off),
        tenant.send("GET", f"/Groups/{group['id']}"),
        tenant.send("POST", "/Users", {"schemas": [USER], "userName": "ann"}),
        tenant.send("DELETE", f"/Groups/{group['id']}"),
        tenant.send("DELETE", f"/Users/{user['id']}"),
        tenant.send("GET", f"/Users/{user['id']}"),
    ]
    return [answer.status for answer in answers]


@pytest.mark.row("ISO-06", "ISO-07")
def test_given_two_organizations_then_all_works_within_their_sessions_and_each_is_asked_for_once(
    gangway: Gangway,
) -> None:
    acme, globex = gangway.tenant("acme"), gangway.tenant("globex")
    expected = [200, 200, 200, 200, 409, 204, 204, 404]
    assert use(acme) == expected
    assert use(globex) == expected
    assert use(acme) == expected
    assert gangway.account.sts.calls == [acme.id, globex.id]


def test_given_the_same_requests_then_the_calls_are_the_same_as_without_sessions(gangway: Gangway) -> None:
    def calls(of: Gangway) -> list[str]:
        tenant = of.tenant("acme")
        of.account.dynamodb.forget_calls()
        use(tenant)
        return sorted(of.account.dynamodb.operations())  # some are made at the same time

    assert calls(gangway) == calls(Gangway())


def test_given_a_wrong_token_then_no_session_is_asked_for_and_the_refusal_is_counted(gangway: Gangway) -> None:
    acme, globex = gangway.tenant("acme"), gangway.tenant("globex")
    assert Tenant(gangway, acme.name, acme.id, globex.token).send("GET", "/Users").status == 401
    assert gangway.account.sts.calls == []
    assert [item for item in gangway.account.dynamodb.items() if item["k"]["S"] == "refusal"]


def test_given_sts_is_down_then_the_answer_is_503_and_what_needs_no_directory_still_works(gangway: Gangway) -> None:
    acme = gangway.tenant("acme")

    def down(_operation: str, _request: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com")

    gangway.account.sts.before = down
    answer = acme.send("GET", "/Users")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert acme.send("GET", "/ServiceProviderConfig").status == 200
    gangway.account.sts.before = lambda _operation, _request: None
    assert acme.send("GET", "/Users").status == 200


KEY = {"sk": {"S": "x"}}
CALLS: dict[str, Callable[[Any, str, str], object]] = {
    "get": lambda client, name, pk: client.get_item(TableName=name, Key={**KEY, "pk": {"S": pk}}),
    "put": lambda client, name, pk: client.put_item(TableName=name, Item={**KEY, "pk": {"S": pk}}),
    "delete": lambda client, name, pk: client.delete_item(TableName=name, Key={**KEY, "pk": {"S": pk}}),
    "batch": lambda client, name, pk: client.batch_get_item(
        RequestItems={name: {"Keys": [{**KEY, "pk": {"S": pk}}], "ConsistentRead": True}}
    ),
    "query": lambda client, name, pk: client.query(
        TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}
    ),
    "transaction": lambda client, name, pk: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": {**KEY, "pk": {"S": pk}}}}], ClientRequestToken="1"
    ),
}


@pytest.mark.row("ISO-06")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_given_a_session_then_its_own_items_are_reached_and_others_are_refused(
    gangway: Gangway, call: Callable[[Any, str, str], object]
) -> None:
    account = gangway.account
    sessions = DataSessions(account.sts, ROLE, account.sts.client(account.dynamodb), account)
    own, name = sessions.client("Ab3dEf9h"), account.dynamodb.table
    call(own, name, "Ab3dEf9h#U#00")
    for foreign in ("0therOrg#U#00", "Ab3dEf9h", "Ab3dEf9hX#U#00", "ORGANIZATIONS"):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(own, name, foreign)


@pytest.mark.row("ISO-06")
def test_given_a_guard_that_lets_everything_through_then_iam_does_not(gangway: Gangway) -> None:
    """Two walls: what the first one would stop reaches the second one when the first is taken away."""
    account = gangway.account
    sessions = DataSessions(account.sts, ROLE, account.sts.client(account.dynamodb), account)
    opened = Table(sessions.client("Ab3dEf9h"), account.dynamodb.table, "Ab3dEf9h")
    with pytest.raises(ForeignItem):
        opened.get(Key("0therOrg#U#00", "x"))
    with patch.object(table, "guard", lambda *_: None), pytest.raises(ClientError, match="AccessDenied"):
        opened.get(Key("0therOrg#U#00", "x"))
