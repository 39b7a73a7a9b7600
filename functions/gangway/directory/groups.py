"""Groups: what differs from users is their members, who are never part of the stored document.

The cost of changing a member must not depend on how many there are: what such a request reads is the group, its
version cells, and the members that its body names; what it answers is 204, unless attributes were asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.changes.tell import change as tell
from gangway.changes.tell import resource_created
from gangway.directory import membership
from gangway.directory.identifiers import is_id, new_id
from gangway.directory.membership import NOBODY, MemberPlan
from gangway.directory.persistence import busy
from gangway.directory.ports import IntentPending
from gangway.directory.preconditions import matches
from gangway.directory.records import Change, Record
from gangway.directory.representation import MAX_DISPLAYS, shows_names
from gangway.directory.use_cases import Resources
from gangway.scim.errors import InvalidValue, PayloadTooLarge
from gangway.scim.patch import apply_patch, parse_patch
from gangway.scim.resource import prepare

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gangway.directory.representation import Answer
    from gangway.scim.projection import Selection

    type Document = dict[str, Any]

MAX_CHANGED: Final = 200_000
"""Members that one request may change: their ids, 16 bytes each, have room in one transaction of 4 MB."""

_DETACHED: Final = ("members",)


class Groups(Resources):
    """The groups of one organization."""

    resource_type_name = "Group"

    def create(self, body: object, selection: Selection) -> Answer:
        """One round trip, and one before it for members: they must exist."""
        document = prepare(body, self.resource_type, self.context.dialect, detached=_DETACHED)
        named = membership.values_of(document.pop("members", None) or ())
        now = self.now_ms()
        fresh = Record("Group", new_id("Group", now), 1, now, now, document, self.operation())

        def attempt() -> Record:
            return self.commit(self._creation(fresh, self.admitted(named, fresh.id)))

        record = self.persistence.persist(attempt)
        return self.answer(201, record, lambda: self.presenter.group(record, selection))

    def read(self, resource_id: str, selection: Selection, if_none_match: str | None) -> Answer:
        """The version covers the members but not their names, so 304 is only true of answers without names."""
        known_id = self.known(resource_id)
        found = self.persistence.persist(lambda: self.store.heads.record(known_id))
        if found is None:
            raise self.missing()
        record = found
        if if_none_match is not None and matches(if_none_match, record) and not self._names_members(record, selection):
            return self.answer(304, record)
        return self.answer(200, record, lambda: self.presenter.group(record, selection))

    def replace(self, resource_id: str, body: object, selection: Selection, if_match: str | None) -> Answer:
        """Members are replaced only if the body has them; an empty list empties the group."""

        def alteration(before: Record) -> tuple[Document, MemberPlan]:
            dialect = self.context.dialect
            document = prepare(body, self.resource_type, dialect, current=before.document, detached=_DETACHED)
            named = document.pop("members", None)
            if named is None:
                return document, NOBODY
            members = self.store.members.of(self._settled(before))
            return document, self._permitted(before, membership.difference(members, membership.values_of(named)))

        record = self.alter(lambda: self.store.heads.record(self.known(resource_id)), alteration, if_match)
        return self.answer(200, record, lambda: self.presenter.group(record, selection))

    def patch(
        self, resource_id: str, body: object, selection: Selection, if_match: str | None, *, attributes_asked: bool
    ) -> Answer:
        """Read what the body names, then commit; 204 unless attributes are asked for."""
        operations = parse_patch(body, self.context.dialect)
        hints = membership.ids_named(body) - {resource_id}
        present: frozenset[str] = frozenset()
        existing: frozenset[str] = frozenset()

        def read() -> Record | None:
            nonlocal present, existing
            record, present, existing = self.store.members.view(self.known(resource_id), hints, hints)
            return record

        def alteration(before: Record) -> tuple[Document, MemberPlan]:
            result = apply_patch(
                before.document,
                operations,
                self.resource_type,
                self.context.dialect,
                detached=_DETACHED,
                resource_id=resource_id,
            )
            detached = result.detached.get("members", ())
            if not detached:
                return result.document, NOBODY
            group = self._settled(before)
            members = self.store.members.of(group) if membership.needs_all(detached) else present
            after = membership.after_operations(detached, members, self._elements)
            return result.document, self._permitted(before, membership.difference(members, after), existing)

        record = self.alter(read, alteration, if_match)
        if not attributes_asked:
            return self.answer(204, record)
        return self.answer(200, record, lambda: self.presenter.group(record, selection))

    def admitted(self, named: Sequence[str], group_id: str, existing: Collection[str] = ()) -> list[str]:
        """Those of the named who can become members.

        Raises:
            InvalidValue: somebody cannot be found, and the organization refuses such requests; or it is the group.
        """
        if group_id in named:
            raise InvalidValue("a group cannot be a member of itself")
        unread = [member for member in named if member not in existing and is_id(member)]
        found = self.store.heads.records(unread) if unread else {}
        missing = [member for member in named if member not in existing and member not in found]
        if missing and self.context.unknown_members == "refuse":
            raise membership.unknown(missing)
        if missing:
            self.context.skipped_members(len(missing))
        return [member for member in named if member in existing or member in found]

    def _creation(self, fresh: Record, members: Collection[str]) -> Change:
        cause = self.cause(fresh.created)
        return Change(
            before=None,
            after=fresh,
            cause=cause,
            operation=fresh.operation,
            at=fresh.created,
            lookups_after=self.lookups(fresh.document),
            told=tell(resource_created(cause, "Group", fresh.id, 1, fresh.document)),
            added=tuple(sorted(members)),
        )

    def _settled(self, group: Record) -> Record:
        """The group, once no large change of its members is pending.

        Raises:
            IntentPending: one was, and has been applied; the group must be read again.
            Unavailable: time was too short to apply it.
        """
        if group.intent is None:
            return group
        if not self.store.work.roll_forward(group.id, self.persistence.has_time):
            raise busy()
        raise IntentPending

    def _permitted(self, group: Record, plan: MemberPlan, existing: Collection[str] = ()) -> MemberPlan:
        """The plan without newcomers who do not exist, as far as the organization tolerates them.

        Raises:
            PayloadTooLarge: more members change than one change can hold.
        """
        if len(plan.added) + len(plan.removed) > MAX_CHANGED:
            raise PayloadTooLarge(
                f"{len(plan.added)} members would join and {len(plan.removed)} leave; "
                f"one request may change {MAX_CHANGED} members"
            )
        return MemberPlan(tuple(sorted(self.admitted(plan.added, group.id, existing))), plan.removed)

    def _elements(self, members: Collection[str]) -> list[Document]:
        """Members as elements, for a filter over them."""
        if len(members) > MAX_DISPLAYS:
            return self.presenter.member_elements(sorted(members), None)
        return self.presenter.member_elements(sorted(members), self.store.heads.records(sorted(members)))

    def _names_members(self, record: Record, selection: Selection) -> bool:
        """Whether an answer may contain names of members, which the version does not cover."""
        members = 0 if record.intent else record.members
        return selection.wants("members") and shows_names(selection, members)
