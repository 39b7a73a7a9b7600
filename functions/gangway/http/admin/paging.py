"""Lists are paged by cursor: opaque, and good for going on only.

A cursor is where the next page begins, in base64 so that nobody builds one by hand. It holds nothing secret and opens
nothing: every page is asked for with the caller's own rights.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import Field

from gangway.http.admin.models import AdminModel
from gangway.scim.errors import InvalidCursor


class PageQuery(AdminModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """The most that the page may hold; it may hold less before the end."""
    cursor: str | None = None
    """`nextCursor` of the page before."""

    @property
    def position(self) -> str:
        """Where the page begins; empty at the beginning.

        Raises:
            InvalidCursor: it is none that was given out.
        """
        return position_of(self.cursor)


def cursor_to(position: str | None) -> str | None:
    """The cursor of a position; None stays None, the end."""
    return None if position is None else base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> str:
    """The position of a cursor; empty for none.

    Raises:
        InvalidCursor: it is none that was given out.
    """
    if cursor is None:
        return ""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidCursor("The cursor is none of this list; begin without one.") from None
