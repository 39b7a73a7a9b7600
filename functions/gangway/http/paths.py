"""Paths: made canonical once, before anything compares them, and taken apart at the door.

A path that can be read in two ways is a path that one layer checks and another serves. So there is one reading here:
percent-encoding is decoded exactly once, and what only encoding could hide (slashes, dots, a second encoding, control
characters) or what servers like to collapse (`//`, `.`, `..`) leads nowhere. One trailing slash means nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_HIDDEN = re.compile(r"%(2e|2f|5c|25|0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)
_MALFORMED = re.compile(r"%(?![0-9a-fA-F]{2})")
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\%\ufffd]")

_SCIM_DOOR_SEGMENTS = 3


class ScimPath(NamedTuple):
    """A path behind one of the two doors of the SCIM API."""

    door: str
    """The path of the door itself, canonical: `/scim/v2/acme` or `/provisioning/okta/v2`."""
    organization_name: str | None
    provider: str | None
    segments: tuple[str, ...]
    """What follows the door; empty for the door itself."""


def canonical_segments(path: str, prefix: str = "") -> tuple[str, ...] | None:
    """The decoded segments of a path; None if the path is not canonical or does not begin with the prefix.

    Args:
        path: absolute path, as the gateway gives it.
        prefix: path of the public URL, which a custom domain's mapping leaves in front; without trailing slash.
    """
    if prefix and path.startswith(prefix + "/"):
        path = path[len(prefix) :]
    if not path.startswith("/"):
        return None
    segments = path[1:].removesuffix("/").split("/") if path != "/" else []
    if "%" in path:
        if _HIDDEN.search(path) or _MALFORMED.search(path):
            return None
        segments = [unquote(segment) for segment in segments]
    if any(segment in ("", ".", "..") or _REFUSED.search(segment) for segment in segments):
        return None
    return tuple(segments)


def scim_path(segments: tuple[str, ...]) -> ScimPath | None:
    """Find the door: `/scim/v2/{org}` or `/provisioning/{provider}/v2`."""
    match segments[:_SCIM_DOOR_SEGMENTS]:
        case ("scim", "v2", name):
            return ScimPath(f"/scim/v2/{name.casefold()}", name, None, segments[_SCIM_DOOR_SEGMENTS:])
        case ("provisioning", provider, "v2"):
            door = f"/provisioning/{provider.lower()}/v2"
            return ScimPath(door, None, provider, segments[_SCIM_DOOR_SEGMENTS:])
        case _:
            return None
