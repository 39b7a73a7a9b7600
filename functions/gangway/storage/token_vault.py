"""Token hashes in Secrets Manager: a few secrets, each a document with the hashes of many tokens.

One secret per organization would cost $0.40 a month each and be created at run time; a fixed number of shards, which
the deployment creates empty, costs little and leaves nothing behind. An organization that must have a secret of its own
has one that the deployment creates for it; to the code it is one more shard. What makes a shared document safe:

* Writers compare and swap. A new version is written under a label of its own and becomes current only if the version
  it was made from still is, so no writer undoes another's work.
* A key id's hash is written once, and every new version counts its document's revision up. A reader that holds the
  revision which a token's record names, or a later one, has the hash; its copy never grows stale and needs no expiry,
  and while Secrets Manager is down all tokens seen before go on working.
* AWSCURRENT and AWSPREVIOUS are staging labels and say nothing about validity; the token's record does.

A record names the shard its hash is in, so the number of shards may grow while everything runs: new hashes go to their
new home, old ones are moved by and by.
"""

from __future__ import annotations

import hashlib
import random
import time
import uuid
from typing import TYPE_CHECKING

from gangway.access.errors import VaultUnavailable
from gangway.access.organization import ORGANIZATION_ID_LENGTH
from gangway.access.ports import HashLocation
from gangway.storage.vault_document import MAX_SECRET_BYTES, Document, digest_of, entry_of, written_at
from gangway.storage.vault_secrets import CURRENT, PROPOSED, VaultSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from types_boto3_secretsmanager import SecretsManagerClient

_SWAP_ATTEMPTS = 16
"""Each lost one means that another writer won, so this many lose only to as many others."""
_SLOWEST = 5
_READ_ATTEMPTS = 3
_PAUSE = 0.1


class TokenVault:
    """Implements `gangway.access.ports.TokenHashes` and `TokenShards`."""

    def __init__(
        self,
        secrets_manager: SecretsManagerClient,
        *,
        secret_prefix: str,
        shards: int,
        dedicated: Collection[str] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open the vault.

        Args:
            secrets_manager: the client.
            secret_prefix: what the names of the secrets begin with.
            shards: how many of them organizations share.
            dedicated: ids of the organizations that have one of their own.
            sleep: waits for some seconds.
        """
        self._secrets = VaultSecrets(secrets_manager, secret_prefix)
        self._shards = shards
        self._dedicated = frozenset(dedicated)
        self._sleep = sleep
        self._cache: dict[str, Document] = {}

    def find(self, location: HashLocation, key_id: str) -> bytes:
        """The hash of a live token, from memory whenever the copy there can hold it.

        Raises:
            VaultUnavailable: it cannot be had now. A live token always has a hash, so this is late propagation, a
                damaged document or a service that does not answer, never a wrong token.
        """
        document = self._cache.get(location.shard)
        for attempt in range(_READ_ATTEMPTS + 1):
            if document and key_id in document.hashes:
                return digest_of(document.hashes[key_id])
            late_enough = document is not None and document.revision >= location.revision
            if attempt == _READ_ATTEMPTS or (attempt and late_enough):
                break  # a fresh document that must have the hash and has not: waiting does not help
            self._sleep(_PAUSE * attempt)
            document = self._load(location.shard)
        raise VaultUnavailable("The token cannot be checked at the moment.", retry_after=5)

    def home(self, key_id: str) -> str:
        """The organization's own secret if it has one, else its shard."""
        organization_id = key_id[:ORGANIZATION_ID_LENGTH]
        if organization_id in self._dedicated:
            return _dedicated_shard(organization_id)
        return f"{hashlib.sha256(organization_id.encode()).digest()[0] % self._shards:02d}"

    def shards(self) -> tuple[str, ...]:
        """The names of all shards, organizations' own ones too."""
        return (*(f"{n:02d}" for n in range(self._shards)), *map(_dedicated_shard, sorted(self._dedicated)))

    def add(self, key_id: str, digest: bytes, written: datetime) -> HashLocation:
        """Write a hash into its organization's shard.

        Raises:
            VaultFull: the document would become too large for a secret.
            VaultUnavailable: Secrets Manager cannot be reached, or too many others write the same shard.
        """
        entry = entry_of(digest, int(written.timestamp()))
        shard = self.home(key_id)
        return HashLocation(shard, self._change(shard, lambda hashes: {**hashes, key_id: entry}).revision)

    def remove(self, shard: str, key_ids: Collection[str]) -> None:
        """Forget hashes; it is no mistake if some are not there.

        Raises:
            VaultUnavailable: Secrets Manager cannot be reached, or too many others write the same shard.
        """
        gone = frozenset(key_ids)
        self._change(shard, lambda hashes: {known: entry for known, entry in hashes.items() if known not in gone})

    def written(self, shard: str) -> Mapping[str, int]:
        """The key ids of a shard, each with the second of the epoch at which its hash was written."""
        document = self._load(shard)
        return {key_id: written_at(entry) for key_id, entry in document.hashes.items()} if document else {}

    def fill(self, shard: str) -> float:
        """How much of its secret a shard takes up, from 0 to 1."""
        document = self._load(shard)
        return len(document.to_text()) / MAX_SECRET_BYTES if document else 0.0

    def _load(self, shard: str) -> Document | None:
        """The current document, None if there is none yet. An older one than is known is not believed."""
        document = self._secrets.read(shard)
        known = self._cache.get(shard)
        if document is not None and (known is None or document.revision >= known.revision):
            self._cache[shard] = document
        return document

    def _change(self, shard: str, edit: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Document:
        """Apply an edit to whatever document is current; returns the one that has it."""
        for attempt in range(_SWAP_ATTEMPTS):
            if attempt:
                # A lost swap has burnt a version, and a secret keeps about 100 a day: stay out of each other's way.
                self._sleep(random.uniform(0, _PAUSE * 2 ** min(attempt, _SLOWEST)))
            base = self._load(shard) or self._secrets.create(shard)
            hashes = edit(base.hashes)
            if hashes == base.hashes:
                return base
            changed = base.with_hashes(hashes, str(uuid.uuid4()))
            self._secrets.write(shard, changed, PROPOSED)
            if self._secrets.move_label(shard, CURRENT, away_from=base.version_id, to=changed.version_id):
                return changed
        raise VaultUnavailable("Tokens cannot be written at the moment: too many others do.", retry_after=5)


def _dedicated_shard(organization_id: str) -> str:
    return f"org-{organization_id}"
