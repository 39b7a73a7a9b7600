"""A table goes back in time, and what others hold does not: tokens, webhook endpoints, numbers and ids of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from gangway.access.operator import Operator
from gangway.storage.carry_over import CarryOver, Since
from gangway.storage.log_beginning import UNSEEN_NUMBERS, take_over
from tests.security.account import OPERATOR, Gangway, Tenant
from tests.support.scim import user_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.dynamodb import FakeDynamoDB

POINT = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESTORED = "restored"
PATH = "/ServiceProviderConfig"


class Tables:
    """A client that sees several tables."""

    def __init__(self, *tables: FakeDynamoDB) -> None:
        self._tables = {table.table: table for table in tables}

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            if "TransactItems" in request:
                name = next(iter(request["TransactItems"][0].values()))["TableName"]
            else:
                name = request.get("TableName") or next(iter(request["RequestItems"]))
            return getattr(self._tables[name], operation)(**request)

        return call


class Disaster:
    """One organization, and a table that is restored to the moment at which this was made."""

    def __init__(self, gangway: Gangway) -> None:
        self.gangway, self.account = gangway, gangway.account
        self.acme = gangway.tenant("acme")
        self.user = self.acme.create("/Users", user_body("ada@example.com"))["id"]
        self.hook = self.administer("POST", "/orgs/acme/webhooks", {"url": "https://app.example.com/"})["id"]
        gangway.sweep()

    def mark_point(self) -> None:
        self.restored = self.account.dynamodb.copy()
        self.restored.table = RESTORED
        self.account.advance(hours=1)

    def restore(self, times: int = 1) -> Since:
        """Restore, carry over, and let the stack, all of its functions cold, go on with the restored table."""
        present = self.account.dynamodb
        carry = CarryOver(
            Tables(present, self.restored),  # type: ignore[arg-type]  # as much of a client as is needed
            present.table,
            RESTORED,
            point=POINT,
            by=Operator(OPERATOR, "restore"),
            clock=self.account,
        )
        for _ in range(times):
            since = carry.carry(self.acme.id)
        assert since is not None
        self.restored.table = present.table
        self.account.dynamodb = self.restored
        self.gangway = Gangway(self.account)
        self.acme = Tenant(self.gangway, "acme", self.acme.id, self.acme.token)
        return since

    def resume(self) -> None:
        self.administer("POST", "/orgs/acme/resume")

    def administer(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.gangway.administer(method, path, body)
        assert answer.status < 300, answer.text
        return answer.json() if answer.text else None

    def status(self, token: str) -> int:
        return self.gangway.send(token, "GET", f"/scim/v2/acme{PATH}").status

    def events(self, cursor: str | None = None) -> Any:
        query = f"?cursor={cursor}" if cursor is not None else ""
        return self.gangway.administer("GET", f"/orgs/acme/events{query}").json()


@pytest.fixture
def disaster() -> Disaster:
    return Disaster(Gangway())


def keep_hashes(operation: str, request: Mapping[str, Any]) -> None:
    """Refuse to write a document from which a hash is gone."""
    if operation == "put_secret_value" and not json.loads(request["SecretString"])["hashes"]:
        raise ConnectTimeoutError(endpoint_url="secretsmanager")


def key_id(token: str) -> str:
    return token.split("_")[1]


@pytest.mark.row("TOK-32")
@pytest.mark.parametrize("what", ["revoke", "suspend", "rotate", "revoke-all"])
def test_given_a_token_that_was_ended_after_the_restore_point_then_it_opens_nothing(
    disaster: Disaster, what: str
) -> None:
    token = disaster.acme.token
    assert disaster.status(token) == 200
    disaster.mark_point()
    # The vault loses no hash meanwhile, so nothing but the record refuses the token.
    disaster.account.secrets.before = keep_hashes
    at = "/orgs/acme/tokens" if what == "revoke-all" else f"/orgs/acme/tokens/{key_id(token)}"
    disaster.administer("POST", f"{at}/{what}", {"overlapHours": 0.01} if what == "rotate" else None)
    disaster.account.advance(minutes=2)

    disaster.restore()
    disaster.resume()

    assert disaster.status(token) == 401


def test_given_a_token_that_was_minted_after_the_restore_point_then_it_goes_on_working(disaster: Disaster) -> None:
    disaster.mark_point()
    minted = disaster.gangway.mint("acme")

    since = disaster.restore()
    assert disaster.status(minted) == 503, "paused"
    disaster.resume()

    assert (since.tokens, since.revoked) == (2, ())
    assert (disaster.status(minted), disaster.status(disaster.acme.token)) == (200, 200)


def test_given_a_token_that_the_present_table_does_not_know_then_it_is_revoked(disaster: Disaster) -> None:
    token = disaster.acme.token
    disaster.mark_point()
    key = {"pk": {"S": f"{disaster.acme.id}#A"}, "sk": {"S": key_id(token)}}
    disaster.account.dynamodb.delete_item(TableName=disaster.account.dynamodb.table, Key=key)

    since = disaster.restore()
    disaster.resume()

    assert since.revoked == (key_id(token),)
    assert disaster.status(token) == 401


def test_given_a_restored_directory_then_it_is_as_it_was_and_paused(disaster: Disaster) -> None:
    disaster.mark_point()
    assert disaster.acme.send("DELETE", f"/Users/{disaster.user}").status == 204

    disaster.restore()

    assert disaster.acme.send("GET", f"/Users/{disaster.user}").status == 503
    disaster.resume()
    assert disaster.acme.send("GET", f"/Users/{disaster.user}").status == 200


def rename(disaster: Disaster, name: str) -> None:
    operation = {"op": "replace", "path": "displayName", "value": name}
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    assert disaster.acme.send("PATCH", f"/Users/{disaster.user}", patch).status == 200


def test_given_events_that_were_told_since_then_no_number_and_no_id_is_given_again(disaster: Disaster) -> None:
    disaster.mark_point()
    for name in ("one", "two", "three"):
        rename(disaster, name)
    disaster.gangway.sweep()
    heard = disaster.events()

    disaster.restore(times=2)
    disaster.resume()
    rename(disaster, "four")
    disaster.gangway.sweep()
    told = disaster.events()["events"]

    assert told[0]["type"] == "directory.restored"
    assert told[0]["data"]["after"] == {"reason": "restore", "restoredTo": "2026-03-01T12:00:00Z"}
    assert told[0]["number"] > heard["events"][-1]["number"] + 500, "what is still told until then has room"
    assert [event["number"] for event in told] == list(range(told[0]["number"], told[0]["number"] + len(told)))
    ids = [event["id"] for event in [*heard["events"], *told]]
    assert len(ids) == len(set(ids))
    versions = [
        [event["data"]["version"] for event in events if event["data"]["resourceId"] == disaster.user]
        for events in (heard["events"], told)
    ]
    assert versions == [[1, 2, 3, 4], [2]], "a version that was told before, as another event"


@pytest.mark.parametrize("more_since", [0, 3], ids=["up to date", "behind"])
def test_given_a_reader_of_the_log_then_he_has_to_take_a_snapshot_and_goes_on_with_the_restore(
    disaster: Disaster, more_since: int
) -> None:
    disaster.mark_point()
    rename(disaster, "one")
    disaster.gangway.sweep()
    cursor = disaster.events()["cursor"]
    for number in range(more_since):
        rename(disaster, f"more {number}")
    disaster.gangway.sweep()
    disaster.restore()

    refused = disaster.events(cursor)
    assert refused["status"] == 410
    assert disaster.events(refused["oldestCursor"])["events"][0]["type"] == "directory.restored"


def test_given_a_bus_and_endpoints_then_both_are_told_of_the_restore_first(disaster: Disaster) -> None:
    disaster.mark_point()
    rename(disaster, "one")
    disaster.gangway.sweep()
    number = disaster.events()["events"][-1]["number"]
    disaster.restore()
    disaster.account.bus.entries.clear()
    disaster.account.functions.invoked.clear()

    disaster.gangway.sweep()

    assert disaster.account.bus.entries[0]["DetailType"] == "directory.restored"
    assert disaster.account.functions.invoked, "the endpoint has something to hear"
    seen = disaster.administer("GET", f"/orgs/acme/webhooks/{disaster.hook}")
    assert number + 500 < seen["nextNumber"]


def test_given_endpoints_that_were_moved_added_or_removed_since_then_they_are_as_now(disaster: Disaster) -> None:
    removed = disaster.administer("POST", "/orgs/acme/webhooks", {"url": "https://leaked.example.com/"})["id"]
    disaster.mark_point()
    at = f"/orgs/acme/webhooks/{disaster.hook}"
    disaster.administer("PATCH", at, {"url": "https://new.example.com/"})
    disaster.administer("DELETE", f"/orgs/acme/webhooks/{removed}")
    disaster.administer("POST", "/orgs/acme/webhooks", {"url": "https://added.example.com/"})

    since = disaster.restore()

    found = {each["url"] for each in disaster.administer("GET", "/orgs/acme/webhooks")["endpoints"]}
    assert found == {"https://new.example.com/", "https://added.example.com/"}
    assert since.endpoints == 2


def test_given_a_person_who_was_erased_since_then_that_is_said(disaster: Disaster) -> None:
    disaster.mark_point()
    disaster.administer("POST", f"/orgs/acme/users/{disaster.user}/erase")

    assert disaster.restore().erased == (disaster.user,)


def test_given_a_restored_directory_then_fsck_finds_nothing_wrong_with_it(disaster: Disaster) -> None:
    disaster.mark_point()
    rename(disaster, "one")
    disaster.gangway.sweep()
    disaster.restore()

    report = disaster.administer("POST", "/orgs/acme/fsck", {"repair": False})

    assert (report["findings"], report["nextCursor"]) == ([], None)


@pytest.mark.row("BAK-10")
def test_given_a_replica_that_takes_over_then_tokens_open_and_its_log_begins_beyond_what_it_has_not_heard_of(
    disaster: Disaster,
) -> None:
    before = disaster.events()
    table, cause = disaster.account.dynamodb, Operator(OPERATOR, "failover").cause(disaster.acme.id, POINT)

    numbers = [take_over(table, table.table, disaster.acme.id, cause, disaster.account) for _ in range(2)]  # type: ignore[arg-type]

    assert numbers[0] == numbers[1], "repeating it does nothing"
    assert int(before["cursor"]) + UNSEEN_NUMBERS < (numbers[0] or 0) < int(before["cursor"]) + 2 * UNSEEN_NUMBERS
    assert disaster.events(before["cursor"])["status"] == 410
    assert disaster.events()["events"][0]["data"]["after"] == {"reason": "failover"}
    rename(disaster, "one")
    disaster.gangway.sweep()
    assert disaster.status(disaster.acme.token) == 200
    report = disaster.administer("POST", "/orgs/acme/fsck", {"repair": False})
    assert report["findings"] == []


@pytest.mark.parametrize("beyond", [0, 3])
def test_given_a_log_that_began_anew_and_lost_its_head_then_fsck_finds_where_it_is(
    disaster: Disaster, beyond: int
) -> None:
    table, cause = disaster.account.dynamodb, Operator(OPERATOR, "failover").cause(disaster.acme.id, POINT)
    take_over(table, table.table, disaster.acme.id, cause, disaster.account)  # type: ignore[arg-type]  # as above
    for number in range(beyond):
        rename(disaster, f"name {number}")
    disaster.gangway.sweep()
    key = {"pk": {"S": f"{disaster.acme.id}#E"}, "sk": {"S": "HEAD"}}
    before = table.get_item(TableName=table.table, Key=key)["Item"]
    table.delete_item(TableName=table.table, Key=key)

    report = disaster.administer("POST", "/orgs/acme/fsck", {"repair": True})

    assert [finding["kind"] for finding in report["findings"]] == ["head"]
    after = table.get_item(TableName=table.table, Key=key)["Item"]
    assert {name: after[name] for name in "nsxfr"} == {name: before[name] for name in "nsxfr"}
