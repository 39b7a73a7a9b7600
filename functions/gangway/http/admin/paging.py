"""Lists are paged by cursor: opaque, and good for going on only.

A cursor is where the next page begins, in base64 so that nobody builds one by hand. It holds nothing secret and opens
nothing: every page is asked for with the caller's own rights.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

from pydantic import Field

from gangway.http.admin.models import AdminModel
from gangway.scim.errors import InvalidCursor

_NUMBER = re.compile(r"[0-9]{1,11}", re.ASCII)


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

    @property
    def number(self) -> int:
        """The same for lists that are numbered: the number before the page; 0 at the beginning.

        Raises:
            InvalidCursor: it is none that was given out.
        """
        position = self.position
        if position and not _NUMBER.fullmatch(position):
            raise _invalid()
        return int(position or 0)


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
        raise _invalid() from None


def _invalid() -> InvalidCursor:
    return InvalidCursor("The cursor is none of this list; begin without one.")
