"""What a client is told is what is so: reads see what was written, nothing happens twice, and a model agrees.

The model is the smallest that can be wrong: a dictionary of people and one of groups, which does what RFC 7644 says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.fakes.dynamodb import FakeDynamoDB
from tests.security.account import Account, Gangway, Tenant, variables_of
from tests.support.client import GROUP, PATCH, USER
from tests.support.invariants import findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.proxy import Reply

TABLE = variables_of("scim_api")["GANGWAY_TABLE"]


class LaggingDynamoDB(FakeDynamoDB):
    """Answers an eventually consistent read with the state before everything: there is nothing yet."""

    def get_item(self, **request: Any) -> dict[str, Any]:
        return super().get_item(**request) if request.get("ConsistentRead") else {}

    def query(self, **request: Any) -> dict[str, Any]:
        empty: dict[str, Any] = {"Items": [], "Count": 0, "ScannedCount": 0}
        return super().query(**request) if request.get("ConsistentRead") else empty

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        consistent = all(wanted.get("ConsistentRead") for wanted in request["RequestItems"].values())
        empty: dict[str, Any] = {"Responses": {self.table: []}, "UnprocessedKeys": {}}
        return super().batch_get_item(**request) if consistent else empty


class ForgetfulDynamoDB(FakeDynamoDB):
    """Loses every answer to a write and is sent it again eleven minutes later, when its request token means nothing."""

    forgetful = False

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        answer = super().transact_write_items(**request)
        if not self.forgetful:
            return answer
        self._tokens.clear()
        return super().transact_write_items(**request)


def life(acme: Tenant) -> list[tuple[int, Any]]:
    """A person and a group from creation to deletion; each answer without what differs from run to run."""
    answers: list[Reply] = []

    def send(method: str, path: str, body: Any = None) -> Any:
        answers.append(acme.send(method, path, body))
        return answers[-1].json() if answers[-1].text else None

    user = send("POST", "/Users", {"schemas": [USER], "userName": "ada", "externalId": "x1"})["id"]
    group = send("POST", "/Groups", {"schemas": [GROUP], "displayName": "all", "members": [{"value": user}]})["id"]
    other = send("POST", "/Users", {"schemas": [USER], "userName": "grace"})["id"]
    for operation in (
        {"op": "add", "path": "members", "value": [{"value": other}]},
        {"op": "remove", "path": f'members[value eq "{user}"]'},
    ):
        send("PATCH", f"/Groups/{group}", patch(operation))
    send("PATCH", f"/Users/{user}", patch({"op": "replace", "path": "title", "value": "Countess"}))
    send("PUT", f"/Users/{user}", {"schemas": [USER], "userName": "ada.l", "externalId": "x1"})
    send("GET", f"/Users/{user}")
    send("GET", '/Users?filter=userName eq "ada.l"')
    send("GET", f"/Groups/{group}")
    send("DELETE", f"/Users/{user}")
    send("GET", f"/Users/{user}")
    send("POST", "/Users", {"schemas": [USER], "userName": "ada.l", "externalId": "x1"})
    send("GET", "/Users")
    send("DELETE", f"/Groups/{group}")
    return [(each.status, _known(each.json()) if each.text else None) for each in answers]


def _known(body: Mapping[str, Any]) -> Any:
    """Versions and numbers of an answer, and who is in it."""
    people = sorted(each["userName"] for each in body.get("Resources", ()))
    return body.get("meta", {}).get("version"), body.get("totalResults"), people, len(body.get("members", ()))


def patch(operation: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": [operation]}


def lived(dynamodb: FakeDynamoDB) -> tuple[list[tuple[int, Any]], list[str]]:
    """The answers of a life, and what is wrong with the items it left."""
    acme = Gangway(Account(dynamodb=dynamodb)).tenant("acme")
    if isinstance(dynamodb, ForgetfulDynamoDB):
        dynamodb.forgetful = True
    return life(acme), findings(dynamodb, acme.id)


@pytest.mark.row("REL-18")
def test_given_eventually_consistent_reads_that_see_nothing_then_every_answer_is_the_same() -> None:
    usual = lived(FakeDynamoDB(TABLE))

    assert lived(LaggingDynamoDB(TABLE)) == usual
    assert {status for status, _ in usual[0]} == {200, 201, 204, 404}


@pytest.mark.row("REL-10")
def test_given_each_write_is_sent_again_when_its_token_is_forgotten_then_nothing_happens_twice() -> None:
    usual = lived(FakeDynamoDB(TABLE))

    assert lived(ForgetfulDynamoDB(TABLE)) == usual
    assert usual[1] == []


NAMES = st.sampled_from(["ada", "ADA", "grace", "joan"])
TITLES = st.sampled_from(["Countess", "Admiral", None])


class Directory(RuleBasedStateMachine):
    """People and groups as a dictionary has them, beside those of the real handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.gangway = Gangway()
        self.acme = self.gangway.tenant("acme")
        self.people: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, set[str]] = {}

    def someone(self, number: int) -> str:
        """Somebody's id, or one of nobody."""
        known = sorted(self.people)
        return known[number % len(known)] if known and number else "0199c5f2-7a3b-7c11-8d22-012345678900"

    def taken(self, name: str, besides: str = "") -> bool:
        return any(each["userName"].lower() == name.lower() for i, each in self.people.items() if i != besides)

    @rule(name=NAMES, title=TITLES)
    def create(self, name: str, title: str | None) -> None:
        wanted = {"userName": name, **({"title": title} if title else {})}
        answer = self.acme.send("POST", "/Users", {"schemas": [USER], **wanted})
        if self.taken(name):
            assert (answer.status, answer.json()["scimType"]) == (409, "uniqueness")
        else:
            assert answer.status == 201
            self.people[answer.json()["id"]] = wanted

    @rule(number=st.integers(0, 3), name=NAMES)
    def replace(self, number: int, name: str) -> None:
        who = self.someone(number)
        answer = self.acme.send("PUT", f"/Users/{who}", {"schemas": [USER], "userName": name})
        if who not in self.people:
            assert answer.status == 404
        elif self.taken(name, besides=who):
            assert answer.status == 409
        else:
            assert answer.status == 200
            self.people[who] = {"userName": name}

    @rule(number=st.integers(0, 3), title=TITLES)
    def retitle(self, number: int, title: str | None) -> None:
        who = self.someone(number)
        change = {"op": "replace", "path": "title", "value": title} if title else {"op": "remove", "path": "title"}
        answer = self.acme.send("PATCH", f"/Users/{who}", patch(change))
        assert answer.status == (200 if who in self.people else 404)
        if who in self.people:
            self.people[who] = (
                {**self.people[who], "title": title} if title else {"userName": self.people[who]["userName"]}
            )

    @rule(number=st.integers(0, 3))
    def delete(self, number: int) -> None:
        who = self.someone(number)
        assert self.acme.send("DELETE", f"/Users/{who}").status == (204 if who in self.people else 404)
        self.people.pop(who, None)
        for members in self.groups.values():
            members.discard(who)

    @rule(number=st.integers(0, 3))
    def gather(self, number: int) -> None:
        who = self.someone(number)
        body = {"schemas": [GROUP], "displayName": f"g{len(self.groups)}", "members": [{"value": who}]}
        answer = self.acme.send("POST", "/Groups", body)
        assert answer.status == (201 if who in self.people else 400)
        if answer.status == 201:
            self.groups[answer.json()["id"]] = {who}

    @rule(number=st.integers(0, 3), joins=st.booleans())
    def move(self, number: int, joins: bool) -> None:
        who = self.someone(number)
        for group, members in self.groups.items():
            value = [{"value": who}]
            operation = {"op": "add" if joins else "remove", "path": "members", "value": value}
            answer = self.acme.send("PATCH", f"/Groups/{group}", patch(operation))
            assert answer.status == (400 if joins and who not in self.people else 204)
            if who in self.people:
                (members.add if joins else members.discard)(who)

    @rule()
    def sweep(self) -> None:
        self.gangway.sweep()

    @invariant()
    def time_passes(self) -> None:
        """Or the rate limit would have a say."""
        self.gangway.account.advance(seconds=1)

    @invariant()
    def model_and_directory_agree(self) -> None:
        listed = self.acme.send("GET", "/Users?attributes=userName,title").json()
        found = {each["id"]: {n: each[n] for n in ("userName", "title") if n in each} for each in listed["Resources"]}
        assert (found, listed["totalResults"]) == (self.people, len(self.people))
        for group, members in self.groups.items():
            shown = self.acme.send("GET", f"/Groups/{group}").json().get("members", ())
            assert {each["value"] for each in shown} == members
        for name in ("ADA", "grace"):
            hits = self.acme.send("GET", f'/Users?filter=userName eq "{name}"').json()["totalResults"]
            assert hits == self.taken(name)


@pytest.mark.row("REL-21")
def test_given_any_sequence_of_requests_then_the_directory_and_its_model_agree() -> None:
    run_state_machine_as_test(Directory, settings=settings(max_examples=10, stateful_step_count=12, deadline=None))
