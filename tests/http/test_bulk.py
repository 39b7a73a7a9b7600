"""POST /Bulk over a small directory in memory: BLK-02 to BLK-20."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from gangway.directory.representation import Answer
from gangway.scim.errors import NotFound, PreconditionFailed, Uniqueness
from tests.http.fakes import RecordingDirectory, Scim
from tests.support.proxy import LambdaContext

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BASE = "https://scim.example.com/scim/v2/acme"


@dataclass
class SmallDirectory(RecordingDirectory):
    """Keeps resources by id; userNames and displayNames are unique; members must exist."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    pause: float = 0.0
    busy: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def opened(self, context: Any) -> Any:
        with self.lock:
            self.contexts.append(context)
        return _Opened(self, context.base_url)

    def answered(self, base_url: str, kind: str, resource_id: str, status: int) -> Answer:
        return Answer(status, {}, f'W/"{self.versions[resource_id]}"', f"{base_url}/{kind}s/{resource_id}")


@dataclass
class _Opened:
    all: SmallDirectory
    base_url: str
    kind: str = ""

    def of(self, kind: str) -> _Opened:
        return _Opened(self.all, self.base_url, kind)

    def create(self, body: dict[str, Any], _selection: object) -> Answer:
        self._take_time()
        with self.all.lock:
            self._check(body, None)
            resource_id = f"id{len(self.all.versions)}"
            self.all.resources[resource_id], self.all.versions[resource_id] = body, 1
            return self.all.answered(self.base_url, self.kind, resource_id, 201)

    def replace(self, resource_id: str, body: dict[str, Any], _selection: object, if_match: str | None) -> Answer:
        with self.all.lock:
            self._present(resource_id, if_match)
            self._check(body, resource_id)
            self.all.resources[resource_id] = body
            self.all.versions[resource_id] += 1
            return self.all.answered(self.base_url, self.kind, resource_id, 200)

    def patch(
        self, resource_id: str, body: dict[str, Any], selection: object, if_match: str | None, *, attributes_asked: bool
    ) -> Answer:
        return self.replace(resource_id, {**self.all.resources.get(resource_id, {}), **body}, selection, if_match)

    def delete(self, resource_id: str, if_match: str | None) -> Answer:
        with self.all.lock:
            self._present(resource_id, if_match)
            del self.all.resources[resource_id]
            return Answer(204)

    def _take_time(self) -> None:
        with self.all.lock:
            self.all.busy += 1
            self.all.busiest = max(self.all.busiest, self.all.busy)
        time.sleep(self.all.pause)
        with self.all.lock:
            self.all.busy -= 1

    def _check(self, body: dict[str, Any], own_id: str | None) -> None:
        if body.get("boom"):
            raise RuntimeError("boom")
        for member in body.get("members", ()):
            if member["value"] not in self.all.resources:
                raise NotFound("no such member")
        for resource_id, kept in self.all.resources.items():
            if resource_id != own_id and kept.get("userName", kept) == body.get("userName"):
                raise Uniqueness("taken")

    def _present(self, resource_id: str, if_match: str | None) -> None:
        if resource_id not in self.all.resources:
            raise NotFound("none")
        if if_match not in (None, f'W/"{self.all.versions[resource_id]}"'):
            raise PreconditionFailed("changed")


@dataclass
class Bulk(Scim):
    directory: SmallDirectory = field(default_factory=SmallDirectory)

    def run(self, *operations: dict[str, Any], **message: Any) -> list[dict[str, Any]]:
        reply = self.send("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **message})
        assert reply.status == 200, reply.text
        body = reply.json()
        assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
        results: list[dict[str, Any]] = body["Operations"]
        assert all(isinstance(result["status"], str) for result in results)
        return results


@pytest.fixture
def bulk() -> Bulk:
    return Bulk()


def user(name: str, **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": {"userName": name, **data}}


def group(name: str, *members: str) -> dict[str, Any]:
    data = {"displayName": name, "members": [{"value": f"bulkId:{member}"} for member in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


def test_BLK_02_BLK_06_BLK_07_given_each_method_then_each_has_its_result(bulk: Bulk) -> None:
    created = bulk.run(user("a"), user("b"), user("c"))
    assert created[0] == {
        "method": "POST",
        "bulkId": "a",
        "location": created[0]["location"],
        "version": 'W/"1"',
        "status": "201",
    }
    ids = [result["location"].rsplit("/", 1)[1] for result in created]
    results = bulk.run(
        {"method": "PUT", "path": f"/Users/{ids[0]}", "data": {"userName": "a2"}, "version": 'W/"1"'},
        {"method": "patch", "path": f"/Users/{ids[1]}", "data": {"userName": "b2"}},
        {"method": "DELETE", "path": f"/Users/{ids[2]}"},
    )
    assert statuses(results) == ["200", "200", "204"]
    assert [result["location"] for result in results] == [f"{BASE}/Users/{resource_id}" for resource_id in ids]
    assert [result.get("version") for result in results] == ['W/"2"', 'W/"2"', None]


def test_BLK_08_BLK_10_given_failures_only_then_200_with_an_error_object_each(bulk: Bulk) -> None:
    bulk.run(user("a"))
    results = bulk.run(user("a"), {"method": "DELETE", "path": "/Users/none"}, user("x", boom=True))
    assert statuses(results) == ["409", "404", "500"]
    assert results[0]["response"]["scimType"] == "uniqueness"
    assert "location" not in results[0]
    assert results[1]["location"] == f"{BASE}/Users/none"
    assert all(result["response"]["status"] == result["status"] for result in results)


def test_BLK_17_given_a_stale_version_then_412(bulk: Bulk) -> None:
    (created,) = bulk.run(user("a"))
    path = created["location"].removeprefix(BASE)
    assert statuses(bulk.run({"method": "DELETE", "path": path, "version": 'W/"9"'})) == ["412"]


def test_BLK_09_given_fail_on_errors_then_results_end_with_the_last_failure_that_was_allowed(bulk: Bulk) -> None:
    operations = [user("a"), user("a2", boom=True), user("b"), user("b2", boom=True), user("c")]
    assert statuses(bulk.run(*operations, failOnErrors=2)) == ["201", "500", "201", "500"]
    assert statuses(bulk.run(user("d", boom=True), user("e"), failOnErrors=1)) == ["500"]
    assert statuses(bulk.run(user("f", boom=True), user("g"))) == ["500", "201"]


def test_BLK_11_BLK_13_given_references_in_any_order_then_they_become_ids(bulk: Bulk) -> None:
    results = bulk.run(group("g", "a", "b"), user("a"), user("b"))
    ids = {result["bulkId"]: result["location"].rsplit("/", 1)[1] for result in results}
    assert [member["value"] for member in bulk.directory.resources[ids["g"]]["members"]] == [ids["a"], ids["b"]]


def test_BLK_12_given_a_reference_in_a_path_then_it_becomes_an_id(bulk: Bulk) -> None:
    results = bulk.run({"method": "PATCH", "path": "/Users/bulkId:a", "data": {"nickName": "A"}}, user("a"))
    assert statuses(results) == ["200", "201"]
    assert results[0]["location"] == results[1]["location"]


def test_BLK_13_given_groups_that_contain_each_other_then_both_are_created_whole(bulk: Bulk) -> None:
    results = bulk.run(group("x", "y"), group("y", "x"))
    assert statuses(results) == ["201", "201"]
    ids = {result["bulkId"]: result["location"].rsplit("/", 1)[1] for result in results}
    members = {name: bulk.directory.resources[ids[name]]["members"] for name in ids}
    assert members == {"x": [{"value": ids["y"]}], "y": [{"value": ids["x"]}]}
    assert {result["bulkId"]: result["version"] for result in results}["y"] == 'W/"2"'


def test_BLK_14_given_a_reference_to_nothing_or_to_a_failure_then_409_and_nothing_half_done_stays(bulk: Bulk) -> None:
    results = bulk.run(group("g", "nobody"), user("a", boom=True), group("h", "a"))
    assert statuses(results) == ["409", "500", "409"]
    bulk.directory.resources["taken"] = {"userName": "x"}
    circle = [
        {**group("p", "q"), "data": {**group("p", "q")["data"], "userName": "x"}},
        group("q", "p"),
    ]
    assert statuses(bulk.run(*circle)) == ["409", "409"]
    assert list(bulk.directory.resources) == ["taken"]


@pytest.mark.parametrize(
    "operation",
    [
        {},
        {"method": "GET", "path": "/Users/1"},
        {"method": "x" * 1000, "path": "/Users/1"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "", "data": {}},
        {"method": "POST", "path": "/Users/1", "bulkId": "a", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "a"},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "PATCH", "path": "/Users/1", "data": []},
        {"method": "DELETE", "path": "/Users"},
        {"method": "DELETE", "path": "/Users/1/emails"},
        {"method": "DELETE", "path": "/Users/../Groups/1"},
        {"method": "DELETE", "path": "/Users/1?x=y"},
        {"method": "POST", "path": "/Bulk", "bulkId": "a", "data": {}},
        {"method": "POST", "path": "/Users/.search", "bulkId": "a", "data": {}},
        {"method": "DELETE", "path": "/Me"},
        {"method": "DELETE", "path": "Users/1"},
        {"method": "DELETE", "path": "https://evil.example/Users/1"},
        {"method": "DELETE", "path": "/scim/v2/globex/Users/1"},
    ],
)
def test_BLK_03_BLK_04_BLK_05_BLK_19_given_an_operation_without_sense_then_400_for_it_alone(
    bulk: Bulk, operation: dict[str, Any]
) -> None:
    results = bulk.run(operation, user("fine"))
    assert statuses(results) == ["400", "201"]
    assert len(results[0]["method"]) <= 16


def test_BLK_04_given_one_bulk_id_twice_then_the_second_is_400_and_references_mean_the_first(bulk: Bulk) -> None:
    results = bulk.run(user("a"), {**user("b"), "bulkId": "a"}, group("g", "a"))
    assert statuses(results) == ["201", "400", "201"]
    group_id = results[2]["location"].rsplit("/", 1)[1]
    assert bulk.directory.resources[group_id]["members"] == [{"value": results[0]["location"].rsplit("/", 1)[1]}]


@pytest.mark.parametrize(
    "message", [{}, {"Operations": []}, {"Operations": [1]}, {"Operations": [{}], "failOnErrors": 0}]
)
def test_BLK_20_given_a_message_without_sense_then_400(bulk: Bulk, message: dict[str, Any]) -> None:
    reply = bulk.send("POST", "/Bulk", {"schemas": [BULK], **message})
    assert (reply.status, reply.json()["scimType"]) == (400, "invalidSyntax")


def test_BLK_16_INP_14_given_more_operations_than_advertised_then_413_and_nothing_is_done(bulk: Bulk) -> None:
    limit = bulk.send("GET", "/ServiceProviderConfig").json()["bulk"]["maxOperations"]
    operations = [user(f"u{n}") for n in range(limit + 1)]
    assert bulk.send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).status == 413
    assert not bulk.directory.resources


def test_BLK_18_given_a_restricted_token_then_each_operation_is_checked() -> None:
    read_only = Bulk(scopes=("read-only",))
    assert statuses(read_only.run(user("a"), group("g"))) == ["403", "403"]
    assert statuses(Bulk(scopes=("users-only",)).run(user("a"), group("g"))) == ["201", "403"]


def test_given_250_creations_then_they_run_in_parallel_each_with_a_request_id_of_its_own(bulk: Bulk) -> None:
    bulk.directory.pause = 0.01
    results = bulk.run(*(user(f"u{n}") for n in range(250)))
    assert statuses(results) == ["201"] * 250
    assert bulk.directory.busiest > 4
    assert len({context.request_id for context in bulk.directory.contexts}) == 250


def test_REL_16_given_time_that_runs_out_then_what_has_not_begun_is_503(bulk: Bulk) -> None:
    remaining = iter([25_000, 25_000, 25_000, 1_000, 1_000])
    bulk.context = LambdaContext()
    bulk.context.get_remaining_time_in_millis = lambda: next(remaining)  # type: ignore[method-assign] # runs out
    results = bulk.run(user("a"), user("b"), user("c"), user("d"), failOnErrors=10)
    assert statuses(results) == ["201", "201", "503", "503"]


def test_given_an_error_in_one_operation_then_the_log_knows_and_the_answer_does_not(
    bulk: Bulk, capsys: pytest.CaptureFixture[str]
) -> None:
    (result,) = bulk.run(user("a", boom=True))
    assert "boom" not in str(result)
    assert "RuntimeError" in capsys.readouterr().out


def test_given_dialect_rules_that_fire_in_operations_then_the_request_counts_them(
    bulk: Bulk, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = bulk.directory.opened

    def lenient(context: Any) -> Any:
        context.dialect.fired["text-booleans"] += 1
        return opened(context)

    bulk.directory.opened = lenient  # type: ignore[method-assign] # counts
    Scim.__post_init__(bulk)
    bulk.run(user("a"), user("b"))
    assert '"dialectRules":{"text-booleans":2}' in capsys.readouterr().out.replace(" ", "")
