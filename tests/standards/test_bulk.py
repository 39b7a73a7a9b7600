"""Bulk requests against a real directory (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import (
    BULK,
    ENTERPRISE,
    ERROR,
    PATCH,
    Client,
    Server,
    group_body,
    patch_body,
    scim_type,
    user_body,
)

row = pytest.mark.row


def operation(method: str, path: str, data: Any = None, **more: Any) -> dict[str, Any]:
    return {"method": method, "path": path} | ({} if data is None else {"data": data}) | more


def create(name: str, **attributes: Any) -> dict[str, Any]:
    return operation("POST", "/Users", user_body(name, **attributes), bulkId=name)


def bulk(client: Client, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client.send("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **more})
    assert answer.status == 200, answer.text
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
    return list(answer.json()["Operations"])


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in results]


@row("BLK-01", "BLK-02", "BLK-03", "BLK-05", "BLK-06", "BLK-07")
def test_given_each_method_then_each_has_its_result_with_location_and_version(acme: Client) -> None:
    ada, bob, cyd = acme.user("ada"), acme.user("bob"), acme.user("cyd")
    results = bulk(
        acme,
        create("dan"),
        operation("PUT", acme.path(ada), user_body("ada", title="x"), version='W/"1"'),
        operation("patch", acme.path(bob), patch_body({"op": "add", "path": "title", "value": "y"})),
        operation("DELETE", acme.path(cyd)),
    )
    assert statuses(results) == ["201", "200", "200", "204"]
    assert [each["method"] for each in results] == ["POST", "PUT", "PATCH", "DELETE"]
    assert [each.get("location") for each in results[1:]] == [each["meta"]["location"] for each in (ada, bob, cyd)]
    assert results[0]["bulkId"] == "dan"
    assert results[0]["location"].startswith(f"{acme.base_url}/Users/")
    assert [each.get("version") for each in results[:3]] == ['W/"1"', 'W/"2"', 'W/"2"']
    assert acme.found("title pr") == ["ada", "bob"]


@row("BLK-04", "BLK-06", "BLK-08", "BLK-10", "BLK-19")
def test_given_operations_that_all_fail_then_200_and_an_error_object_each(acme: Client) -> None:
    acme.user("ada")
    results = bulk(
        acme,
        create("ADA"),
        operation("POST", "/Users", user_body("bob")),
        operation("GET", "/Users"),
        operation("POST", "/Bulk", {}, bulkId="b"),
        operation("PUT", "/Me", user_body("x")),
        operation("POST", "/Users/.search", {}, bulkId="s"),
        operation("DELETE", "https://evil.example/Users/1"),
        operation("DELETE", "/Users/../Groups/1"),
        operation("DELETE", "/Users/nope"),
    )
    assert statuses(results) == ["409", *["400"] * 7, "404"]
    assert results[0]["response"]["scimType"] == "uniqueness"
    assert all(each["response"]["schemas"] == [ERROR] for each in results)
    assert all(each["response"]["status"] == each["status"] for each in results)
    assert "location" not in results[0]
    assert results[-1]["location"] == f"{acme.base_url}/Users/nope"


@row("BLK-09")
def test_given_fail_on_errors_then_results_end_with_the_failure_and_without_it_all_go_on(acme: Client) -> None:
    bad = operation("DELETE", "/Users/nope")
    assert statuses(bulk(acme, create("ada"), bad, create("bob"), failOnErrors=1)) == ["201", "404"]
    assert acme.found("userName pr") == ["ada"]
    assert statuses(bulk(acme, bad, create("bob"), bad, create("cyd"))) == ["404", "201", "404", "201"]


@row("BLK-11", "BLK-12", "BLK-13", "BLK-15")
def test_given_references_in_any_order_then_they_mean_what_is_created(acme: Client) -> None:
    group = operation("POST", "/Groups", group_body("crew", ["bulkId:ada", "bulkId:boss"]), bulkId="crew")
    title = operation("PATCH", "/Users/bulkId:ada", patch_body({"op": "add", "path": "title", "value": "x"}))
    managed = create("ada", **{ENTERPRISE: {"manager": {"value": "bulkId:boss"}}})
    results = bulk(acme, group, managed, title, create("boss"))
    assert statuses(results) == ["201", "201", "200", "201"]
    ids = {each["userName"]: each["id"] for each in acme.get("/Users").json()["Resources"]}
    assert acme.get(f"/Users/{ids['ada']}").json()[ENTERPRISE]["manager"]["value"] == ids["boss"]
    assert acme.found("title pr") == ["ada"]
    (crew,) = acme.get("/Groups").json()["Resources"]
    assert sorted(each["value"] for each in crew["members"]) == sorted(ids.values())


@row("BLK-11", "BLK-14")
def test_given_a_reference_in_the_filter_of_a_path_then_it_is_that_of_the_new_resource(acme: Client) -> None:
    ada = acme.user("ada")
    crew = acme.group("crew", [ada["id"]])
    remove_bob = patch_body({"op": "remove", "path": 'members[value eq "bulkId:bob"]'})
    add_bob = patch_body({"op": "add", "path": "members", "value": [{"value": "bulkId:bob"}]})
    changes = [operation("PATCH", acme.path(crew), each) for each in (add_bob, remove_bob)]
    assert statuses(bulk(acme, *changes, create("bob"))) == ["204", "204", "201"]
    assert [each["value"] for each in acme.read(crew)["members"]] == [ada["id"]]
    assert statuses(bulk(acme, changes[1])) == ["409"]


@row("BLK-13")
def test_given_groups_that_contain_each_other_then_both_are_created_whole(acme: Client) -> None:
    groups = {"a": "b", "b": "a"}
    bulk(acme, *(operation("POST", "/Groups", group_body(a, [f"bulkId:{b}"]), bulkId=a) for a, b in groups.items()))
    listed = {each["displayName"]: each for each in acme.get("/Groups").json()["Resources"]}
    assert {name: each["members"][0]["display"] for name, each in listed.items()} == groups


@row("BLK-14")
def test_given_a_reference_to_what_was_not_created_then_409_and_nothing_half_done(acme: Client) -> None:
    acme.user("ada")
    crew = operation("POST", "/Groups", group_body("crew", ["bulkId:ada"]), bulkId="crew")
    assert statuses(bulk(acme, create("ada"), crew)) == ["409", "409"]
    assert acme.get("/Groups").json()["totalResults"] == 0


@row("BLK-17", "ETG-04")
def test_given_a_version_that_is_gone_then_412_for_the_operation(acme: Client) -> None:
    ada = acme.user("ada")
    stale = operation("PUT", acme.path(ada), user_body("ada", title="x"), version='W/"9"')
    (result,) = bulk(acme, stale)
    assert (result["status"], result["response"]["status"]) == ("412", "412")
    assert acme.read(ada) == ada


@row("BLK-18", "AUT-10")
def test_given_a_token_that_only_reads_then_each_operation_is_403(server: Server, acme: Client) -> None:
    reader = server.mint("acme", scopes=["read-only"])
    message = {"schemas": [BULK], "Operations": [create("ada"), operation("DELETE", "/Users/x")]}
    answer = server.send(reader, "POST", "/scim/v2/acme/Bulk", message)
    assert statuses(answer.json()["Operations"]) == ["403", "403"]
    assert acme.get("/Users").json()["totalResults"] == 0


@row("BLK-18", "PAT-07")
def test_given_a_patch_whose_second_operation_fails_then_the_first_has_not_happened(acme: Client) -> None:
    ada = acme.user("ada")
    message = patch_body({"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "foo", "value": 1})
    assert statuses(bulk(acme, operation("PATCH", acme.path(ada), message))) == ["400"]
    assert acme.read(ada) == ada


@row("BLK-20", "BLK-16")
@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"schemas": [BULK]}, 400),
        ({"schemas": [PATCH], "Operations": []}, 400),
        ({"schemas": [BULK], "Operations": []}, 400),
        ({"schemas": [BULK], "Operations": ["x"]}, 400),
        ({"schemas": [BULK], "Operations": [create("ada")], "failOnErrors": "1"}, 400),
        ({"schemas": [BULK], "Operations": [create("ada")] * 251}, 413),
    ],
)
def test_given_a_message_without_sense_or_too_large_then_nothing_is_done(
    acme: Client, message: dict[str, Any], status: int
) -> None:
    answer = acme.send("POST", "/Bulk", message)
    assert scim_type(answer, status) == ("invalidSyntax" if status == 400 else "None")
    assert acme.get("/Users").json()["totalResults"] == 0
