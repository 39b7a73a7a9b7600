"""What identity providers send in PATCH otherwise than RFC 7644 has it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.scene import ENTERPRISE, HOME, WORK, Client, Server, add, remove, replace, scim_type

row = pytest.mark.row


@pytest.fixture
def ada(acme: Client) -> dict[str, Any]:
    return acme.user("ada", title="t", name={"givenName": "A", "familyName": "L"}, emails=[WORK, HOME])


@row("PAT-03")
@pytest.mark.parametrize("op", ["Add", "REPLACE", "replace"])
def test_given_an_op_in_any_case_then_it_is_understood(acme: Client, ada: dict[str, Any], op: str) -> None:
    assert acme.patched(ada, {"op": op, "path": "title", "value": "x"})["title"] == "x"


@row("PAT-20", "PAT-21", "PAT-32")
def test_given_remove_members_then_all_go_or_only_those_listed(acme: Client, strict: Client) -> None:
    for client in (acme, strict):
        ids = [client.user(name)["id"] for name in ("ada", "bob", "cyd")]
        crew = client.group("crew", ids)
        one = client.patched(crew, remove(f'members[value eq "{ids[0]}"]'))
        assert sorted(each["value"] for each in one["members"]) == ids[1:]
        if client is acme:
            listed = client.patched(crew, {"op": "Remove", "path": "members", "value": [{"value": ids[1]}]})
            assert [each["value"] for each in listed["members"]] == ids[2:]
        assert "members" not in client.patched(crew, remove("members"))


@row("PAT-28", "PAT-29", "PAT-25")
def test_given_a_value_path_that_matches_nothing_then_who_needs_it_created_gets_it_created(
    server: Server, acme: Client, strict: Client
) -> None:
    entra = Client(server.tenant("contoso", provider="entra"))
    operation = replace('emails[type eq "work"].value', "w@x.y")
    created = {"type": "work", "value": "w@x.y"}
    for client, of_none, of_others in (
        (strict, None, None),
        (acme, [created], None),
        (entra, [created], [HOME, created]),
    ):
        for name, emails, wanted in (("ada", [], of_none), ("bob", [HOME], of_others)):
            user = client.user(name, emails=emails)
            answer = client.patch(user, operation)
            if wanted is None:
                assert scim_type(answer) == "noTarget"
            else:
                assert answer.json()["emails"] == wanted
    assert acme.patched(acme.user("cyd", emails=[HOME]), operation | {"op": "add"})["emails"] == [HOME, created]


@row("PAT-35", "PAT-34")
def test_given_keys_that_are_paths_then_they_are_followed_and_never_kept(acme: Client, ada: dict[str, Any]) -> None:
    value = {
        "name.givenName": "B",
        f"{ENTERPRISE}:department": "Engines",
        'emails[type eq "work"].value': "new@x.y",
        "active": "False",
    }
    changed = acme.patched(ada, replace(None, value))
    assert changed["name"]["givenName"] == "B"
    assert changed[ENTERPRISE] == {"department": "Engines"}
    assert changed["emails"][0] == WORK | {"value": "new@x.y"}
    assert changed["active"] is False
    assert not [key for key in changed if "." in key.removeprefix(ENTERPRISE) or "[" in key]


@row("PAT-36", "REP-46")
def test_given_a_manager_as_text_then_it_is_an_id_and_empty_text_clears_it(acme: Client, ada: dict[str, Any]) -> None:
    path = f"{ENTERPRISE}:manager"
    assert acme.patched(ada, add(path, "26118915"))[ENTERPRISE] == {"manager": {"value": "26118915"}}
    assert ENTERPRISE not in acme.patched(ada, replace(path, ""))


@row("PAT-37")
def test_given_a_text_boolean_in_a_value_path_then_it_is_understood(acme: Client, ada: dict[str, Any]) -> None:
    changed = acme.patched(ada, replace('emails[primary eq "True"].value', "p@x.y"))
    assert changed["emails"] == [WORK | {"value": "p@x.y"}, HOME]


@row("PAT-38")
def test_given_the_unchanged_id_in_a_value_then_it_is_accepted_and_another_refused(acme: Client) -> None:
    crew = acme.group("crew")
    echoed = {"id": crew["id"], "meta": crew["meta"], "schemas": crew["schemas"], "displayName": "team"}
    assert acme.patched(crew, replace(None, echoed))["displayName"] == "team"
    assert scim_type(acme.patch(crew, replace(None, {"id": "x", "displayName": "y"}))) == "mutability"


@row("PAT-39")
def test_given_a_single_value_wrapped_in_a_list_then_it_is_unwrapped(acme: Client, ada: dict[str, Any]) -> None:
    assert acme.patched(ada, replace("title", [{"value": "x"}]))["title"] == "x"
