"""What upkeep needs from storage beyond the directory itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gangway.directory.records import Tombstone


class DeletedUsers(Protocol):
    """Deleted users."""

    def of(self, user_id: str) -> Tombstone | None:
        """What is left of a deleted user, expired or not; None if there is nothing, or the userName was given away.

        Tombstones are kept by userName, so all of an organization's names are gone through.
        """
        ...

    def remove(self, user_id: str) -> bool:
        """Remove what is left; whether there was anything."""
        ...


class Traces(Protocol):
    """Where values of a person are kept outside of the directory."""

    def note(self, resource_id: str) -> None:
        """Write down that the values of this resource were erased on purpose; holds no value itself."""
        ...

    def scrub_waiting(self, resource_id: str) -> int:
        """Take the values out of events that have no number yet; how many there were."""
        ...

    def erase(self, resource_id: str) -> int:
        """Delete values of numbered events, of events set aside, and of failed requests; how many there were."""
        ...
