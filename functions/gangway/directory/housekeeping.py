"""The housekeeper: finishes what requests have begun.

A deletion answers before the memberships of the deleted are removed, a large change of members before it is applied.
The insertion of a work item rings, through the table's stream; a round through all organizations finds what nobody
heard. Intents go first: a membership must be there before it can be removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from gangway.directory.persistence import Persistence
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gangway.directory.ports import DirectoryStore, Organizations

APPLY: Final = "apply"
_PAGE: Final = 100


@dataclass(slots=True)
class Tended:
    """What came of it.

    Attributes:
        finished: pieces of work that are done.
        unfinished: organizations with work left, because time was over or something failed.
        failures: why, for those that failed.
    """

    finished: int = 0
    unfinished: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)


class Housekeeper:
    """Looks after the directories of all organizations.

    Args:
        open_directory: opens the directory of an organization.
        organizations: who they are, and how far the last round got.
        remaining_ms: milliseconds until the function is stopped.
    """

    def __init__(
        self,
        open_directory: Callable[[str], DirectoryStore],
        organizations: Organizations,
        remaining_ms: Callable[[], int],
    ) -> None:
        self._open = open_directory
        self._organizations = organizations
        self._persistence = Persistence(remaining_ms)

    def tend(self, organization_ids: Iterable[str]) -> Tended:
        """Do all work of some organizations; one that fails does not hold up the others."""
        done = Tended()
        for organization_id in organization_ids:
            try:
                finished = self._work_off(self._open(organization_id), done)
            except Exception as error:
                done.failures[organization_id] = error
                finished = False
            if not finished:
                done.unfinished.append(organization_id)
        return done

    def go_round(self) -> Tended:
        """Go on where the last round stopped, until every organization was looked at or time is over."""
        done = Tended()
        name = self._organizations.bookmark()
        while page := self._organizations.ids_after(name, _PAGE):
            for next_name, organization_id in page:
                if not self._persistence.has_time():
                    self._organizations.set_bookmark(name)
                    return done
                tended = self.tend([organization_id])
                done.finished += tended.finished
                done.unfinished += tended.unfinished
                done.failures |= tended.failures
                name = next_name
        self._organizations.set_bookmark("")
        return done

    def _work_off(self, store: DirectoryStore, done: Tended) -> bool:
        has_time = self._persistence.has_time
        try:
            for what, resource_id in self._persistence.persist(store.work.unfinished):
                step = store.work.roll_forward if what == APPLY else store.work.clean_up
                if not self._persistence.persist(partial(step, resource_id, has_time)):
                    return False
                done.finished += 1
        except Unavailable:
            return False
        return True
