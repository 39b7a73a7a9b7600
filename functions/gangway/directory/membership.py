"""From PATCH operations and PUT bodies to who joins and who leaves a group.

Only what really changes is written and told: adding a member twice or removing a stranger is no change (RFC 7644
section 3.5.2), so an identity provider may repeat itself. As long as the operations name members, only those are read;
just operations that mean "all" or "those that" need the whole list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.directory.identifiers import is_id
from gangway.scim.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from gangway.scim.patch import DetachedOperation

    type Elements = Callable[[Collection[str]], list[dict[str, Any]]]

_NAMED_AT_MOST: Final = 10
_SAFE_TO_REPEAT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MemberPlan(NamedTuple):
    """Who joins and who leaves; both in order of ids, so that two requests meet at the same items in the same order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.removed)


NOBODY: Final = MemberPlan((), ())
"""No change of members."""


def difference(before: Collection[str], after: Collection[str]) -> MemberPlan:
    """From one list of members to another."""
    was, will_be = set(before), set(after)
    return MemberPlan(tuple(sorted(will_be - was)), tuple(sorted(was - will_be)))


def values_of(elements: Iterable[Any]) -> list[str]:
    """The ids in elements of ``members``, in order, each once."""
    return list(dict.fromkeys(element["value"] for element in elements))


def ids_named(body: object) -> set[str]:
    """All ids that occur anywhere in a PATCH body: the members it may be about, found before it is understood."""
    if isinstance(body, dict):
        return set().union(*(ids_named(each) for each in body.values()))
    if isinstance(body, list):
        return set().union(*(ids_named(each) for each in body))
    return {found for found in _ID.findall(body) if is_id(found)} if isinstance(body, str) else set()


def needs_all(operations: Sequence[DetachedOperation]) -> bool:
    """Whether the operations cannot be carried out without knowing all members."""
    return any(operation.op in ("replace", "clear") or operation.filter is not None for operation in operations)


def after_operations(operations: Sequence[DetachedOperation], before: Collection[str], elements: Elements) -> set[str]:
    """The members after the operations.

    Args:
        operations: in order.
        before: the members before; those that are named suffice unless `needs_all`.
        elements: shows members as elements of ``members``, for operations with a filter.
    """
    members = set(before)
    for operation in operations:
        named = set(values_of(operation.values))
        if operation.op == "add":
            members |= named
        elif operation.op == "replace":
            members = named
        elif operation.op == "clear":
            members = set()
        elif operation.filter is not None:
            chosen = operation.filter
            members -= {element["value"] for element in elements(members) if chosen.matches(element)}
        else:
            members -= named
    return members


def unknown(members: Sequence[str]) -> InvalidValue:
    """The refusal that names members who do not exist, so that an administrator can find them."""
    named = [member for member in members[:_NAMED_AT_MOST] if _SAFE_TO_REPEAT.fullmatch(member)]
    more = len(members) - len(named)
    listed = ", ".join(named) + (f" and {more} more" if named and more else "")
    count = f"{len(members)} of the members" if len(members) > 1 else "one of the members"
    return InvalidValue(f"{count} cannot be found in this organization{f': {listed}' if listed else ''}")
