"""An organization that goes takes its people, groups and tokens along, and nothing of anybody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.security.account import Gangway, Tenant, determined
from tests.support.client import GROUP, PATCH, USER
from tests.support.proxy import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS = 20
"""Rounds of the housekeeper, twelve hours apart."""
LASTING = {"meta", "head", "cursor"}
"""What stays: that there was an organization of this name, and how far its numbered log got."""
EXPIRING = {"log", "bookmark"}
"""What DynamoDB deletes by itself when the retention of events is over; it holds ids, no values."""


def items_of(tenant: Tenant) -> list[Mapping[str, Any]]:
    items = tenant.gangway.account.dynamodb.items()
    return [item for item in items if item["pk"]["S"].startswith(f"{tenant.id}#")]


def values_in(tenant: Tenant) -> str:
    """Everything that is stored of an organization, as one text."""
    return json.dumps(items_of(tenant), default=repr)


def lived_in(gangway: Gangway, name: str) -> Tenant:
    """An organization with people, groups, changes, failed requests and events."""
    tenant = gangway.tenant(name)
    people = [tenant.create("/Users", {"schemas": [USER], "userName": each, "externalId": each}) for each in "abc"]
    members = [{"value": each["id"]} for each in people]
    group = tenant.create("/Groups", {"schemas": [GROUP], "displayName": "g", "members": members})
    operation = {"op": "remove", "path": "members"}
    tenant.send("PATCH", f"/Groups/{group['id']}", {"schemas": [PATCH], "Operations": [operation]})
    tenant.send("DELETE", f"/Users/{people[0]['id']}")
    tenant.send("GET", "/Users/0")
    tenant.send("GET", "/Users?startIndex=1&count=1")
    return tenant


@pytest.mark.row("ISO-16", "TOK-30")
@pytest.mark.parametrize("users", ["delete", "remove"])
def test_given_a_deleted_organization_when_its_time_has_come_then_what_is_left_of_it_expires_and_others_are_untouched(
    users: str,
) -> None:
    gangway = Gangway()
    with determined(1):
        acme, globex = lived_in(gangway, "acme"), lived_in(gangway, "globex")
        gangway.sweep()
        neighbours = json.dumps(items_of(globex))
        deleted = gangway.administer("POST", "/orgs/acme/delete", {"graceDays": 0, "users": users})
        assert deleted.status in (200, 202), deleted.text
        assert acme.send("GET", "/Users").status == 401
        for _ in range(ROUNDS):
            gangway.account.advance(hours=12)
            gangway.sweep()
    left = items_of(acme)
    assert {item["k"]["S"] for item in left if "ttl" not in item} == LASTING
    assert {item["k"]["S"] for item in left if "ttl" in item} <= EXPIRING
    assert acme.send("GET", "/Users").status == 401
    assert globex.send("GET", "/Users").json()["totalResults"] == 2
    written_by_reading = ("token", "bookmark", "rate")
    before = [item for item in json.loads(neighbours) if item["k"]["S"] not in written_by_reading]
    assert [item for item in items_of(globex) if item["k"]["S"] not in written_by_reading] == before
    assert gangway.administer("POST", "/orgs", {"name": "acme"}).status == 409  # a name is never given out again


SECRETS = ("rumpelstilzchen", "goldspinner", "x-rumpel")


def closed(gangway: Gangway, users: str, hours: int) -> None:
    gangway.administer("POST", "/orgs/acme/delete", {"graceDays": 0, "users": users})
    for _ in range(hours):
        gangway.account.advance(hours=1)
        gangway.sweep()


@pytest.mark.row("ISO-16")
@pytest.mark.parametrize(("users", "hours"), [("remove", 3), ("delete", 8 * 24)])
def test_given_people_who_were_deleted_before_then_the_end_of_the_organization_is_the_end_of_their_values(
    users: str, hours: int
) -> None:
    """Without a word: at once. With events: when everybody who is to hear of them has had a week to."""
    gangway = Gangway()
    acme = gangway.tenant("acme")
    person = {"schemas": [USER], "userName": SECRETS[0], "externalId": SECRETS[2], "title": SECRETS[1]}
    deleted = acme.create("/Users", person)
    gangway.sweep()
    acme.send("DELETE", f"/Users/{deleted['id']}")
    gangway.sweep()
    acme.create("/Users", {"schemas": [USER], "userName": f"{SECRETS[0]}-2", "title": SECRETS[1]})
    assert all(secret in values_in(acme) for secret in SECRETS)

    closed(gangway, users, hours)

    assert not any(secret in values_in(acme) for secret in SECRETS)


def test_given_a_change_that_waits_when_the_organization_ends_then_its_values_do_not_reach_the_log() -> None:
    gangway = Gangway()
    acme = gangway.tenant("acme")
    user = acme.create("/Users", {"schemas": [USER], "userName": SECRETS[0]})
    acme.send("DELETE", f"/Users/{user['id']}")
    gangway.administer("POST", "/orgs/acme/delete", {"graceDays": 0, "users": "remove"})
    with gangway.account.installed():
        for _ in range(3):
            gangway.account.advance(hours=1)
            gangway.handler("housekeeper")({"source": "aws.events", "detail": {}}, LambdaContext())
    assert SECRETS[0] not in values_in(acme)

    gangway.sweep()

    assert SECRETS[0] not in values_in(acme)
    assert {"user.created", "user.deleted"} <= {
        json.loads(item["e"]["S"])["type"] for item in items_of(acme) if item["k"]["S"] == "log"
    }
