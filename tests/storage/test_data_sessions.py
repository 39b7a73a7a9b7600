"""Sessions of the data role: whose they are, how long they are kept, and what happens when STS does not answer."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from gangway.scim.errors import Unavailable
from gangway.storage.data_sessions import MAX_SESSIONS, RENEWED_BEFORE, SESSION_SECONDS, DataSessions

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LASTS = timedelta(seconds=SESSION_SECONDS)


class World:
    """A clock and an STS that can fail; a client is the organization whose session it was made of."""

    def __init__(self) -> None:
        self.time = START
        self.requests: list[dict[str, Any]] = []
        self.fault: Exception | None = None
        self.sessions = DataSessions(self, "arn:aws:iam::123456789012:role/data", self._connect, self)

    def now(self) -> datetime:
        return self.time

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.fault:
            raise self.fault
        return {"Credentials": {"SessionToken": request["Tags"][0]["Value"], "Expiration": self.time + LASTS}}

    @staticmethod
    def _connect(credentials: Mapping[str, Any]) -> Any:
        return credentials["SessionToken"]

    def client(self, organization: str) -> Any:
        return self.sessions.client(organization)

    def asked_for(self) -> list[str]:
        return [request["Tags"][0]["Value"] for request in self.requests]


@pytest.fixture
def world() -> World:
    return World()


def test_given_an_organization_then_the_role_is_taken_with_its_id_as_the_only_tag(world: World) -> None:
    world.sessions.client("Ab3dEf9h")
    (request,) = world.requests
    assert request["Tags"] == [{"Key": "organization", "Value": "Ab3dEf9h"}]
    assert request["RoleSessionName"] == "organization-Ab3dEf9h"
    assert request["DurationSeconds"] == 3600


@pytest.mark.row("ISO-07")
def test_given_several_organizations_then_each_has_its_own_session_and_is_asked_for_once(world: World) -> None:
    for organization in ("a", "b", "a", "b"):
        assert world.client(organization) == organization
    assert world.asked_for() == ["a", "b"]


def test_given_a_session_then_it_is_renewed_five_minutes_before_its_end(world: World) -> None:
    world.sessions.client("a")
    world.time = START + LASTS - RENEWED_BEFORE - timedelta(seconds=1)
    world.sessions.client("a")
    assert len(world.requests) == 1
    world.time += timedelta(seconds=1)
    world.sessions.client("a")
    assert len(world.requests) == 2


def test_given_more_organizations_than_are_kept_then_the_one_unused_longest_is_dropped(world: World) -> None:
    everyone = [f"{number:08}" for number in range(MAX_SESSIONS)]
    for organization in [*everyone, everyone[0], "one more", everyone[0]]:
        world.sessions.client(organization)
    assert len(world.requests) == MAX_SESSIONS + 1
    world.sessions.client(everyone[1])
    assert world.asked_for()[-1] == everyone[1]


FAULTS = [
    ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "AssumeRole"),
    ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "AssumeRole"),
    EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=["refused", "throttled", "unreachable"])
def test_given_sts_does_not_give_a_session_then_the_client_is_told_to_come_back(world: World, fault: Exception) -> None:
    world.fault = fault
    with pytest.raises(Unavailable) as error:
        world.sessions.client("a")
    assert error.value.status == 503
    world.fault = None
    assert world.client("a") == "a"


def test_given_sts_is_down_then_a_session_that_still_lasts_goes_on(world: World) -> None:
    world.sessions.client("a")
    world.fault = FAULTS[2]
    world.time = START + LASTS - timedelta(seconds=1)
    assert world.client("a") == "a"
    world.time = START + LASTS
    with pytest.raises(Unavailable):
        world.sessions.client("a")
