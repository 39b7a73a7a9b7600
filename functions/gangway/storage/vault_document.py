"""What one secret of the vault holds: the hashes of many tokens, as a JSON document with a revision.

    {"v": 1, "rev": 17, "hashes": {"<key id>": "s256:<hash, base64>@<when it was written, seconds of the epoch>"}}

The time is there for whoever compacts: a hash that no record names may be of a token that is being minted at this
moment, and only its age tells.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

from gangway.access.errors import VaultFull, VaultUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SECRET_BYTES = 64 * 1024
"""What Secrets Manager takes."""
MAX_DOCUMENT_BYTES = 60 * 1024
"""The rest is room for an operator to repair by hand."""

_VERSION = 1
_ALGORITHM = "s256:"
_DAMAGED_RETRY_AFTER = 30


class Document(NamedTuple):
    """The content of one secret, and which version of the secret it is."""

    version_id: str
    revision: int
    hashes: Mapping[str, str]

    def with_hashes(self, hashes: Mapping[str, str], version_id: str) -> Document:
        """The revision that follows this one."""
        return self._replace(hashes=hashes, revision=self.revision + 1, version_id=version_id)

    def to_text(self) -> str:
        """What the secret's value is to be.

        Raises:
            VaultFull: it would be too large.
        """
        text = json.dumps({"v": _VERSION, "rev": self.revision, "hashes": self.hashes}, sort_keys=True)
        if len(text) > MAX_DOCUMENT_BYTES:
            raise VaultFull("The secret for this organization's tokens is full; deploy with more shards.")
        return text


def parse(version_id: str, text: str) -> Document:
    """Read a secret's value.

    Raises:
        VaultUnavailable: it is damaged.
    """
    try:
        raw = json.loads(text)
        revision, hashes = raw["rev"], raw["hashes"]
        sound = raw["v"] == _VERSION and isinstance(revision, int) and isinstance(hashes, dict)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged() from error
    if not sound:
        raise damaged()
    return Document(version_id, revision, hashes)


def entry_of(digest: bytes, written: int) -> str:
    """A hash as the document holds it; `written` in seconds of the epoch."""
    return f"{_ALGORITHM}{base64.b64encode(digest).decode()}@{written}"


def digest_of(entry: str) -> bytes:
    """The hash of an entry.

    Raises:
        VaultUnavailable: it is empty or foreign; such an entry must not compare equal to anything.
    """
    algorithm, _, rest = entry.partition(":")
    digest = base64.b64decode(rest.partition("@")[0]) if f"{algorithm}:" == _ALGORITHM else b""
    if len(digest) != hashlib.sha256().digest_size:
        raise damaged()
    return digest


def written_at(entry: str) -> int:
    """When an entry was written, in seconds of the epoch; 0 if it does not say."""
    written = entry.partition("@")[2]
    return int(written) if written.isdecimal() else 0


def damaged() -> VaultUnavailable:
    """What is told of a document that cannot be read."""
    return VaultUnavailable("The token cannot be checked at the moment.", retry_after=_DAMAGED_RETRY_AFTER)
