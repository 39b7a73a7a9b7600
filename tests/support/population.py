"""Directories of a hundred thousand people, put into the fake as items: as they would be after as many requests."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gangway.directory.identifiers import new_id, resource_type_of
from gangway.directory.lookups import lookups_of
from gangway.directory.records import Cell, Record
from gangway.storage import items, keys
from gangway.storage.heads import lookup_name
from gangway.storage.member_writes import cell_of
from tests.support.directories import ORGANIZATION, REGISTRY
from tests.support.scim import GROUP, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    type Item = dict[str, Any]

_FIRST_MS = 1_760_000_000_000
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Population:
    """Who is there: ids of users in order, and ids of groups by the number of their members."""

    users: list[str]
    groups: dict[int, str]


def document(number: int) -> dict[str, Any]:
    """A user as an identity provider provisions it, about 700 bytes."""
    given, family = f"Given{number % 991}", f"Family{number % 7919}"
    address = f"{given}.{family}.{number}@example.com".lower()
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": address,
        "externalId": f"{number:08x}-5f3c-4b7e-9a1d-0123456789ab",
        "name": {"givenName": given, "familyName": family, "formatted": f"{given} {family}"},
        "displayName": f"{given} {family}",
        "title": "Senior Something Engineer",
        "active": True,
        "preferredLanguage": "en-GB",
        "emails": [{"value": address, "type": "work", "primary": True}],
        "phoneNumbers": [{"value": f"+44 20 7946 {number % 10_000:04d}", "type": "work"}],
        ENTERPRISE: {"employeeNumber": str(number), "department": f"Department {number % 50}", "costCenter": "4130"},
    }


def population(users: int, groups: Sequence[int]) -> tuple[Population, list[Item]]:
    """So many users, and a group for each of the sizes."""
    people = [new_id("User", _FIRST_MS + number) for number in range(users)]
    made: list[Item] = []
    for number, user in enumerate(people):
        made += _resource(Record("User", user, 1, _FIRST_MS, _FIRST_MS, document(number), "loaded"))
    by_size = {}
    for size in groups:
        group = by_size[size] = new_id("Group", _FIRST_MS + size)
        shown = {"schemas": [GROUP], "displayName": f"group of {size}"}
        made += _resource(Record("Group", group, 1, _FIRST_MS, _FIRST_MS, shown, "loaded"))
        made += _members(group, people[:size])
    made += _counters(users, len(groups))
    return Population(people, by_size), made


def _resource(record: Record) -> Iterator[Item]:
    yield _stamped(items.head_item(ORGANIZATION, record))
    for lookup in lookups_of(record.document, REGISTRY.resource_types[record.resource_type], unique_names=True):
        owner = None if lookup.unique else record.id
        key = keys.lookup(ORGANIZATION, lookup_name(record.resource_type, lookup), lookup.value_key, owner)
        yield _stamped(items.item_of(key, "lookup", i=items.text(record.id)))


def _members(group: str, members: Sequence[str]) -> Iterator[Item]:
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for member in members:
        counted[cell_of(member)][resource_type_of(member)] += 1
        yield _stamped(items.item_of(keys.member(ORGANIZATION, group, member), "member"))
        yield _stamped(items.item_of(keys.mirror(ORGANIZATION, group, member), "mirror"))
    for number in range(keys.VERSION_CELLS):
        cell = Cell(number, changes=1, told=1, users=counted[number]["User"], modified=_FIRST_MS)
        yield _stamped(items.cell_item(ORGANIZATION, group, cell))


def _counters(users: int, groups: int) -> Iterator[Item]:
    for resource_type, number in (("User", users), ("Group", groups)):
        for cell in range(keys.COUNTER_CELLS):
            share = number // keys.COUNTER_CELLS + (cell < number % keys.COUNTER_CELLS)
            key = keys.counter(ORGANIZATION, resource_type, cell)
            yield items.item_of(key, "counter", n=items.number(share))


def _stamped(item: Item) -> Item:
    return item | {"q": {"S": "loaded"}}
