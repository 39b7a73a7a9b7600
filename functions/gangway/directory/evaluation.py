"""Which resources match a filter.

First by key: what every match must have in common is looked up, the most telling first, and only what is found there
is tested against the whole filter. Without a key all resources of the type are tested, up to `MAX_EVALUATED`; beyond
that the answer is ``tooMany``, because a search that would cost seconds and megabytes each time it is repeated helps
nobody (RFC 7644 section 3.12).

``members`` and ``groups`` are not in the documents. When a filter compares them only by equality, as identity providers
do to ask "is this user in that group", just those memberships are read and joined; any other use needs them all, and is
evaluated for `MAX_JOINED` resources at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.directory.identifiers import is_id, resource_type_of
from gangway.directory.lookups import KEYED, lookup
from gangway.directory.records import NO_MEMBERSHIPS, Position
from gangway.scim.errors import TooMany

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Record
    from gangway.directory.representation import Presenter
    from gangway.scim.filter import BoundFilter, Filter
    from gangway.scim.schema import ResourceType

MAX_EVALUATED: Final = 10_000
"""Documents tested for one search; half a second of work."""

MAX_JOINED: Final = 200
"""Resources for which all memberships are read for one search."""

_FEW: Final = 10
"""Users whose groups are read before it is known whether they match."""

_PAGE: Final = 1_000
_RELATION: Final = {"User": "groups", "Group": "members"}


class Evaluation:
    """Finds the resources of one type that match a filter.

    Args:
        store: where they are.
        presenter: shows them to the filter.
        resource_type: the type.
        with_groups: whether the answer will show the groups of users; if they are found by a key and are few, these
            are read with them, and left in `memberships`.
    """

    def __init__(
        self, store: DirectoryStore, presenter: Presenter, resource_type: ResourceType, *, with_groups: bool
    ) -> None:
        self._store = store
        self._presenter = presenter
        self._type = resource_type
        self._relation = _RELATION[resource_type.name]
        self._with_groups = with_groups and resource_type.name == "User"
        self.memberships = NO_MEMBERSHIPS

    def matches(self, query: Filter | None, bound: BoundFilter | None) -> list[Record]:
        """The matching resources in order of their ids.

        Args:
            query: the filter as it was parsed; None matches all.
            bound: the same, bound to the resource type.

        Raises:
            TooMany: they cannot be found with reasonable effort.
        """
        if query is None or bound is None:
            return self._all()
        equalities: dict[str, list[str]] = {}
        for equality in bound.equalities():
            if isinstance(equality.value, str):
                equalities.setdefault(equality.path, []).append(equality.value)
        found = self._by_key(equalities)
        records = self._all() if found is None else found
        shown = [(record, self._presenter.bare(record)) for record in records]
        if self._relation in bound.attributes:
            wanted = equalities.get(f"{self._relation}.value", [])
            if str(query).count(self._relation) == len(wanted):
                self._join(shown, wanted)
            else:
                self._join_all(shown)
        return [record for record, resource in shown if bound.matches(resource)]

    def _by_key(self, equalities: Mapping[str, Sequence[str]]) -> list[Record] | None:
        """The resources found by the most telling key; None if there is none."""
        if ids := equalities.get("id"):
            return self._records(ids[:1])
        for path in KEYED[self._type.name]:
            for value in equalities.get(path, ()):
                unique = path == "userName"
                key = lookup(self._type, path, value, unique=unique)
                return self._records(self._store.heads.find(self._type.name, key))
        for value in equalities.get(f"{self._relation}.value", ()):
            return self._related(value)
        return None

    def _records(self, ids: Iterable[str]) -> list[Record]:
        wanted = [each for each in ids if is_id(each) and resource_type_of(each) == self._type.name]
        if self._with_groups and 0 < len(wanted) <= _FEW:
            records, self.memberships = self._store.members.users_with_groups(wanted)
        else:
            records = self._store.heads.records(wanted, cells=True)
        return [records[each] for each in sorted(set(wanted)) if each in records]

    def _related(self, value: str) -> list[Record]:
        if not is_id(value):
            return []
        if self._relation == "members":
            return self._records(self._store.members.groups_of([value]).direct[value])
        group = self._store.heads.record(value) if resource_type_of(value) == "Group" else None
        if group is None:
            return []
        if group.members > MAX_EVALUATED:
            raise _too_many("members", group.members)
        return self._records(self._store.members.of(group))

    def _all(self) -> list[Record]:
        total = self._store.heads.count(self._type.name)
        if total > MAX_EVALUATED:
            raise _too_many(self._type.endpoint.strip("/"), total)
        records: list[Record] = []
        position: Position | None = Position()
        while position:
            page = self._store.heads.page([self._type.name], position, _PAGE, cells=self._type.name == "Group")
            records += page.records
            position = page.next
        return records

    def _join(self, shown: Iterable[tuple[Record, dict[str, Any]]], wanted: Sequence[str]) -> None:
        """Join the memberships that are asked for, and no others."""
        others = [each for each in wanted if is_id(each)]
        of_groups = self._relation == "members"
        pairs = [
            (record.id, other) if of_groups else (other, record.id) for record, _resource in shown for other in others
        ]
        memberships = self._store.members.among(pairs) if pairs else frozenset()
        existing = self._store.heads.records(others) if memberships else {}
        for record, resource in shown:
            there = [
                other
                for other in others
                if ((record.id, other) if of_groups else (other, record.id)) in memberships and other in existing
            ]
            if there:
                resource[self._relation] = self._elements(there, existing)

    def _join_all(self, shown: Sequence[tuple[Record, dict[str, Any]]]) -> None:
        if len(shown) > MAX_JOINED:
            raise TooMany(
                f"A filter over {self._relation} other than {self._relation}.value eq is evaluated for {MAX_JOINED} "
                f"resources at most; narrow it by id or another attribute with eq"
            )
        if self._relation == "members":
            related = self._store.members.of_each([record for record, _resource in shown])
        else:
            related = self._store.members.groups_of([record.id for record, _resource in shown]).direct
        everybody = sorted({each for several in related.values() for each in several})
        heads = self._store.heads.records(everybody)
        for record, resource in shown:
            if elements := self._elements(related.get(record.id, ()), heads):
                resource[self._relation] = elements

    def _elements(self, ids: Iterable[str], heads: Mapping[str, Record]) -> list[dict[str, Any]]:
        if self._relation == "members":
            return self._presenter.member_elements(ids, heads)
        return self._presenter.group_elements(ids, heads)


def _too_many(what: str, number: int) -> TooMany:
    return TooMany(
        f"This search would have to look at all {number} {what}; it may look at {MAX_EVALUATED}. "
        "Ask for an attribute with eq, such as userName or externalId."
    )


def only_group(query: Filter, bound: BoundFilter) -> str | None:
    """The group if the filter asks for nothing but its users, so that the answer can be paged through."""
    equalities = bound.equalities()
    alone = bound.paths == {"groups.value"} and str(query).count("groups") == 1
    value = equalities[0].value if len(equalities) == 1 else None
    return value if alone and isinstance(value, str) else None
