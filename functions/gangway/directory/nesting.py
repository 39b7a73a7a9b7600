"""Groups within groups: the groups a user belongs to through others (``indirect`` in RFC 7643 section 4.1.2).

Most identity providers never nest groups, so an organization notes when it first happens, and before that nobody asks.
After that, the groups above a user's groups are followed level by level. That is bounded: if one answer would have to
look at more than `MAX_GROUPS` groups, only direct memberships are shown, because half of a list would be a lie. Filters
see direct memberships only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gangway.directory.ports import Members
    from gangway.directory.records import Memberships

MAX_GROUPS: Final = 200
"""Groups followed for one answer: a query each."""


def parents(members: Members, memberships: Memberships) -> Mapping[str, tuple[str, ...]]:
    """For each group within reach, the groups that it is a direct member of; empty if they are too many."""
    known: dict[str, tuple[str, ...]] = {}
    level = {group for groups in memberships.direct.values() for group in groups} if memberships.nested else set()
    while level:
        if len(known) + len(level) > MAX_GROUPS:
            return {}
        known |= members.groups_of(sorted(level)).direct
        level = {above for group in level for above in known[group]} - known.keys()
    return known


def above(
    direct: Sequence[str], parents_of: Mapping[str, tuple[str, ...]], existing: Collection[str]
) -> tuple[str, ...]:
    """The groups reached through `direct` and others that still exist, without `direct`."""
    found: set[str] = set()
    left = [group for group in direct if group in existing]
    while left:
        new = {group for group in parents_of.get(left.pop(), ()) if group in existing} - found
        found |= new
        left += new
    return tuple(sorted(found - set(direct)))
