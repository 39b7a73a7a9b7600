"""A deletion whose grace period is over is carried out, however often it is interrupted, and leaves nothing behind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gangway.access.closing import FAREWELL, Closing
from gangway.access.errors import OrganizationNameTaken, UnknownOrganization
from gangway.access.expiry import Expiry
from gangway.access.housekeeping import AccessRound
from gangway.access.operator import Operator
from gangway.directory.housekeeping import Housekeeper
from gangway.directory.resources import Directory
from gangway.scim.projection import Selection
from gangway.storage import items, keys
from gangway.storage.belongings import OrganizationBelongings
from gangway.storage.directory_store import open_directory
from gangway.storage.sweep import OrganizationNames
from tests.access.aws import TABLE, MemoryCloud
from tests.access.fakes import ME, NOON
from tests.access.functions import Function
from tests.support.directories import REGISTRY, context_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.access.housekeeping import Rounded
    from gangway.access.organization import Organization, Remains

WEEK = timedelta(days=7)
HOUSEKEEPER = Operator("gangway housekeeper", "run-1")


class World:
    """Two organizations with users, a group, tokens and a webhook endpoint each; `acme` is to be deleted."""

    def __init__(self) -> None:
        self.aws = MemoryCloud(1)
        self.function = Function(self.aws)
        self.acme, self.globex = (self._furnish(self.function.organization(name)) for name in ("acme", "globex"))
        self.others = self.items(self.globex.id)

    def _furnish(self, organization: Organization) -> Organization:
        clock = self.function.clock
        store = open_directory(self.aws.dynamodb, TABLE, organization.id, clock)

        def directory() -> Directory:
            return Directory(store, REGISTRY, context_for(organization.id), clock)

        selection = Selection.parse(REGISTRY.resource_types["User"], None, None)
        people = []
        for n in range(5):
            emails = [{"value": f"u{n}@example.com"}]
            answer = directory().of("User").create({"userName": f"u{n}", "emails": emails}, selection)
            assert answer.body is not None
            people.append({"value": answer.body["id"]})
        everyone = {"displayName": "Everyone", "members": people}
        directory().of("Group").create(everyone, Selection.parse(REGISTRY.resource_types["Group"], None, None))
        directory().of("User").delete(people[0]["value"], None)
        self.function.mint(organization)
        for key, kind in (
            (keys.endpoint(organization.id, "hook"), "endpoint"),
            (keys.delivery(organization.id, "hook", 1, 1), "delivery"),
            (keys.webhook_dead_letter(organization.id, "hook", 1), "dead"),
            (keys.failure(organization.id, "2026", "r"), "failure"),
            (keys.erasure(organization.id, "someone"), "erased"),
        ):
            self.aws.dynamodb.put_item(TableName=TABLE, Item=items.item_of(key, kind))
        return organization

    def items(self, organization_id: str) -> list[dict[str, Any]]:
        """All items of an organization."""
        return [item for item in self.aws.fake.items() if item["pk"]["S"].startswith(f"{organization_id}#")]

    def kinds(self) -> set[str]:
        return {item["k"]["S"] for item in self.items(self.acme.id)}

    def told(self) -> list[str]:
        """Types of the events of `acme`, in no particular order."""
        waiting = [item for item in self.items(self.acme.id) if item["k"]["S"] == "outbox"]
        return sorted(event["type"] for item in waiting for event in json.loads(item["e"]["S"]))

    def delete(self, users: Remains) -> None:
        self.function.organizations.delete("acme", by=ME, users=users, grace=WEEK)
        self.function.clock.advance(WEEK.total_seconds())

    def go_round(self, has_time: Callable[[], bool] = lambda: True) -> Rounded:
        """One run of the housekeeper."""
        clock, records = self.function.clock, self.function.records
        names = OrganizationNames(self.aws.dynamodb, TABLE, keys.ACCESS_BOOKMARK)
        left = lambda: 25_000  # noqa: E731 - a value that is called
        belongings = OrganizationBelongings(self.aws.dynamodb, TABLE, clock, lambda: REGISTRY, left)
        closing = Closing(records, belongings, clock)
        done = AccessRound(names, records, Expiry(records, clock), closing, HOUSEKEEPER).go(has_time)
        Housekeeper(
            lambda organization_id: open_directory(self.aws.dynamodb, TABLE, organization_id, clock), names, left
        ).tend([self.acme.id])
        return done


@pytest.fixture
def world() -> World:
    return World()


def test_given_a_grace_period_that_is_not_over_then_nothing_happens(world: World) -> None:
    world.function.organizations.delete("acme", by=ME, users="delete", grace=WEEK)
    before = world.items(world.acme.id)
    world.go_round()
    world.function.clock.advance(WEEK.total_seconds() - 1)
    world.go_round()
    users = {item["sk"]["S"] for item in before if item["k"]["S"] == "user"}
    assert users == {item["sk"]["S"] for item in world.items(world.acme.id) if item["k"]["S"] == "user"}
    assert len(users) == 4


def test_given_users_to_delete_then_each_is_told_and_nothing_is_left_but_events_and_the_name(world: World) -> None:
    world.go_round()  # the housekeeper's ordinary work
    world.delete("delete")
    for _ in range(3):
        assert not world.go_round().failures
    told = world.told()
    assert told.count("user.deleted") == 5
    assert told.count("group.deleted") == 1
    assert told.count("organization.deleted") == 1
    assert world.kinds() == {"meta", "token", "outbox", "endpoint", "delivery", "dead", "erased"}
    world.function.clock.advance(FAREWELL.total_seconds())
    world.go_round()
    assert world.kinds() == {"meta", "outbox"}
    assert world.others == world.items(world.globex.id)


def test_given_users_to_remove_then_nothing_is_told_of_them(world: World) -> None:
    world.go_round()  # the membership of the user who was deleted before ends as usual, and is told
    world.delete("remove")
    told = world.told()
    world.go_round()
    assert world.told() == sorted([*told, "organization.deleted"])
    assert world.kinds() == {"meta", "token", "outbox", "endpoint", "delivery", "dead", "erased", "note"}
    world.function.clock.advance(FAREWELL.total_seconds())
    world.go_round()
    assert world.kinds() == {"meta", "outbox"}


@pytest.mark.parametrize("users", ["delete", "remove"])
def test_given_runs_that_end_after_a_few_steps_then_the_next_goes_on_until_all_is_gone(
    world: World, users: Remains
) -> None:
    world.delete(users)
    runs = 0
    while "user" in world.kinds() or "organization.deleted" not in world.told():
        runs += 1
        steps = iter([True] * (3 + runs))
        world.go_round(lambda steps=steps: next(steps, False))  # type: ignore[misc] # a default binds the iterator
        assert runs < 200
    assert runs > 2
    assert not world.kinds() & {"user", "group", "member", "mirror", "lookup", "tombstone", "counter", "work"}
    assert world.told().count("organization.deleted") == 1


def test_given_a_deleted_organization_then_its_name_is_unknown_and_stays_taken(world: World) -> None:
    world.delete("remove")
    for _ in range(2):
        world.go_round()
    with pytest.raises(UnknownOrganization):
        world.function.organizations.get("acme")
    with pytest.raises(OrganizationNameTaken):
        world.function.organization("acme")
    assert [organization.name for organization in world.function.organizations.page()[0]] == ["globex"]


def test_given_an_organization_that_fails_then_the_round_goes_on_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expires = NOON + timedelta(days=3)
    world.function.mint(world.globex, expires=expires)
    access_of = world.function.records.access_of

    def broken(organization_id: str) -> Any:
        if organization_id == world.acme.id:
            raise ValueError("damaged")
        return access_of(organization_id)

    monkeypatch.setattr(world.function.records, "access_of", broken)
    done = world.go_round()
    assert list(done.failures) == [world.acme.id]
    assert (done.warned, done.urgent) == (1, 1)
