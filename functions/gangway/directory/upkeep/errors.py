# ruff: noqa: N818 - these say what cannot be done, and read as such where raised
"""What operators' work on a directory can be refused for; each message says what would be right."""

from __future__ import annotations


class UpkeepError(Exception):
    """Base of what is refused."""


class InvalidCursor(UpkeepError):
    """The cursor belongs to something else, or was made up."""


class UnknownUser(UpkeepError):
    """There is no such user, living or deleted."""


class NotRestorable(UpkeepError):
    """The user cannot be brought back."""
