"""What the directory costs: for every operation round trips, request units and dollars, at any size; and whole walks.

    uv run python -m tests.bench.directory
    uv run python -m tests.bench.directory --output json | jq '.figures[] | {name, value}'

It runs on the accounting fake (`tests.fakes.dynamodb`), whose charges are checked against forty cases computed by
hand, so the figures are exact and the same on every machine. Calls that are made at the same time are one round trip.
Authentication (one BatchGetItem) is not included. Dollars are those of on-demand tables in us-east-1: 0.125 for a
million read units, 0.625 for a million write units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.bench.report import Figure, run
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.world import RoundTrips
from tests.support.directories import TABLE, Desk
from tests.support.load import on_one_group, on_one_organization
from tests.support.population import population
from tests.support.scim import Client, add_members, remove_member, user_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Action = Callable[[], object]

USERS = (100, 10_000, 100_000)
MEMBERS = (10, 1_000, 100_000)
READ_DOLLARS, WRITE_DOLLARS = 0.125, 0.625
PAGE = 100
GOALS = {
    "GET user, no groups": 1,
    "GET user, one group": 3,
    "POST user": 1,
    "PATCH user": 2,
    "filter userName eq": 2,
    "page of 50 by cursor": 1,
    "PATCH group, add one": 2,
    "PATCH group, remove one": 2,
}
"""Round trips that the design allows."""


class Counter:
    """A directory on the fake, and what is charged for what is done there."""

    def __init__(self, users: int, groups: tuple[int, ...] = ()) -> None:
        self.client = FakeDynamoDB(TABLE)
        self.people, items = population(users, groups)
        self.client.load(items)
        self.desk = Desk(self.client)
        self._trips = RoundTrips()
        self.client.after = self._trips.call

    def figure(self, name: str, size: str, action: Action) -> Figure:
        """One operation."""
        self._trips.number = 0
        self.client.forget_calls()
        with patch("gangway.storage.table._POOL", self._trips):
            action()
        read, write = self.units()
        beside = {
            "calls": len(self.client.calls),
            "read units": read,
            "write units": write,
            "$ per million": read * READ_DOLLARS + write * WRITE_DOLLARS,
        }
        return Figure(f"{name}, {size}", self._trips.number, "round trips", goal=GOALS.get(name), beside=beside)

    def units(self) -> tuple[float, float]:
        """Read and write units since the account began."""
        return sum(call.read for call in self.client.calls), sum(call.write for call in self.client.calls)


def figures() -> Iterator[Figure]:
    """Everything; the progress line tells which figure is being taken."""
    for users in USERS:
        yield from of_users(Counter(users, (10,)), f"{users:,} users")
    counter = Counter(max(MEMBERS) + 1, MEMBERS)
    for members in MEMBERS:
        yield from of_groups(counter, members)
    yield from of_walks(max(USERS))
    yield from of_load()


def of_users(counter: Counter, size: str) -> Iterator[Figure]:
    """Operations on users, and lists of them."""
    users, people = Client(counter.desk, "User"), counter.people.users
    name = users.read(people[7])["userName"]
    loner, member = people[50], people[3]
    external_id = users.read(loner)["externalId"]
    actions: dict[str, Action] = {
        "GET user, no groups": lambda: users.read(loner),
        "GET user, one group": lambda: users.read(member),
        "GET user without groups": lambda: users.read(member, excluded="groups"),
        "filter userName eq": lambda: users.found(f'userName eq "{name}"', excluded_attributes=("groups",)),
        "filter userName eq, a miss": lambda: users.found('userName eq "nobody"'),
        "filter externalId eq": lambda: users.found(f'externalId eq "{external_id}"', excluded_attributes=("groups",)),
        "page of 50 by cursor": _later_page(users),
        "page of 50 by offset": _page_by_offset(users),
        "page of 100 with groups": lambda: users.search(cursor="", count=PAGE),
        "count=0": lambda: users.search(count=0),
        "POST user": lambda: users.create(
            user_body("new@example.com", externalId="n", emails=[{"value": "n@example.com"}])
        ),
        "PATCH user": lambda: users.patch(loner, {"op": "replace", "path": "title", "value": "Countess"}),
        "PATCH user, rename": lambda: users.patch(loner, {"op": "replace", "path": "userName", "value": "ada"}),
        "PUT user": lambda: users.replace(loner, user_body("ada", title="Lady")),
        "DELETE user": lambda: users.delete(loner),
    }
    for what, action in actions.items():
        yield counter.figure(what, size, action)


def _later_page(users: Client) -> Action:
    cursor = users.search(cursor="", count=PAGE // 2, excluded_attributes=("groups",))["nextCursor"]
    return lambda: users.search(cursor=cursor, count=PAGE // 2, excluded_attributes=("groups",))


def _page_by_offset(users: Client) -> Action:
    users.search(count=PAGE // 2, excluded_attributes=("groups",))
    return lambda: users.search(start_index=PAGE // 2 + 1, count=PAGE // 2, excluded_attributes=("groups",))


def of_groups(counter: Counter, members: int) -> Iterator[Figure]:
    """Operations on a group of that size."""
    groups, users = Client(counter.desk, "Group"), Client(counter.desk, "User")
    group, newcomer = counter.people.groups[members], counter.people.users[-1]
    old = counter.people.users[members // 2]
    only = {"excluded_attributes": ("members",)}
    actions: dict[str, Action] = {
        "GET group without members": lambda: groups.read(group, excluded="members"),
        "GET group": lambda: groups.read(group),
        "PATCH group, add one": lambda: groups.patch(group, add_members(newcomer)),
        "PATCH group, remove one": lambda: groups.patch(group, remove_member(newcomer)),
        "PATCH group, rename": lambda: groups.patch(
            group, {"op": "replace", "path": "displayName", "value": f"renamed {members}"}
        ),
        "filter id eq and members eq": lambda: groups.found(f'id eq "{group}" and members eq "{old}"', **only),
        "filter groups.value eq, a page": lambda: users.search(
            filter=f'groups.value eq "{group}"', count=PAGE, excluded_attributes=("groups",)
        ),
        "DELETE group": lambda: groups.delete(group),
    }
    for what, action in actions.items():
        yield counter.figure(what, f"{members:,} members", action)


def of_walks(users: int) -> Iterator[Figure]:
    """Whole lists, a page after the other; goals are the people who are missed or seen twice."""
    for way in ("offset", "cursor"):
        for company in ("alone", "with a deleter", "with another walker"):
            yield from _walk(users, way, company)


def _walk(users: int, way: str, company: str) -> Iterator[Figure]:
    counter = Counter(users)
    others = Client(counter.desk, "User", actor=f"{counter.desk.organization}kid00002")
    other = _pages(others, "offset", 70) if company == "with another walker" else iter(())
    left, doomed = list(counter.people.users), counter.people.users[:: max(1, users // 997)]
    seen: list[str] = []
    read = write = requests = 0.0
    for page in _pages(Client(counter.desk, "User"), way, PAGE):
        seen += page
        taken, given = counter.units()
        read, write, requests = read + taken, write + given, requests + len(counter.client.calls)
        next(other, None)
        if company == "with a deleter" and doomed:
            Client(counter.desk, "User").delete(doomed.pop(len(doomed) // 2))
        counter.client.forget_calls()
    alive = {item["i"]["S"] for item in counter.client.items() if item["k"]["S"] == "user"}
    beside = {"calls": requests, "read units": read, "write units": write}
    title = f"walk of {users:,} by {way}, {company}"
    missed = len(set(left) & alive - set(seen))
    yield Figure(f"{title}: missed", missed, "people", goal=0, beside=beside)
    yield Figure(f"{title}: doubled", len(seen) - len(set(seen)), "people", goal=0)


def _pages(users: Client, way: str, count: int) -> Iterator[list[str]]:
    """Ids, page by page, as a client asks for them who stops at totalResults, or without a next cursor."""
    request: dict[str, Any] = {"count": count, "excluded_attributes": ("groups",)}
    start, cursor = 1, ""
    while True:
        place = {"start_index": start} if way == "offset" else {"cursor": cursor}
        answer = users.search(**request, **place)
        ids = [user["id"] for user in answer["Resources"]]
        yield ids
        start, cursor = start + len(ids), answer.get("nextCursor", "")
        if not ids or (not cursor if way == "cursor" else start > answer["totalResults"]):
            return


def of_load() -> Iterator[Figure]:
    """Changes by chance, so and so many a second, on the model of conflicts and hot partitions."""
    for name, traffic in (("one organization", on_one_organization), ("one group", on_one_group)):
        for rate in (25, 50, 100):
            load = traffic(rate, 20.0)
            beside = {
                "conflicts": load.conflicts,
                "throttled": load.throttled,
                "median ms": load.median * 1000,
                "slowest ms": load.longest * 1000,
            }
            title = f"{rate} changes a second on {name}: failures of {load.requests:,}"
            yield Figure(
                title,
                load.failures,
                "requests",
                goal=0,
                beside=beside,
                note=f"virtual time; {load.hottest} write units/s on the hottest partition",
            )


if __name__ == "__main__":
    run("The directory", figures)
