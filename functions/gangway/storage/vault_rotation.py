"""Rotation of a shard, as Secrets Manager plays it: four steps around a version labelled AWSPENDING.

There is no credential to renew here; what a rotation does to a shard is to drop the hashes of dead tokens, so that
none outlives its token by more than a rotation's interval. Writers need not wait: the version that the first step
prepares becomes current only if nothing was written since. If something was, what is current then is compacted like any
other change, and takes the pending label over, which is how Secrets Manager sees that the rotation is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.errors import VaultUnavailable
from gangway.storage.vault_document import digest_of
from gangway.storage.vault_secrets import CURRENT, PENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gangway.access.ports import TokenShards
    from gangway.storage.vault_document import Document
    from gangway.storage.vault_secrets import VaultSecrets

_ATTEMPTS = 8


class VaultRotation:
    """The steps of rotating shards. Each may be repeated; each raises VaultUnavailable."""

    def __init__(self, secrets: VaultSecrets, hashes: TokenShards, dead: Callable[[str], Collection[str]]) -> None:
        """Wire the steps.

        Args:
            secrets: the secrets of the vault.
            hashes: the vault itself.
            dead: gives the key ids of a shard whose tokens will never open anything again.
        """
        self._secrets = secrets
        self._hashes = hashes
        self._dead = dead

    def play(self, step: str, secret_id: str, version_id: str) -> None:
        """Play the step that Secrets Manager asks for.

        Args:
            step: its name in the event of a rotation function.
            secret_id: ARN or name of the secret.
            version_id: id of the version that is to become current.

        Raises:
            ValueError: there is no such step, or the secret is none of the vault's.
            VaultUnavailable, Unavailable: it has to be repeated, which Secrets Manager does.
        """
        shard = self._shard_of(secret_id)
        if step == "createSecret":
            self.create(shard, version_id)
        elif step == "testSecret":
            self.test(shard, version_id)
        elif step == "finishSecret":
            self.finish(shard, version_id)
        elif step != "setSecret":  # nothing outside has to be told of the new version
            raise ValueError(f"a rotation has no step {step!r}")

    def create(self, shard: str, version_id: str) -> None:
        """Prepare the compacted document as the pending version."""
        if self._secrets.read(shard, PENDING, version_id) is not None:
            return
        base = self._secrets.read(shard) or self._secrets.create(shard)
        dead = frozenset(self._dead(shard))
        kept = {key_id: entry for key_id, entry in base.hashes.items() if key_id not in dead}
        self._secrets.write(shard, base.with_hashes(kept, version_id), PENDING)

    def test(self, shard: str, version_id: str) -> None:
        """See that the pending version can be read, every hash of it."""
        for entry in self._pending(shard, version_id).hashes.values():
            digest_of(entry)

    def finish(self, shard: str, version_id: str) -> None:
        """Make the pending version current, or compact what has become current meanwhile."""
        if self._secrets.read(shard, CURRENT, version_id) is not None:
            return
        pending = self._secrets.read(shard, PENDING, version_id)
        current = self._secrets.read(shard)
        untouched = current if pending and current and current.revision + 1 == pending.revision else None
        if untouched and self._secrets.move_label(shard, CURRENT, away_from=untouched.version_id, to=version_id):
            return
        self._hand_over(shard, version_id)

    def _hand_over(self, shard: str, version_id: str) -> None:
        """Compact the current version, and let it be the pending one too."""
        holder = version_id
        for _ in range(_ATTEMPTS):
            self._hashes.remove(shard, self._dead(shard))
            current = self._secrets.read(shard)
            if current is None or not self._secrets.move_label(shard, PENDING, away_from=holder, to=current.version_id):
                return  # another run of this step has done it
            if self._secrets.read(shard, CURRENT, current.version_id) is not None:
                return
            holder = current.version_id
        raise VaultUnavailable("The shard is being written by too many others.", retry_after=5)

    def _shard_of(self, secret_id: str) -> str:
        name = secret_id.rpartition(":")[2].removeprefix(self._secrets.prefix)
        known = self._hashes.shards()
        # Secrets Manager ends each ARN with a hyphen and six characters of its own.
        for shard in (name, name.rpartition("-")[0]):
            if shard in known:
                return shard
        raise ValueError("the secret to rotate is none of the vault's")

    def _pending(self, shard: str, version_id: str) -> Document:
        pending = self._secrets.read(shard, PENDING, version_id)
        if pending is None:
            raise VaultUnavailable("The version to be rotated to is not there.", retry_after=5)
        return pending
