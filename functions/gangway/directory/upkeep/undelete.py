"""Undelete: an operator brings a deleted user back, with the same id, as long as the tombstone lives.

An identity provider restores a person by provisioning it again; an operator does it when that cannot happen, for
instance after a mistake in the identity provider's scope. Memberships do not come back: groups are the identity
provider's, which sends them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.changes.tell import change as tell
from gangway.changes.tell import resource_restored
from gangway.directory.persistence import busy
from gangway.directory.ports import LookupTaken
from gangway.directory.records import Change
from gangway.directory.upkeep.errors import NotRestorable, UnknownUser

if TYPE_CHECKING:
    from gangway.directory.records import Record, Tombstone
    from gangway.directory.upkeep.ports import DeletedUsers
    from gangway.directory.users import Users


class Undelete:
    """Restores users of one organization.

    Args:
        users: its users.
        deleted_users: its deleted users.
    """

    def __init__(self, users: Users, deleted_users: DeletedUsers) -> None:
        self._users = users
        self._deleted_users = deleted_users

    def restore(self, user_id: str) -> Record:
        """Bring a user back and return it.

        Raises:
            UnknownUser: there is no such deleted user, or its userName belongs to somebody else by now.
            NotRestorable: it is not deleted, or was deleted too long ago.
            Unavailable: the directory is busy.
        """
        operation = self._users.operation()
        return self._users.persistence.persist(lambda: self._restore(user_id, operation))

    def _restore(self, user_id: str, operation: str) -> Record:
        living = self._users.store.heads.record(self._users.known(user_id))
        if living is not None and living.operation == operation:
            return living
        if living is not None:
            raise NotRestorable("This user is not deleted.")
        tombstone = self._deleted_users.of(user_id)
        if tombstone is None:
            raise UnknownUser("There is no deleted user with this id, or its userName was given to somebody else.")
        if tombstone.expires <= self._users.now_ms() // 1000:
            raise NotRestorable("This user was deleted too long ago; create it again.")
        if not self._users.store.work.clean_up(user_id, self._users.persistence.has_time):
            raise busy()
        try:
            return self._users.store.changes.commit(self._return(tombstone, operation))
        except LookupTaken:
            raise NotRestorable("The userName of this user was given to somebody else.") from None

    def _return(self, tombstone: Tombstone, operation: str) -> Change:
        gone = tombstone.record
        now = max(self._users.now_ms(), gone.own_modified)
        record = gone._replace(own_version=gone.own_version + 1, own_modified=now, operation=operation)
        cause = self._users.cause(now)
        return Change(
            before=None,
            after=record,
            cause=cause,
            operation=operation,
            at=now,
            lookups_after=self._users.lookups(record.document),
            told=tell(resource_restored(cause, "User", record.id, record.own_version, record.document)),
            replaces=tombstone,
        )
