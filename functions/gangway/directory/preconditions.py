"""Conditional requests: ``ETag``, ``If-Match`` and ``If-None-Match`` (RFC 7644 section 3.14, RFC 9110 section 13).

Versions are weak entity tags, because one version may be shown with different attributes. A tag names a number, and a
change that was asked for under ``If-Match`` is committed under the condition that the number still holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gangway.scim.errors import PreconditionFailed

if TYPE_CHECKING:
    from gangway.directory.records import Record

_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')


def etag(record: Record) -> str:
    """The resource's version, as in ``meta.version`` and ``ETag``."""
    return f'W/"{record.version}"'


def matches(header: str, record: Record) -> bool:
    """Whether a header with entity tags names the resource's version; ``*`` names any."""
    if header.strip() == "*":
        return True
    tags = _TAG.findall(header) or [header.strip()]
    return str(record.version) in tags


def require(if_match: str | None, record: Record) -> None:
    """Insist that ``If-Match``, if it was sent, names the resource's version.

    Raises:
        PreconditionFailed: it does not.
    """
    if if_match is not None and not matches(if_match, record):
        raise changed()


def binds(if_match: str | None) -> bool:
    """Whether ``If-Match`` names versions, so that the change is only good for one of them."""
    return if_match is not None and if_match.strip() != "*"


def changed() -> PreconditionFailed:
    """The answer when the version is another."""
    return PreconditionFailed("The resource has another version than If-Match names. Read it again.")
