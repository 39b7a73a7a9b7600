"""Token hashes in Secrets Manager: a few secrets, each a document with the hashes of many tokens.

One secret per organization would cost $0.40 a month each and be created at run time; a fixed number of shards, which
the deployment creates empty, costs little and leaves nothing behind. What makes a shared document safe:

* Writers compare and swap. A new version is written under a label of its own and becomes current only if the version
  it was made from still is (`UpdateSecretVersionStage` refuses otherwise), so no writer undoes another's work.
* A key id's hash is written once, and every new version counts its document's revision up. A reader that holds the
  revision which a token's record names, or a later one, has the hash; its copy never grows stale and needs no expiry,
  and while Secrets Manager is down all tokens seen before go on working.
* AWSCURRENT and AWSPREVIOUS are staging labels and say nothing about validity; the token's record does.

The first writer of a new shard puts the empty document with a request token that all writers share, which makes that
write idempotent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gangway.access.errors import VaultFull
from gangway.access.ports import HashLocation
from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_secretsmanager import SecretsManagerClient

DOCUMENT_VERSION = 1
MAX_DOCUMENT_BYTES = 60 * 1024
"""Secrets Manager takes 64 KiB; the rest is room for an operator to repair by hand."""

_CURRENT, _PROPOSED = "AWSCURRENT", "GANGWAY_PROPOSED"
_EMPTY = json.dumps({"v": DOCUMENT_VERSION, "rev": 0, "hashes": {}})
_FIRST_VERSION = str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:gangway:token-vault:empty"))
_ALGORITHM = "s256:"
_LOST_SWAP = ("InvalidParameterException", "InvalidRequestException")
_SWAP_ATTEMPTS = 16
"""Each lost one means that another writer won, so this many lose only to as many others."""
_SLOWEST = 5
_READ_ATTEMPTS = 3
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class _Document:
    version_id: str
    revision: int
    hashes: dict[str, str]


class TokenVault:
    """Implements `gangway.access.ports.TokenHashes`."""

    def __init__(
        self,
        secrets_manager: SecretsManagerClient,
        *,
        secret_prefix: str,
        shards: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = secrets_manager
        self._prefix = secret_prefix
        self._shards = shards
        self._sleep = sleep
        self._cache: dict[str, _Document] = {}

    def find(self, location: HashLocation, key_id: str) -> bytes:
        """The hash of a live token, from memory whenever the copy there can hold it.

        Raises:
            Unavailable: it cannot be had now. A live token always has a hash, so this is late propagation, a damaged
                document or a service that does not answer, never a wrong token.
        """
        document = self._cache.get(location.shard)
        for attempt in range(_READ_ATTEMPTS + 1):
            if document and key_id in document.hashes:
                return _decode(document.hashes[key_id])
            late_enough = document is not None and document.revision >= location.revision
            if attempt == _READ_ATTEMPTS or (attempt and late_enough):
                break  # a fresh document that must have the hash and has not: waiting does not help
            self._sleep(_PAUSE * attempt)
            document = self._load(location.shard)
        raise Unavailable("The token cannot be checked at the moment.", retry_after=5)

    def add(self, key_id: str, digest: bytes) -> HashLocation:
        """Write a hash into its organization's shard.

        Raises:
            VaultFull: the document would become too large for a secret.
            Unavailable: Secrets Manager cannot be reached, or too many others write the same shard.
        """
        entry = _ALGORITHM + base64.b64encode(digest).decode()
        shard = self._shard_of(key_id)

        def with_entry(hashes: dict[str, str]) -> dict[str, str]:
            return {**hashes, key_id: entry}

        return HashLocation(shard, self._change(shard, with_entry))

    def remove(self, shard: str, key_id: str) -> None:
        """Forget a hash; it is no mistake if it is not there.

        Raises:
            Unavailable: Secrets Manager cannot be reached, or too many others write the same shard.
        """

        def without_entry(hashes: dict[str, str]) -> dict[str, str]:
            return {known: entry for known, entry in hashes.items() if known != key_id}

        self._change(shard, without_entry)

    def _shard_of(self, key_id: str) -> str:
        organization_id = key_id[:8]
        return f"{hashlib.sha256(organization_id.encode()).digest()[0] % self._shards:02d}"

    def _load(self, shard: str) -> _Document | None:
        """The current document, None if there is none yet. An older one than is known is not believed."""
        try:
            answer = self._client.get_secret_value(SecretId=self._prefix + shard, VersionStage=_CURRENT)
        except ClientError as error:
            if _code(error) == "ResourceNotFoundException":
                return None
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error
        document = _parse(answer["VersionId"], answer["SecretString"])
        known = self._cache.get(shard)
        if known is None or document.revision >= known.revision:
            self._cache[shard] = document
        return document

    def _change(self, shard: str, edit: Callable[[dict[str, str]], dict[str, str]]) -> int:
        """Apply an edit to whatever document is current; returns the revision that has it."""
        for attempt in range(_SWAP_ATTEMPTS):
            if attempt:
                # A lost swap has burnt a version, and a secret keeps about 100 a day: stay out of each other's way.
                self._sleep(random.uniform(0, _PAUSE * 2 ** min(attempt, _SLOWEST)))
            base = self._load(shard) or self._create(shard)
            hashes = edit(base.hashes)
            if hashes == base.hashes:
                return base.revision
            if self._swap(shard, base, hashes):
                return base.revision + 1
        raise _unavailable()

    def _create(self, shard: str) -> _Document:
        self._put(shard, _EMPTY, _FIRST_VERSION, _CURRENT)
        return _Document(_FIRST_VERSION, 0, {})

    def _swap(self, shard: str, base: _Document, hashes: dict[str, str]) -> bool:
        text = json.dumps({"v": DOCUMENT_VERSION, "rev": base.revision + 1, "hashes": hashes}, sort_keys=True)
        if len(text) > MAX_DOCUMENT_BYTES:
            raise VaultFull("The secret for this organization's tokens is full; deploy with more shards.")
        version_id = str(uuid.uuid4())
        self._put(shard, text, version_id, _PROPOSED)
        try:
            self._client.update_secret_version_stage(
                SecretId=self._prefix + shard,
                VersionStage=_CURRENT,
                RemoveFromVersionId=base.version_id,
                MoveToVersionId=version_id,
            )
        except ClientError as error:
            if _code(error) in _LOST_SWAP:
                return False
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error
        return True

    def _put(self, shard: str, text: str, version_id: str, label: str) -> None:
        try:
            self._client.put_secret_value(
                SecretId=self._prefix + shard, SecretString=text, ClientRequestToken=version_id, VersionStages=[label]
            )
        except (ClientError, BotoCoreError) as error:
            raise _unavailable() from error


def _parse(version_id: str, text: str) -> _Document:
    try:
        raw = json.loads(text)
        revision, hashes = raw["rev"], raw["hashes"]
        sound = raw["v"] == DOCUMENT_VERSION and isinstance(revision, int) and isinstance(hashes, dict)
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("The token cannot be checked at the moment.", retry_after=30) from error
    if not sound:
        raise Unavailable("The token cannot be checked at the moment.", retry_after=30)
    return _Document(version_id, revision, hashes)


def _decode(entry: str) -> bytes:
    digest = base64.b64decode(entry.removeprefix(_ALGORITHM)) if entry.startswith(_ALGORITHM) else b""
    if len(digest) != hashlib.sha256().digest_size:
        # An empty or foreign entry must not compare equal to anything.
        raise Unavailable("The token cannot be checked at the moment.", retry_after=30)
    return digest


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _unavailable() -> Unavailable:
    return Unavailable("Tokens cannot be read or written at the moment.", retry_after=5)
