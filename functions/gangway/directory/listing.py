"""Lists of resources with what is derived from memberships, within a budget.

A hundred groups may have a million members. So a page stops before the group that would exceed the budget and says
truly how many it holds; the client goes on from there. The first resource is always shown, else a walk would stand
still. What the answer does not contain is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.directory.records import NO_MEMBERSHIPS
from gangway.directory.representation import MAX_MEMBERS, Presenter, shows_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gangway.directory.ports import DirectoryStore
    from gangway.directory.records import Memberships, Record
    from gangway.scim.projection import Selection

    type Shown = Sequence[dict[str, Any]]
    """Elements of ``groups`` or ``members``."""

MEMBER_BUDGET: Final = 15_000
"""Members on one page."""

DISPLAY_BUDGET: Final = 2_000
"""Members on one page whose names were asked for: each costs a read."""


class Listing:
    """Shows resources of one answer."""

    def __init__(self, store: DirectoryStore, presenter: Presenter, selections: Mapping[str, Selection]) -> None:
        self._store = store
        self._presenter = presenter
        self._selections = selections

    def show(self, records: Sequence[Record], known: Memberships = NO_MEMBERSHIPS) -> list[dict[str, Any]]:
        """The resources in order; fewer, if their members exceed the budget.

        Args:
            records: the resources.
            known: memberships of users that were read together with them.
        """
        shown = records[: self._fitting(records)]
        joined = self._groups_of([record for record in shown if record.resource_type == "User"], known)
        joined |= self._members_of([record for record in shown if record.resource_type == "Group"])
        return [self._resource(record, joined.get(record.id, ())) for record in shown]

    def _resource(self, record: Record, elements: Shown) -> dict[str, Any]:
        selection = self._selections[record.resource_type]
        resource = self._presenter.bare(record)
        if elements:
            resource["groups" if record.resource_type == "User" else "members"] = list(elements)
        return selection.apply(resource)

    def _wants(self, resource_type: str, path: str) -> bool:
        selection = self._selections.get(resource_type)
        return selection is not None and selection.wants(path)

    def _fitting(self, records: Sequence[Record]) -> int:
        if not self._wants("Group", "members"):
            return len(records)
        budget = DISPLAY_BUDGET if self._selections["Group"].names("members.display") else MEMBER_BUDGET
        total = 0
        for at, record in enumerate(records):
            members = record.members if record.members <= MAX_MEMBERS else 0
            total += members
            if total > budget and at > 0:
                return at
        return len(records)

    def _groups_of(self, users: Sequence[Record], known: Memberships) -> dict[str, Shown]:
        if not users or not self._wants("User", "groups"):
            return {}
        ids = [user.id for user in users]
        memberships = known if known.direct.keys() >= set(ids) else self._store.members.groups_of(ids)
        return dict(self._presenter.groups(memberships))

    def _members_of(self, groups: Sequence[Record]) -> dict[str, Shown]:
        filled = [group for group in groups if (group.members or group.intent) and group.members <= MAX_MEMBERS]
        if not filled or not self._wants("Group", "members"):
            return {}
        deleted = self._store.members.deleted()
        stored = self._store.members.of_each(filled)
        members = {group: [each for each in ids if each not in deleted] for group, ids in stored.items()}
        everybody = sorted({member for ids in members.values() for member in ids})
        named = shows_names(self._selections["Group"], len(everybody))
        heads = self._store.heads.records(everybody) if named and everybody else None
        return {group: self._presenter.member_elements(ids, heads) for group, ids in members.items()}
