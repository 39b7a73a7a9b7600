"""Import: rows of users, groups and members become resources, each as its identity provider would have written it.

A row is matched with what is there, by externalId, else by userName or displayName; so importing a file twice, or going
on after an interruption, changes nothing twice. Somebody who is there is given the row's attributes and keeps all
others: an import adds and updates, it never removes. Each row stands for itself: one that is refused says why and
holds up no other.

A rehearsal goes the same way, up to the write: it reports what would happen and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from gangway.directory.groups import Groups
from gangway.directory.identifiers import is_id, new_id
from gangway.directory.preconditions import etag
from gangway.directory.upkeep.matching import Match, Matching
from gangway.directory.upkeep.rehearsal import Rehearsal
from gangway.directory.users import Users
from gangway.scim.errors import InvalidValue, ScimError, Uniqueness
from gangway.scim.projection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gangway.clock import Clock
    from gangway.directory.context import RequestContext
    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Record
    from gangway.directory.use_cases import Resources
    from gangway.scim.schema import Registry

    type Together = Callable[[Sequence[Callable[[], "Imported | None"]]], Sequence["Imported | None"]]

type Outcome = Literal["created", "updated", "unchanged", "refused"]

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_OWN = ("id", "meta", "schemas", "resourceType", "members", "groups")
"""Members of a line that are not values of the resource: assigned by the server, or kept otherwise."""
_KINDS: Final[Mapping[str, type[Resources]]] = {"User": Users, "Group": Groups}
_MATCHED_TOGETHER: Final = 40
"""Rows. The unique names of so many are one read; more would spend a slow moment's time on matching alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file.

    Attributes:
        line: its line there, for people.
        resource: the resource with its ``resourceType``; for ``Members``, ``group`` and ``members`` are ids. In a
            rehearsal, a ``group`` of None is one that does not exist yet.
    """

    line: int
    resource: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a row, or would have become; `resource_id` is None if there is none (yet)."""

    line: int
    outcome: Outcome
    resource_id: str | None = None
    detail: str = ""


class Import:
    """Imports into one organization.

    Args:
        store: its directory.
        registry: schemas and resource types.
        context: the request.
        clock: tells the time.
        together: makes calls at the same time.
        rehearse: whether nothing is to be written.
    """

    def __init__(
        self,
        store: DirectoryStore,
        registry: Registry,
        context: RequestContext,
        clock: Clock,
        together: Together,
        *,
        rehearse: bool = False,
    ) -> None:
        self._store = cast("DirectoryStore", Rehearsal(store)) if rehearse else store
        self._registry = registry
        self._context = context
        self._clock = clock
        self._together = together
        self._rehearse = rehearse

    def rows(self, rows: Sequence[Row], has_time: Callable[[], bool]) -> list[Imported]:
        """Import rows, several at a time; those for which time ran out are left out of the result.

        The first ones are tried whatever `has_time` says: however slow the table is, a request must come further.
        """
        done = self._some(rows[:_MATCHED_TOGETHER], lambda: True)
        for start in range(_MATCHED_TOGETHER, len(rows), _MATCHED_TOGETHER):
            if has_time():
                done += self._some(rows[start : start + _MATCHED_TOGETHER], has_time)
        return done

    def _some(self, rows: Sequence[Row], has_time: Callable[[], bool]) -> list[Imported]:
        try:
            matches = self._matches(rows)
        except ScimError:
            return []  # busy: the rows are sent again
        calls = [partial(self._row_in_time, row, match, has_time) for row, match in zip(rows, matches, strict=True)]
        return [each for each in self._together(calls) if each is not None]

    def _matches(self, rows: Sequence[Row]) -> list[Match]:
        found = [Match()] * len(rows)
        for kind in _KINDS:
            places = [at for at, row in enumerate(rows) if row.resource.get("resourceType") == kind]
            for at, match in zip(places, self._matching(kind).of([rows[at].resource for at in places]), strict=True):
                found[at] = match
        return found

    def _matching(self, kind: str) -> Matching:
        return Matching(self._store, self._registry.resource_types[kind], self._context)

    def _row_in_time(self, row: Row, match: Match, has_time: Callable[[], bool]) -> Imported | None:
        if not has_time():
            return None
        try:
            return self._row(row, match)
        except ScimError as refusal:
            if refusal.status >= 500:
                return None  # busy: the row is sent again
            return Imported(row.line, "refused", detail=refusal.detail)

    def _row(self, row: Row, match: Match) -> Imported:
        kind = str(row.resource.get("resourceType"))
        context = self._context._replace(request_id=f"{self._context.request_id}/{row.line}")
        if kind == "Members":
            return self._members(row, Groups(self._store, self._registry, context, self._clock))
        if kind not in _KINDS:
            raise InvalidValue("resourceType must be User, Group or Members.")
        resources = _KINDS[kind](self._store, self._registry, context, self._clock)
        values = {name: value for name, value in row.resource.items() if name not in _OWN}
        if not match.refusal and match.record is None:
            try:
                return self._create(row, resources, values)
            except Uniqueness:
                match = self._matching(kind).of([values])[0]  # perhaps somebody came just now
                if match == Match():
                    raise
        if match.record is None:
            raise InvalidValue(match.refusal)
        return self._update(row, resources, values, match.record)

    def _create(self, row: Row, resources: Resources, values: Mapping[str, Any]) -> Imported:
        selection = Selection.parse(resources.resource_type, "id", None)
        created = resources.create({"schemas": [resources.resource_type.schema.id], **values}, selection)
        new_id = str((created.body or {})["id"])
        return Imported(row.line, "created", None if self._rehearse else new_id)

    def _update(self, row: Row, resources: Resources, values: Mapping[str, Any], before: Record) -> Imported:
        body = {"schemas": [PATCH_URN], "Operations": [{"op": "replace", "value": values}]}
        selection = Selection.parse(resources.resource_type, "id", None)
        answer = resources.patch(before.id, body, selection, None, attributes_asked=False)
        return Imported(row.line, "unchanged" if answer.etag == etag(before) else "updated", before.id)

    def _members(self, row: Row, groups: Groups) -> Imported:
        members = row.resource.get("members")
        if not isinstance(members, list) or not all(isinstance(each, str) for each in members):
            raise InvalidValue("A Members row needs members, a list of ids.")
        group = row.resource.get("group")
        if group is None and self._rehearse:
            newcomer = new_id("Group", groups.now_ms())
            joined = groups.persistence.persist(lambda: groups.admitted(sorted(set(members)), newcomer))
            return Imported(row.line, "updated" if joined else "unchanged")
        if not is_id(group):
            raise InvalidValue("A Members row needs group, an id.")
        group_id = groups.known(str(group))
        before = groups.persistence.persist(lambda: self._store.heads.record(group_id))
        operation = {"op": "add", "path": "members", "value": [{"value": each} for each in members]}
        body = {"schemas": [PATCH_URN], "Operations": [operation]}
        selection = Selection.parse(groups.resource_type, "id", None)
        answer = groups.patch(group_id, body, selection, None, attributes_asked=False)
        same = before is not None and answer.etag == etag(before)
        return Imported(row.line, "unchanged" if same else "updated", group_id)
