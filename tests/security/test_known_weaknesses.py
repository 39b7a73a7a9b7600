"""Weaknesses that were published of other SCIM servers, each played against this one (rows SCM of docs/security.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.scim.schema import load_registry
from tests.security.account import Gangway, Tenant
from tests.support.client import GROUP, PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gangway.http.admin.api import AdminApi
    from gangway.scim.schema import Attribute


@pytest.fixture
def gangway() -> Gangway:
    return Gangway()


@pytest.fixture
def acme(gangway: Gangway) -> Tenant:
    return gangway.tenant("acme")


def patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def members_of(tenant: Tenant, group_id: str) -> set[str]:
    tenant.gangway.account.advance(seconds=1)
    return {each["value"] for each in tenant.send("GET", f"/Groups/{group_id}").json().get("members", ())}


@pytest.mark.row("SCM-01")
def test_given_an_external_id_that_looks_like_an_id_of_ours_then_it_never_is_one(acme: Tenant) -> None:
    """Grafana took a numeric externalId for its own user id, so "1" became the administrator."""
    victim = acme.create("/Users", {"schemas": [USER], "userName": "victim"})
    for number, external in enumerate(["1", "0", "admin", victim["id"], "null", "-1"]):
        user = acme.create("/Users", {"schemas": [USER], "userName": f"u{number}", "externalId": external})
        assert user["id"] not in (external, victim["id"])
        by_path = acme.send("GET", f"/Users/{quote(external)}")
        assert (by_path.status, by_path.json().get("userName")) in ((404, None), (200, "victim"))
        found = acme.send("GET", f"/Users?filter=externalId%20eq%20%22{external}%22").json()["Resources"]
        assert [each["id"] for each in found] == [user["id"]]
        by_id = acme.send("GET", f"/Users?filter=id%20eq%20%22{external}%22").json()["Resources"]
        assert [each["userName"] for each in by_id] == (["victim"] if external == victim["id"] else [])


@pytest.mark.row("SCM-05")
def test_given_every_route_of_the_admin_api_then_no_get_shows_a_token_or_its_hash(gangway: Gangway) -> None:
    """Bitwarden showed its SCIM key to whoever could read settings."""
    acme = gangway.tenant("acme")
    api: AdminApi = gangway.account.module("admin_api").api
    key_id, secret = acme.token.split("_")[1:]
    known = {"org": "acme", "key": key_id}
    templates = [route.template for area in api.areas for route in area.routes if "GET" in route.endpoints]
    assert len(templates) > 4
    (entry,) = (json.loads(value)["hashes"][key_id] for value in gangway.account.secrets.values() if key_id in value)
    for template in templates:
        path = "/".join(known.get(part.strip("{}"), "x") if "{" in part else part for part in template.split("/"))
        shown = gangway.administer("GET", path).text
        assert secret[:43] not in shown
        assert json.dumps(entry).strip('"') not in shown


@pytest.mark.row("SCM-06")
@pytest.mark.parametrize(
    "authorization", ["Bearer ", "Bearer", "", " ", "Bearer null", "Bearer undefined", "Bearer ''"]
)
@pytest.mark.parametrize("minted", [True, False])
def test_given_an_empty_credential_then_it_equals_nothing_even_where_no_token_was_minted(
    gangway: Gangway, authorization: str, minted: bool
) -> None:
    """ToolJet compared an unset secret with an empty one and found them equal."""
    gangway.organization("acme")
    if minted:
        gangway.mint("acme")
    answer = gangway.send(None, "GET", "/scim/v2/acme/Users", headers={"Authorization": authorization})
    assert answer.status == 401


@pytest.mark.row("SCM-09")
@pytest.mark.parametrize("name", ["null", "undefined", "%00", "*", "acme,globex", "acme%2Ftokens", "..", "nobody"])
def test_given_no_organization_or_one_that_is_none_then_no_token_is_minted(gangway: Gangway, name: str) -> None:
    """open-mercato let an administrator without a tenant mint for any."""
    gangway.organization("acme")
    before = list(gangway.account.dynamodb.items())
    assert gangway.administer("POST", f"/orgs/{name}/tokens", {"label": "x"}).status == 404
    assert list(gangway.account.dynamodb.items()) == before
    assert gangway.account.secrets.values() == []


@pytest.mark.row("SCM-11")
def test_given_somebody_elses_email_then_a_new_user_is_made_and_nobody_is_adopted(acme: Tenant) -> None:
    """ciso-assistant adopted the account with the same e-mail and rewrote it."""
    emails = [{"value": "ceo@example.com", "primary": True}]
    first = acme.create("/Users", {"schemas": [USER], "userName": "ceo", "emails": emails})
    second = acme.create("/Users", {"schemas": [USER], "userName": "mallory", "emails": emails})
    assert first["id"] != second["id"]
    assert acme.send("GET", f"/Users/{first['id']}").json() == first


@pytest.mark.row("SCM-13")
@pytest.mark.parametrize("members", [[], None, [{}], [{"value": ""}], [{"value": None}], [[]], ["x"], "x"])
@pytest.mark.parametrize("way", ["POST", "PUT", "add", "replace", "remove"])
def test_given_an_empty_list_of_members_then_it_never_means_everybody(acme: Tenant, way: str, members: Any) -> None:
    """authentik turned an empty filter into one that matched all users."""
    everybody = [acme.create("/Users", {"schemas": [USER], "userName": name})["id"] for name in ("a", "b", "c")]
    group = acme.create("/Groups", {"schemas": [GROUP], "displayName": "g", "members": [{"value": everybody[0]}]})
    path, body = f"/Groups/{group['id']}", {"schemas": [GROUP], "displayName": "g", "members": members}
    if way == "POST":
        answer = acme.send("POST", "/Groups", {**body, "displayName": "new"})
    elif way == "PUT":
        answer = acme.send("PUT", path, body)
    else:
        answer = acme.send("PATCH", path, patch({"op": way, "path": "members", "value": members}))
    assert answer.status in (200, 201, 204, 400), answer.text
    assert members_of(acme, group["id"]) <= {everybody[0]}
    if way == "POST" and answer.status == 201:
        assert not answer.json().get("members")


names = st.sampled_from(["Admins", "admins ", "ADMINS2", "Admin", "Adminѕ", "Admins-2", "A", "AA"])


@pytest.mark.row("SCM-14")
@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(names, st.sets(st.integers(0, 3), max_size=3)), min_size=2, max_size=8, unique_by=lambda each: each[0]
    )
)
def test_given_groups_with_similar_names_then_each_has_its_own_members(groups: list[tuple[str, set[int]]]) -> None:
    """Snipe-IT found the wrong group by its name, and everybody became a super-user."""
    acme = Gangway().tenant("acme")
    people = [acme.create("/Users", {"schemas": [USER], "userName": f"u{n}"})["id"] for n in range(4)]
    expected: dict[str, set[str]] = {}
    for name, numbers in groups:
        acme.gangway.account.advance(seconds=1)
        wanted = {people[number] for number in numbers}
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in sorted(wanted)]}
        answer = acme.send("POST", "/Groups", body)
        if answer.status == 201:  # two names may be one, apart from case and blanks
            expected[answer.json()["id"]] = wanted
    assert {group_id: members_of(acme, group_id) for group_id in expected} == expected
    for person in people:
        shown = acme.send("GET", f"/Users/{person}").json().get("groups", ())
        assert {each["value"] for each in shown} == {group for group, members in expected.items() if person in members}


@pytest.mark.row("SCM-15")
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_given_groups_written_from_the_users_side_then_it_is_refused(acme: Tenant, op: str) -> None:
    """Keycloak checked one side of a membership and not the other."""
    user = acme.create("/Users", {"schemas": [USER], "userName": "u"})
    group = acme.create("/Groups", {"schemas": [GROUP], "displayName": "Admins"})
    operation = {"op": op, "path": "groups", "value": [{"value": group["id"]}]}
    answer = acme.send("PATCH", f"/Users/{user['id']}", patch(operation))
    assert (answer.status, answer.json()["scimType"]) == (400, "mutability")
    acme.send("PUT", f"/Users/{user['id']}", {"schemas": [USER], "userName": "u", "groups": operation["value"]})
    assert members_of(acme, group["id"]) == set()


@pytest.mark.row("SCM-17")
def test_given_the_members_of_a_group_then_each_form_of_change_touches_only_whom_it_names(acme: Tenant) -> None:
    """agent-bom emptied a group when one member was removed by value, and replaced all when one was added."""
    a, b, c = (acme.create("/Users", {"schemas": [USER], "userName": name})["id"] for name in "abc")
    forms: list[tuple[dict[str, Any], set[str]]] = [
        ({"op": "add", "path": "members", "value": [{"value": c}]}, {a, b, c}),
        ({"op": "Add", "path": "members", "value": {"value": c}}, {a, b, c}),
        ({"op": "add", "value": {"members": [{"value": c}]}}, {a, b, c}),
        ({"op": "remove", "path": "members", "value": [{"value": b}]}, {a}),
        ({"op": "remove", "path": f'members[value eq "{b}"]'}, {a}),
        ({"op": "remove", "path": "members"}, set()),
        ({"op": "replace", "path": "members", "value": [{"value": c}]}, {c}),
        ({"op": "replace", "value": {"members": [{"value": c}]}}, {c}),
        ({"op": "replace", "path": "members", "value": []}, set()),
    ]
    for number, (operation, expected) in enumerate(forms):
        both = [{"value": a}, {"value": b}]
        group = acme.create("/Groups", {"schemas": [GROUP], "displayName": f"g{number}", "members": both})
        answer = acme.send("PATCH", f"/Groups/{group['id']}", patch(operation))
        assert answer.status in (200, 204), answer.text
        assert members_of(acme, group["id"]) == expected, operation


VALUES = {"string": "new", "boolean": True, "reference": "https://example.com/x", "dateTime": "2026-01-01T00:00:00Z"}


def settable() -> Iterator[tuple[str, Attribute, Any]]:
    """Every attribute of a user with a value for it; None for those that clients may not write."""
    for attribute in load_registry().resource_types["User"].attributes.values():
        value: Any = VALUES.get(attribute.type, "new")
        if attribute.sub_attributes:
            parts = {
                sub.name: VALUES.get(sub.type, "new")
                for sub in attribute.sub_attributes.values()
                if sub.mutability == "readWrite" and sub.name != "primary" and sub.type != "binary"
            }
            value = [parts] if attribute.multi_valued else parts
        yield attribute.name, attribute, None if attribute.mutability == "readOnly" else value


@pytest.mark.row("SCM-18")
@pytest.mark.parametrize("name", [name for name, _, _ in settable()])
def test_given_any_attribute_when_it_is_patched_then_it_changes_or_the_request_is_refused(
    acme: Tenant, name: str
) -> None:
    """Cogtrix answered 200 to `active: false` and did nothing."""
    (attribute, value) = next((attribute, value) for known, attribute, value in settable() if known == name)
    user = acme.create("/Users", {"schemas": [USER], "userName": "before"})
    path = f"/Users/{user['id']}"
    operation = {"op": "replace", "path": name, "value": "new" if value is None else value}
    answer = acme.send("PATCH", path, patch(operation))
    after = acme.send("GET", path).json()
    if answer.status >= 400:
        assert after == user
        assert value is None or attribute.type in ("binary", "complex"), answer.text
    elif attribute.returned == "never":
        assert name not in after
    else:
        assert after[name] != user.get(name)


@pytest.mark.row("SCM-18")
def test_given_active_false_then_the_user_is_inactive_and_an_event_says_so(gangway: Gangway, acme: Tenant) -> None:
    user = acme.create("/Users", {"schemas": [USER], "userName": "leaver", "active": True})
    acme.send("PATCH", f"/Users/{user['id']}", patch({"op": "Replace", "value": {"active": "False"}}))
    assert acme.send("GET", f"/Users/{user['id']}").json()["active"] is False
    gangway.sweep()
    assert "user.deactivated" in {entry["DetailType"] for entry in gangway.account.bus.entries}
