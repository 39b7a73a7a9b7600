"""A directory that is read as it is and written to in appearance only: for asking what a change would come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gangway.directory.ports import LookupTaken

if TYPE_CHECKING:
    from gangway.directory.ports import Bookmarks, DirectoryStore, Heads, Members, Work
    from gangway.directory.records import Change, Record


class Rehearsal:
    """Implements `gangway.directory.ports.DirectoryStore` on another one.

    Args:
        store: is only read.
    """

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    @property
    def heads(self) -> Heads:
        """As they are."""
        return self._store.heads

    @property
    def members(self) -> Members:
        """As they are."""
        return self._store.members

    @property
    def bookmarks(self) -> Bookmarks:
        """As they are."""
        return self._store.bookmarks

    @property
    def work(self) -> Work:
        """As it is; whoever rehearses leaves it alone."""
        return self._store.work

    @property
    def changes(self) -> Rehearsal:
        """In appearance."""
        return self

    def commit(self, change: Change) -> Record:
        """Say what the change would come to; see `gangway.directory.ports.Changes.commit`.

        Raises:
            LookupTaken: a unique value belongs to somebody else.
        """
        resource = cast("Record", change.after or change.before)
        for lookup in change.lookups_after - change.lookups_before:
            if lookup.unique and set(self._store.heads.find(resource.resource_type, lookup)) - {resource.id}:
                raise LookupTaken(lookup)
        changes_members = bool(change.added or change.removed)
        return resource._replace(own_version=resource.own_version + 1) if changes_members else resource
