"""Which users or groups the rows of an import are about.

A row is matched by externalId, else by the name that its kind has. Many rows are looked up together, because then all
their names are one read instead of one each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gangway.directory.lookups import KEYED, lookup
from gangway.directory.persistence import Persistence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gangway.directory.context import RequestContext
    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Lookup, Record
    from gangway.scim.schema import ResourceType

    type Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """Who a row is about.

    Attributes:
        record: the user or group as it was a moment ago; None if there is none.
        refusal: why it cannot be told; empty if it can.
    """

    record: Record | None = None
    refusal: str = ""


class Matching:
    """Matches rows of one resource type with what is in the directory."""

    def __init__(self, store: DirectoryStore, resource_type: ResourceType, context: RequestContext) -> None:
        self._heads = store.heads
        self._type = resource_type
        self._name = KEYED[resource_type.name][0]
        self._unique = resource_type.name == "User" or context.unique_group_names
        self._persistence = Persistence(context.remaining_ms)

    def of(self, resources: Sequence[Resource]) -> list[Match]:
        """The match of each.

        Raises:
            Unavailable: the directory is busy.
        """
        by_id = self._found([self._lookup(each, "externalId", unique=False) for each in resources])
        names = [self._lookup(each, self._name, unique=self._unique) for each in resources]
        by_name = self._found([None if ids else name for ids, name in zip(by_id, names, strict=True)])
        wanted = sorted({each for ids in (*by_id, *by_name) for each in ids})
        records = self._persistence.persist(lambda: self._heads.records(wanted, cells=True))

        def there(ids: Sequence[str]) -> list[Record]:
            return [records[each] for each in ids if each in records]

        return [
            self._one(there(ids), "externalId") if ids else self._one(self._namesakes(each, there(named)), self._name)
            for each, ids, named in zip(resources, by_id, by_name, strict=True)
        ]

    def _namesakes(self, resource: Resource, found: Sequence[Record]) -> Sequence[Record]:
        """Groups that may share a name are told apart by externalId, if the row has one."""
        if self._unique or not resource.get("externalId"):
            return found
        return [each for each in found if "externalId" not in each.document]

    def _one(self, found: Sequence[Record], path: str) -> Match:
        if len(found) > 1:
            several = f"{len(found)} {self._type.name}s have this {path}"
            return Match(refusal=f"{several}; give the row another, or repair them first.")
        return Match(found[0] if found else None)

    def _found(self, lookups: Sequence[Lookup | None]) -> list[tuple[str, ...]]:
        """The ids that each is found by."""
        wanted = frozenset(each for each in lookups if each)
        found = self._persistence.persist(lambda: self._heads.find_each(self._type.name, wanted))
        return [found[each] if each else () for each in lookups]

    def _lookup(self, resource: Resource, path: str, *, unique: bool) -> Lookup | None:
        value = resource.get(path)
        return lookup(self._type, path, value, unique=unique) if isinstance(value, str) and value else None
