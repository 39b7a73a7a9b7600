"""Lists are paged by cursor: opaque, and good for going on only.

A cursor is where the next page begins, in base64 so that nobody builds one by hand. It holds nothing secret and opens
nothing: every page is asked for with the caller's own rights. Somebody may build one all the same, or give one list's
to another, so each list says what its places look like: the table would refuse a key that cannot be one, and that would
look like a fault of ours.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated

from pydantic import Field

from gangway.http.admin.models import AdminModel
from gangway.scim.errors import InvalidCursor

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Of lists in the order of organizations' names."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d\.\d{3}Z)?#[ -~]{1,200}", re.ASCII)
"""Of lists in the order of time, and among what came at the same time in another."""
TOKEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}#[0-9A-Za-z]{16}", re.ASCII)
"""Of lists of tokens: when they were minted, and their key ids."""
ATTEMPT = re.compile(r"[0-9]{12}#[0-9]{13}")
"""Of lists of attempts: the number of an event, and when it was tried."""
NUMBER = re.compile(r"[0-9]{1,11}")
"""Of lists in the order of numbers."""


class PageQuery(AdminModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """The most that the page may hold; it may hold less before the end."""
    cursor: str | None = None
    """`nextCursor` of the page before."""

    def position(self, form: re.Pattern[str]) -> str:
        """Where the page begins; empty at the beginning.

        Args:
            form: what places in this list look like.

        Raises:
            InvalidCursor: it is none that was given out.
        """
        return position_of(self.cursor, form)

    @property
    def number(self) -> int:
        """The same for lists that are numbered: the number before the page; 0 at the beginning.

        Raises:
            InvalidCursor: it is none that was given out.
        """
        return int(self.position(NUMBER) or 0)


def cursor_to(position: str | None) -> str | None:
    """The cursor of a position; None stays None, the end."""
    return None if position is None else base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str | None, form: re.Pattern[str] | None = None) -> str:
    """The position of a cursor; empty, the beginning, for none or an empty one.

    Args:
        cursor: as it was given.
        form: what positions look like; None: whoever asked looks for himself.

    Raises:
        InvalidCursor: it is none that was given out.
    """
    if not cursor:
        return ""
    try:
        position = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        position = ""
    if not position or (form is not None and not form.fullmatch(position)):
        raise InvalidCursor("The cursor is none of this list; begin without one.")
    return position
