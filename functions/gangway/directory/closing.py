"""Delete every user and group of an organization, as its identity provider would: one by one, each with its event.

Groups go first: their deletion ends all memberships with one event each, instead of one for every member that leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gangway.directory.records import Position
from gangway.scim.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.directory.ports import DirectoryStore
    from gangway.directory.resources import Directory

_PAGE: Final = 100


def delete_all(store: DirectoryStore, directory: Directory, has_time: Callable[[], bool]) -> bool:
    """Delete what there is; False when time is over before nothing is left.

    Raises:
        Unavailable: the directory is busy or cannot be reached; what is deleted is deleted.
    """
    for resource_type in ("Group", "User"):
        while found := store.heads.page((resource_type,), Position(0), _PAGE).records:
            for record in found:
                if not has_time():
                    return False
                _delete(directory, resource_type, record.id)
    return True


def _delete(directory: Directory, resource_type: str, resource_id: str) -> None:
    try:
        directory.of(resource_type).delete(resource_id, None)
    except NotFound:
        return  # somebody else was faster
