"""Deleting, and what it is not (RFC 7644 section 3.6)."""

from __future__ import annotations

import pytest

from tests.standards.scene import ENTERPRISE, Client, Server, patch_body, scim_type, user_body

row = pytest.mark.row


@row("DEL-01", "DEL-02", "DEL-03", "DEL-04")
def test_given_somebody_deleted_then_204_and_gone_from_every_door(acme: Client) -> None:
    ada, path = acme.user("ada", emails=[{"value": "a@b.c"}]), ""
    path = acme.path(ada)
    gone = acme.send("DELETE", path)
    assert (gone.status, gone.text) == (204, "")
    bodies = {"GET": None, "PUT": user_body("ada"), "PATCH": patch_body({"op": "add", "value": {"title": "x"}})}
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        assert acme.send(method, path, bodies.get(method)).status == 404, method
    assert acme.get("/Users").json()["totalResults"] == 0
    for text in ('userName eq "ada"', f'id eq "{ada["id"]}"', 'emails.value eq "a@b.c"', "userName pr"):
        assert acme.found(text) == []
    assert acme.found("meta.created pr", "/") == []
    assert acme.user("ada")["id"] != ada["id"]


@row("DEL-05", "GRP-09", "PAT-22")
def test_given_somebody_deleted_then_no_group_lists_them_and_nobody_lists_a_deleted_group(
    server: Server, acme: Client
) -> None:
    ada, bob = acme.user("ada"), acme.user("bob")
    crew, team = acme.group("crew", [ada["id"], bob["id"]]), acme.group("team", [bob["id"]])
    acme.send("DELETE", acme.path(ada))
    acme.send("DELETE", acme.path(team))
    for _ in range(2):  # at once, and after the housekeeper has been
        assert [each["value"] for each in acme.read(crew)["members"]] == [bob["id"]]
        assert [each["display"] for each in acme.read(bob)["groups"]] == ["crew"]
        assert acme.found(f'members.value eq "{ada["id"]}"', "/Groups") == []
        server.sweep()


@row("DEL-05", "REP-47")
def test_given_a_manager_deleted_then_the_reference_stays_as_it_was_sent(acme: Client) -> None:
    boss = acme.user("boss")
    ada = acme.user("ada", **{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    acme.send("DELETE", acme.path(boss))
    assert acme.read(ada)[ENTERPRISE] == {"manager": {"value": boss["id"]}}


@row("DEL-07", "ETG-04")
def test_given_if_match_then_only_the_present_version_is_deleted(acme: Client) -> None:
    ada = acme.user("ada")
    assert scim_type(acme.send("DELETE", acme.path(ada), headers={"If-Match": 'W/"9"'}), 412) == "None"
    assert acme.send("DELETE", acme.path(ada), headers={"If-Match": 'W/"1"'}).status == 204


@row("DEL-08")
def test_given_somebody_deactivated_then_they_are_there_and_keep_their_name(acme: Client) -> None:
    ada = acme.patched(acme.user("ada"), {"op": "replace", "value": {"active": False}})
    assert ada["active"] is False
    assert acme.found('userName eq "ada"') == acme.found("active eq false") == ["ada"]
    assert scim_type(acme.send("POST", "/Users", user_body("ada")), 409) == "uniqueness"
