"""Erase one person: no value of the person is left anywhere, while the numbers of the events go on without a gap.

What remains is the skeleton: that a resource with a random id was created, changed and deleted, when and by whom. The
order matters. The user goes first, so that nothing new is written; events that wait are emptied before those with a
number, because that is the way they take. It can be repeated at any time, and is done when nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.scim.errors import NotFound

if TYPE_CHECKING:
    from gangway.directory.upkeep.ports import DeletedUsers, Traces
    from gangway.directory.users import Users


@dataclass(frozen=True, slots=True)
class Erased:
    """What one round of erasing came to.

    Attributes:
        items: how many items with values were removed or emptied.
        done: whether nothing is left; if not, it must be repeated.
    """

    items: int
    done: bool


class Erasure:
    """Erases persons of one organization.

    Args:
        users: its users; deletions must leave no tombstone (`tombstone_days` of their context is 0).
        deleted_users: its deleted users.
        traces: where else values are.
    """

    def __init__(self, users: Users, deleted_users: DeletedUsers, traces: Traces) -> None:
        self._users = users
        self._deleted_users = deleted_users
        self._traces = traces

    def erase(self, user_id: str) -> Erased:
        """Erase what is left of a person, living or deleted; for an id that nothing is known of, nothing.

        Raises:
            NotFound: this cannot be the id of a user.
            Unavailable: the directory is busy.
        """
        persistence = self._users.persistence
        found = self._delete(self._users.known(user_id))
        cleaned = persistence.persist(lambda: self._users.store.work.clean_up(user_id, persistence.has_time))
        found += persistence.persist(lambda: self._deleted_users.remove(user_id))
        persistence.persist(lambda: self._traces.note(user_id))
        waiting = persistence.persist(lambda: self._traces.scrub_waiting(user_id))
        found += waiting + persistence.persist(lambda: self._traces.erase(user_id))
        # What waited may have been numbered in between; the next round finds it.
        return Erased(found, done=cleaned and not waiting)

    def _delete(self, user_id: str) -> int:
        try:
            self._users.delete(user_id, None)
        except NotFound:
            return 0
        return 1
