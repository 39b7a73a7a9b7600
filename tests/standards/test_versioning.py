"""Versions and conditional requests (RFC 7644 section 3.14, RFC 9110 section 13)."""

from __future__ import annotations

import re

import pytest

from tests.standards.scene import Client, patch_body, scim_type, user_body

row = pytest.mark.row
TITLE = patch_body({"op": "replace", "path": "title", "value": "x"})


@row("ETG-01", "ETG-02", "REP-10", "PAT-11", "CRE-14")
def test_given_every_answer_with_one_resource_then_its_header_is_its_version(acme: Client) -> None:
    created = acme.send("POST", "/Users", user_body("ada"))
    path = acme.path(created.json())
    answers = [
        created,
        acme.get(path),
        acme.send("PUT", path, user_body("ada", title="t")),
        acme.send("PATCH", path, TITLE),
    ]
    for answer in answers:
        assert re.fullmatch(r'(W/)?"[^"]*"', answer.headers["ETag"])
        assert answer.headers["ETag"] == answer.json()["meta"]["version"]
    assert len({answer.headers["ETag"] for answer in answers}) == 3


@row("ETG-03")
@pytest.mark.parametrize("tag", ['W/"1"', '"1"', '"0", W/"1"', "*"])
def test_given_the_present_version_in_if_none_match_then_304_without_a_body(acme: Client, tag: str) -> None:
    ada = acme.user("ada")
    url = f"{acme.path(ada)}?excludedAttributes=groups"
    same, other = (acme.send("GET", url, headers={"If-None-Match": each}) for each in (tag, 'W/"9"'))
    assert (same.status, same.text) == (304, "")
    assert (same.headers["ETag"], same.headers["Location"]) == (other.headers["ETag"], other.headers["Location"])
    assert other.status == 200


@row("ETG-03", "ETG-09")
def test_given_an_answer_with_groups_then_it_is_sent_because_the_version_does_not_cover_them(acme: Client) -> None:
    ada = acme.user("ada")
    acme.group("crew", [ada["id"]])
    answer = acme.send("GET", acme.path(ada), headers={"If-None-Match": ada["meta"]["version"]})
    assert (answer.status, answer.json()["groups"][0]["display"]) == (200, "crew")


@row("ETG-04", "ETG-05", "ETG-06")
@pytest.mark.parametrize(
    ("tag", "status"),
    [('W/"1"', 200), ('"1"', 200), ('"a", W/"1"', 200), ("*", 200), ('W/"2"', 412), ('"a"', 412), ("nonsense", 412)],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_given_if_match_then_it_is_judged_by_the_tags_text(acme: Client, method: str, tag: str, status: int) -> None:
    ada = acme.user("ada")
    body = user_body("ada", title="x") if method == "PUT" else TITLE
    answer = acme.send(method, acme.path(ada), body, headers={"If-Match": tag})
    assert answer.status == status
    assert ("title" in acme.read(ada)) is (status == 200)


@row("ETG-06")
def test_given_if_match_on_nobody_then_404(acme: Client) -> None:
    assert scim_type(acme.send("PUT", "/Users/nope", user_body("a"), headers={"If-Match": "*"}), 404) == "None"


@row("ETG-07")
def test_given_two_writers_with_one_version_then_the_second_is_412(acme: Client) -> None:
    ada = acme.user("ada")
    statuses = [acme.put(ada, user_body("ada", title=title), **{"If-Match": 'W/"1"'}).status for title in "xy"]
    assert statuses == [200, 412]
    assert acme.read(ada)["title"] == "x"


@row("ETG-08", "PUT-13", "PAT-43")
def test_given_changes_then_each_has_a_version_of_its_own_and_none_without_a_change(acme: Client) -> None:
    ada = acme.user("ada")
    versions = [acme.send("PATCH", acme.path(ada), TITLE).headers["ETag"] for _ in range(2)]
    versions.append(acme.put(ada, user_body("ada", title="x")).headers["ETag"])
    assert versions == ['W/"2"'] * 3


@row("ETG-11")
def test_given_projections_then_they_share_one_weak_tag(acme: Client) -> None:
    ada = acme.user("ada")
    tags = {acme.get(acme.path(ada), **query).headers["ETag"] for query in ({}, {"attributes": "userName"})}
    assert tags == {'W/"1"'}


@row("ETG-12", "ETG-13")
def test_given_a_list_then_it_has_no_tag_and_nothing_is_cached(acme: Client) -> None:
    ada = acme.user("ada")
    assert "ETag" not in acme.get("/Users").headers
    for path in ("/Users", acme.path(ada), "/Schemas", "/Printers"):
        assert acme.get(path).headers["Cache-Control"] == "no-store"
