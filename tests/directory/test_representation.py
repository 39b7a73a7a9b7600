"""What answers contain, the schemas say: `/Schemas` describes exactly what the directory shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gangway.scim.discovery import schemas
from gangway.scim.errors import InvalidValue
from gangway.scim.resource import root_attribute
from gangway.scim.schema import ENTERPRISE_USER, Attribute
from tests.bench.scim import BODY
from tests.support.directories import REGISTRY
from tests.support.scim import Client, group_body, user_body

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = {document["id"]: document for document in schemas(REGISTRY, "https://scim.example.com")}
META = ("resourceType", "created", "lastModified", "location", "version")
COMMON: list[dict[str, Any]] = [
    # No schema need name the attributes that all resources have (RFC 7643 section 3.1).
    *({"name": name} for name in ("schemas", "id", "externalId")),
    {"name": "meta", "subAttributes": [{"name": name} for name in META]},
]
VALUES: dict[str, Any] = {
    "string": "a",
    "boolean": True,
    "integer": 1,
    "reference": "https://x.example/y",
    "dateTime": "2026-01-01T00:00:00Z",
    "binary": "MQ==",
}


def everything(attribute: Attribute) -> Any:
    """A value with all that a client may write of an attribute."""
    if attribute.type != "complex":
        value: Any = VALUES[attribute.type]
    else:
        value = {part.name: everything(part) for part in attribute.sub_attributes.values() if not part.read_only}
    return [value] if attribute.multi_valued else value


def undeclared(resource: dict[str, Any]) -> list[str]:
    """Paths in an answer that no schema of its type has."""
    kind = REGISTRY.resource_types[resource["meta"]["resourceType"]]
    extensions = {each.schema.id for each in kind.extensions}
    declared = [*DOCUMENTS[kind.schema.id]["attributes"], *COMMON]
    return [
        *_beyond(declared, {name: value for name, value in resource.items() if name not in extensions}),
        *(path for urn in extensions for path in _beyond(DOCUMENTS[urn]["attributes"], resource.get(urn, {}))),
    ]


def _beyond(declared: list[dict[str, Any]], value: Any, path: str = "") -> Iterator[str]:
    known = {attribute["name"]: attribute for attribute in declared}
    for element in value if isinstance(value, list) else [value]:
        for name, inner in element.items() if isinstance(element, dict) else ():
            if name not in known:
                yield f"{path}{name}"
            else:
                yield from _beyond(known[name].get("subAttributes", []), inner, f"{path}{name}.")


def test_given_a_user_with_everything_then_every_attribute_shown_is_in_a_schema(users: Client, groups: Client) -> None:
    root = root_attribute(REGISTRY.resource_types["User"])
    body = {part.name: everything(part) for part in root.sub_attributes.values() if not part.read_only}
    ada = users.create({**BODY, **body, "userName": "ada"})
    inner = groups.create(group_body("inner", [ada["id"]]))
    groups.create(group_body("outer", [inner["id"]]))

    shown = users.read(ada["id"])

    assert {each["type"] for each in shown["groups"]} == {"direct", "indirect"}
    assert shown.keys() == {part.name for part in root.sub_attributes.values() if part.returned != "never"}
    assert "displayName" not in shown[ENTERPRISE_USER]["manager"]
    assert undeclared(shown) == []


def test_given_groups_small_and_large_then_every_attribute_shown_is_in_a_schema(
    users: Client, groups: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [users.create(user_body(f"user{each}", displayName="X"))["id"] for each in range(3)]
    small = groups.create(group_body("small", people, externalId="1"))
    large = groups.create(group_body("large", [*people, small["id"]]))
    monkeypatch.setattr("gangway.directory.representation.MAX_MEMBERS", 3)
    monkeypatch.setattr("gangway.directory.listing.MAX_MEMBERS", 3)

    shown = [groups.read(small["id"]), groups.read(large["id"]), *groups.search()["Resources"]]

    assert [(each["displayName"], len(each.get("members", ()))) for each in shown[:2]] == [("small", 3), ("large", 0)]
    assert {each["displayName"]: len(each.get("members", ())) for each in shown[2:]} == {"small": 3, "large": 0}
    assert [undeclared(each) for each in shown] == [[], [], [], []]


@pytest.mark.parametrize("sort_by", ["members", "members.value", "members.display"])
def test_members_cannot_be_sorted_by(groups: Client, sort_by: str) -> None:
    groups.create(group_body("a"))
    with pytest.raises(InvalidValue, match="sortBy"):
        groups.search(sort_by=sort_by)
