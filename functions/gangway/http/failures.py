"""What the client is told of a failure that is no SCIM error: as little as possible, and whether to try again."""

from __future__ import annotations

from gangway.directory.ports import TryAgain
from gangway.scim.errors import ScimError, ServerError, Unavailable


def explain(error: Exception) -> ScimError:
    """503 for what will pass by itself, 500 for the rest; never 401, 403, 404 or 409, which clients act upon."""
    if isinstance(error, TryAgain):
        return Unavailable("The directory is busy; try again.", retry_after=2)
    return ServerError("The server failed. Quote the request id to its operator.")
