"""Groups and their members (RFC 7643 sections 4.1.2 and 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import GROUP, Client, group_body, scim_type, user_body

row = pytest.mark.row


@row("GRP-01", "CRE-05")
def test_given_no_display_name_then_invalid_value(acme: Client, strict: Client) -> None:
    for client in (acme, strict):
        for body in ({"schemas": [GROUP]}, {"schemas": [GROUP], "displayName": " "}):
            assert scim_type(client.send("POST", "/Groups", body)) == "invalidValue"


@row("GRP-02", "GRP-03", "GRP-05", "GRP-09")
def test_given_a_member_by_id_alone_then_both_sides_show_it_whole_whatever_else_was_said(acme: Client) -> None:
    ada = acme.user("ada", displayName="Ada L.")
    lies = {"$ref": "https://evil.example", "type": "Group", "display": "somebody else"}
    crew = acme.send("POST", "/Groups", {**group_body("crew"), "members": [{"value": ada["id"], **lies}]}).json()
    assert acme.read(crew)["members"] == [
        {"value": ada["id"], "$ref": ada["meta"]["location"], "type": "User", "display": "Ada L."}
    ]
    assert acme.read(ada)["groups"] == [
        {"value": crew["id"], "$ref": crew["meta"]["location"], "display": "crew", "type": "direct"}
    ]


@row("GRP-04", "GRP-05", "GRP-07")
def test_given_groups_in_groups_and_circles_then_indirect_membership_shows_and_ends(acme: Client) -> None:
    ada = acme.user("ada")
    inner = acme.group("inner", [ada["id"]])
    outer = acme.group("outer", [inner["id"]])
    acme.patched(inner, {"op": "add", "path": "members", "value": [{"value": outer["id"]}]})
    assert acme.read(outer)["members"][0]["type"] == "Group"
    groups = {each["display"]: each["type"] for each in acme.read(ada)["groups"]}
    assert groups == {"inner": "direct", "outer": "indirect"}
    itself = {"op": "add", "path": "members", "value": [{"value": inner["id"]}]}
    assert scim_type(acme.patch(inner, itself)) == "invalidValue"


@row("GRP-06")
def test_given_groups_in_a_put_or_post_of_a_user_then_nothing_happens(acme: Client) -> None:
    ada, crew = acme.user("ada"), acme.group("crew")
    body = user_body("ada", title="x", groups=[{"value": crew["id"]}])
    assert "groups" not in acme.put(ada, body).json()
    assert "members" not in acme.read(crew)


@row("GRP-12", "ATT-03", "ATT-15", "GRP-11")
def test_given_a_list_of_groups_then_members_are_there_unless_excluded(acme: Client) -> None:
    acme.group("crew", [acme.user("ada")["id"]])
    table = acme.tenant.gangway.account.dynamodb

    def listed(**query: str) -> tuple[bool, int]:
        table.forget_calls()
        (crew,) = acme.get("/Groups", **query).json()["Resources"]
        return "members" in crew, len(table.operations())

    shown, reads = listed()
    assert shown
    for query in ({"excludedAttributes": "members"}, {"attributes": "displayName"}):
        still_shown, fewer_reads = listed(**query)
        assert not still_shown
        assert fewer_reads < reads


@row("GRP-13")
def test_given_no_members_then_the_group_is_created_and_kept(acme: Client) -> None:
    crew = acme.group("crew")
    assert acme.put(crew, group_body("crew", [])).status == 200
    assert "members" not in acme.read(crew)


@row("GRP-14", "PAT-33")
@pytest.mark.parametrize("member", [{}, {"display": "x"}, {"value": None}, {"value": 7}, "x", 7])
def test_given_a_member_without_a_value_then_invalid_value(acme: Client, member: Any) -> None:
    assert scim_type(acme.send("POST", "/Groups", {**group_body("crew"), "members": [member]})) == "invalidValue"


@row("ETG-09", "ETG-08")
def test_given_a_change_of_members_then_the_group_has_a_new_version_and_the_user_has_not(acme: Client) -> None:
    ada, crew = acme.user("ada"), acme.group("crew")
    changed = acme.patched(crew, {"op": "add", "path": "members", "value": [{"value": ada["id"]}]})
    assert changed["meta"]["version"] != crew["meta"]["version"]
    assert changed["meta"]["lastModified"] > crew["meta"]["lastModified"]
    assert acme.read(ada)["meta"] == ada["meta"]


@row("GRP-08", "PAT-08")
def test_given_one_patch_after_another_on_one_state_then_all_members_survive(acme: Client) -> None:
    ids = [acme.user(f"u{number}")["id"] for number in range(20)]
    crew = acme.group("crew")
    for member in ids:
        assert acme.patch(crew, {"op": "Add", "path": "members", "value": [{"value": member}]}).status == 204
    assert sorted(each["value"] for each in acme.read(crew)["members"]) == sorted(ids)
