"""The whole way on the local stack: identity providers change a directory, and applications hear of it."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from gangway.changes.event import ChangeEvent
from gangway.changes.fold import Picture, fold
from gangway.changes.models import parse_event
from infra.local.stack import LocalStack, Options
from tests.idp import replay
from tests.support.admin import Admin
from tests.support.client import GROUP, PATCH, Client
from tests.support.receivers import Receiver, fails_once, hangs, is_gone, redirects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "receiver.py"
METADATA_OR_PRIVATE = "http://10.255.255.1:8080/hook"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(Options(organizations=("acme", "globex", "initech"))) as running:
        yield running


def add(admin: Admin, org: str, url: str, form: str = "full") -> dict[str, Any]:
    added: dict[str, Any] = admin.post(f"/orgs/{org}/webhooks", {"url": url, "form": form})
    return added


def wait_for(what: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def has_heard_all(admin: Admin, org: str, endpoint: str) -> bool:
    """Whether an endpoint was given everything in the log, and the log holds everything that happened."""
    shown = admin.get(f"/orgs/{org}/webhooks/{endpoint}")
    return not shown["behind"] and not shown["heldEvents"]


def events_from_first(admin: Admin, org: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = admin.get(f"/orgs/{org}/events?limit=50{cursor}")
        events += page["events"]
        cursor = f"&cursor={page['cursor']}"
        if not page["more"]:
            return events


def snapshot(admin: Admin, org: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    query = ""
    while True:
        part = admin.get(f"/orgs/{org}/snapshot{query}")
        events += part["events"]
        if part["nextCursor"] is None:
            return events
        query = f"?cursor={part['nextCursor']}"


def folded(documents: list[dict[str, Any]]) -> Picture:
    return fold(ChangeEvent.from_document(document) for document in documents)


def as_scim(client: Client) -> Picture:
    """The directory as the SCIM API shows it."""
    found = Picture()
    for endpoint in ("Users", "Groups"):
        listed = client.send("GET", f"/{endpoint}", params={"count": "100"}).json()
        assert listed["totalResults"] == len(listed["Resources"])
        for resource in listed["Resources"]:
            whole = client.send("GET", f"/{endpoint}/{resource['id']}").json()
            if members := {member["value"] for member in whole.pop("members", ())}:
                found.members[whole["id"]] = members
            found.resources[whole["id"]] = {k: v for k, v in whole.items() if k not in ("id", "meta", "groups")}
    return found


def without_schemas(picture: Picture) -> Picture:
    """The same without what a representation adds and a stored form may leave out."""
    resources = {key: {k: v for k, v in value.items() if k != "schemas"} for key, value in picture.resources.items()}
    return Picture(resources, picture.members)


@pytest.mark.row("WHK-01", "STR-10")
def test_given_jumpcloud_and_okta_when_they_play_then_a_receiver_hears_every_change_once_in_order_and_signed(
    stack: LocalStack,
) -> None:
    admin, organization = Admin(stack), stack.organizations[0]
    with Receiver() as receiver:
        endpoint = add(admin, "acme", receiver.url)
        players = [
            threading.Thread(target=replay.play, args=(name, organization.scim_base_url, organization.token))
            for name in ("jumpcloud", "okta")
        ]
        for player in players:
            player.start()
        # the sequences clean up behind them; these stay
        client = Client.of(organization)
        users = [client.create_user(f"u{number}@acme.example")["id"] for number in range(3)]
        group = {"schemas": [GROUP], "displayName": "All", "members": [{"value": user} for user in users[:2]]}
        assert client.send("POST", "/Groups", group).status_code == 201
        for player in players:
            player.join()
        time.sleep(1)
        wait_for(lambda: has_heard_all(admin, "acme", endpoint["id"]))

        for message in receiver.heard:
            Webhook(endpoint["secret"]).verify(message.body, message.headers)
            assert parse_event(message.body).id == message.headers["webhook-id"]
        heard = [message.event for message in receiver.heard]
        numbers = [event["number"] for event in heard]
        assert sorted(numbers) == list(range(min(numbers), max(numbers) + 1)), "each once, none left out"
        by_resource = defaultdict(list)
        for event in heard:
            by_resource[event["data"]["resourceId"]].append(event["number"])
        assert all(numbers == sorted(numbers) for numbers in by_resource.values())
        assert {event["type"] for event in heard} >= {"user.created", "user.deactivated", "group.members_changed"}

        told = [event["data"] for event in heard if event["type"].startswith(("user.", "group."))]
        assert all(data["initialSync"] for data in told), "the organization is new"

        pulled = events_from_first(admin, "acme")
        assert [event["number"] for event in pulled] == list(range(1, len(pulled) + 1))
        directory = as_scim(Client.of(organization))
        assert directory.resources
        assert folded(heard) == folded(pulled) == folded(snapshot(admin, "acme"))
        assert without_schemas(folded(heard)) == without_schemas(directory)


def test_given_the_example_receiver_when_events_come_twice_and_a_snapshot_follows_then_it_has_the_directory(
    stack: LocalStack,
) -> None:
    admin, organization = Admin(stack), stack.organizations[1]
    client = Client.of(organization)
    specification = importlib.util.spec_from_file_location("receiver", EXAMPLE)
    assert specification is not None
    assert specification.loader is not None
    example = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(example)
    directory = example.Directory()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = add(admin, "globex", f"http://127.0.0.1:{port}/")
    threading.Thread(target=example.serve, args=(port, endpoint["secret"], directory), daemon=True).start()

    users = [client.create_user(f"u{number}@globex.example", title="Boss")["id"] for number in range(3)]
    badge = {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "R"}
    client.send("PATCH", f"/Users/{users[0]}", {"schemas": [PATCH], "Operations": [badge]})
    client.send("PATCH", f"/Users/{users[1]}", {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "title"}]})
    client.send("DELETE", f"/Users/{users[2]}")
    wait_for(lambda: has_heard_all(admin, "globex", endpoint["id"]) and len(directory.resources) == 2)
    before = json.dumps(directory.resources, sort_keys=True)

    admin.post(f"/orgs/globex/webhooks/{endpoint['id']}/replay", {"first": 1})
    wait_for(lambda: has_heard_all(admin, "globex", endpoint["id"]))
    assert json.dumps(directory.resources, sort_keys=True) == before
    assert directory.resources == folded(snapshot(admin, "globex")).resources

    directory.resources.clear()
    told = admin.post(f"/orgs/globex/webhooks/{endpoint['id']}/snapshot")
    assert (told["posted"], told["nextCursor"], told["refused"]) == (2, None, None)
    assert json.dumps(directory.resources, sort_keys=True) == before


@pytest.mark.row("WHK-07", "WHK-10")
def test_given_endpoints_that_fail_in_every_way_when_users_change_then_each_is_handled_and_the_others_hear_on(
    stack: LocalStack,
) -> None:
    admin, organization = Admin(stack), stack.organizations[2]
    client = Client.of(organization)
    with (
        Receiver() as well,
        Receiver(fails_once) as flaky,
        Receiver(is_gone) as gone,
        Receiver(redirects) as redirecting,
        Receiver(hangs) as hanging,
    ):
        urls = {
            "well": well.url,
            "flaky": flaky.url,
            "gone": gone.url,
            "redirecting": redirecting.url,
            "hanging": hanging.url,
            "dead": "http://127.0.0.1:9/hook",
            "private": METADATA_OR_PRIVATE,
        }
        ids = {name: add(admin, "initech", url)["id"] for name, url in urls.items()}

        began: dict[str, float] = {}
        for number in range(10):
            began[client.create_user(f"u{number}@initech.example")["id"]] = time.time()
            time.sleep(0.1)
        wait_for(lambda: has_heard_all(admin, "initech", ids["well"]) and len(well.heard) == 10)
        wait_for(lambda: has_heard_all(admin, "initech", ids["flaky"]))
        wait_for(lambda: bool(attempts(admin, ids["hanging"])))

        late = sorted(message.time - began[message.event["data"]["resourceId"]] for message in well.heard)
        shown = {name: admin.get(f"/orgs/initech/webhooks/{endpoint}") for name, endpoint in ids.items()}
        tried = {name: attempts(admin, endpoint) for name, endpoint in ids.items()}
        for name, found in tried.items():
            answers = sorted({str(each["answer"]["failure"] or each["answer"]["status"]) for each in found})
            print(f"{name:12} {len(found):3} attempts, {', '.join(answers)}", file=sys.stderr)
        print(
            f"well: {1000 * late[len(late) // 2]:.0f} ms at the median, {1000 * late[-1]:.0f} at most", file=sys.stderr
        )

        assert [each["outcome"] for each in tried["well"]] == ["delivered"] * 10
        assert sorted(each["outcome"] for each in tried["flaky"]) == ["delivered"] * 10 + ["retry"] * 10
        assert shown["gone"]["disabled"] == "gone"
        assert {each["answer"]["status"] for each in tried["redirecting"]} == {302}
        assert {each["answer"]["failure"] for each in tried["hanging"]} == {"timeout"}
        assert all(15_000 <= each["answer"]["milliseconds"] < 17_000 for each in tried["hanging"])
        assert {each["answer"]["failure"] for each in tried["dead"]} == {"ConnectionRefusedError"}
        assert all(each["answer"]["failure"].startswith("refused") for each in tried["private"])
        for name in ("redirecting", "dead", "private"):
            assert shown[name]["heldEvents"] == 10
            assert {each["outcome"] for each in tried[name]} == {"retry"}


def attempts(admin: Admin, endpoint: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"/orgs/initech/webhooks/{endpoint}/deliveries")["deliveries"]
    return found
